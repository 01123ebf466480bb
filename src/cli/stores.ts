/** How a search keeps states: `--store`. */
import { HeddleError } from '../design/errors.ts';
import {
  DEFAULT_BITS,
  FEWEST_BITS,
  keepsAll,
  MOST_BITS,
  type StoreChoice,
} from '../search/stores/choice.ts';
import type { CheckpointFlags } from './checkpoints.ts';
import { parseWhole } from './flags.ts';
import { type OrderFlags, orderOf } from './orders.ts';

/** The flags of `check` that choose a store, as typed. */
export interface StoreFlags {
  readonly store?: StoreChoice['name'];
  readonly bits?: string;
  readonly parents?: boolean;
}

/**
 * The store that flags ask for; undefined for whole states.
 * @throws HeddleError `bad-flag` for flags that do not go together.
 */
export function storeOf(flags: StoreFlags & OrderFlags & CheckpointFlags): StoreChoice | undefined {
  const { store, bits, parents = false } = flags;
  if (bits !== undefined && store !== 'bitstate')
    throw new HeddleError('bad-flag', '--bits is for --store bitstate');
  if (parents && store !== 'fingerprint' && store !== 'bitstate')
    throw new HeddleError(
      'bad-flag',
      '--parents is for --store fingerprint and bitstate: the others have them',
    );
  if (store === undefined) return undefined;
  const choice = choiceOf(store, bits, parents);
  if (keepsAll(choice)) return choice;
  const needing = [
    [orderOf(flags) !== undefined, 'another order than breadth-first'],
    [flags.resume === true || flags.resumeFrom !== undefined, 'going on from a checkpoint'],
    [flags.checkpoint === true || flags.checkpointDir !== undefined, '--checkpoint'],
  ] as const;
  const need = needing.find(([isAsked]) => isAsked)?.[1];
  if (need === undefined) return choice;
  throw new HeddleError('bad-flag', `${need} takes whole states, and --store ${store} has none`);
}

function choiceOf(
  name: StoreChoice['name'],
  bits: string | undefined,
  parents: boolean,
): StoreChoice {
  if (name === 'bitstate') return { name, bits: bitsOf(bits), ...(parents ? { parents } : {}) };
  return name === 'fingerprint' && parents ? { name, parents } : { name };
}

function bitsOf(bits: string | undefined): number {
  const most = bits === undefined ? DEFAULT_BITS : parseWhole('--bits', bits, MOST_BITS);
  if (most >= FEWEST_BITS) return most;
  throw new HeddleError('bad-flag', `--bits ${most}: from ${FEWEST_BITS} to ${MOST_BITS}`);
}
