/** Which states a search may leave out because others stand for them: `--reduce`. */
import { HeddleError } from '../design/errors.ts';
import { REDUCTIONS, type ReduceChoice, type Reduction } from '../search/reduce/choice.ts';
import type { BoundFlags } from './bounds.ts';
import type { CheckpointFlags } from './checkpoints.ts';
import { type OrderFlags, orderOf } from './orders.ts';
import type { StoreFlags } from './stores.ts';

/** The flag of `check` that chooses reductions, as typed. */
export interface ReduceFlags {
  /** `auto`, `none`, or names with commas between them. */
  readonly reduce?: string;
  /** Evidence counts all states where nobody asks for less. */
  readonly evidence?: string;
}

type Others = OrderFlags & StoreFlags & CheckpointFlags & BoundFlags;

/**
 * The reductions that flags ask for. Without a list it is `auto`, or `none` beside a flag that takes the whole graph.
 * @throws HeddleError `bad-flag` for a reduction that does not exist, and for a list beside such a flag.
 */
export function reduceOf(flags: ReduceFlags & Others): ReduceChoice {
  const { reduce = flags.evidence === undefined ? 'auto' : 'none' } = flags;
  if (reduce === 'none') return reduce;
  const choice = reduce === 'auto' ? reduce : listOf(reduce);
  const whole = wholeFor(flags, choice);
  if (whole === undefined) return choice;
  if (choice === 'auto') return 'none';
  throw new HeddleError('bad-flag', `--reduce ${reduce} leaves states out, and ${whole}`);
}

function listOf(value: string): readonly Reduction[] {
  const names = [...new Set(value.split(',').map((name) => name.trim()))];
  const unknown = names.find((name) => !REDUCTIONS.some((one) => one === name));
  if (unknown === undefined) return REDUCTIONS.filter((one) => names.includes(one));
  const known = `auto, none, or some of ${REDUCTIONS.join(',')}`;
  throw new HeddleError('bad-flag', `--reduce ${value}: '${unknown}' is none of ${known}`);
}

/** Which flag takes the whole graph, and why; undefined where none does. */
function wholeFor(flags: Others, choice: ReduceChoice): string | undefined {
  const order = orderOf(flags);
  const { store, resume, resumeFrom, checkpoint, checkpointDir, maxDepth } = flags;
  const keepsLevels = choice.length === 1 && choice[0] === 'symmetry';
  const rows = [
    [order !== undefined, `the order ${order?.name} goes through all of them`],
    [store !== undefined, `--store ${store} is for all of them`],
    [resume === true || resumeFrom !== undefined, 'a checkpoint is one of a search of all of them'],
    [
      checkpoint === true || checkpointDir !== undefined,
      '--checkpoint keeps searches of all of them',
    ],
    [maxDepth !== undefined && !keepsLevels, '--max-depth is about all schedules of that length'],
  ] as const;
  return rows.find(([isAsked]) => isAsked)?.[1];
}
