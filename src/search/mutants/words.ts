/** What the kernel words of a step can do wrong: read and write apart, with another number, without waiting for readers. */
import type { Interceptor } from '../../design/processor.ts';
import { accesses, markSince } from '../../design/processor.ts';
import type { Node, StepNode } from '../../design/program.ts';
import { uint } from '../../design/schema.ts';
import { type Deed, type Deeds, deedsKey, during, intercepting } from './deeds.ts';
import type { Wrong } from './kinds.ts';
import type { Site } from './sites.ts';

interface Row {
  readonly deed: Deed;
  /** After the label of the step. */
  readonly how: string;
  readonly changed: Partial<Interceptor>;
}

const LOWEST = (mask: number) => mask & (mask - 1);
const HIGHEST = (mask: number) => (mask === 0 ? 0 : mask & ~(1 << (31 - Math.clz32(mask))));

const ROWS: readonly Row[] = [
  { deed: 'bit', how: 'with no bit in its mask', changed: masking(() => 0) },
  { deed: 'bits', how: 'without the lowest bit of its mask', changed: masking(LOWEST) },
  { deed: 'bits', how: 'without the highest bit of its mask', changed: masking(HIGHEST) },
  { deed: 'amount', how: 'by one more', changed: adding(1) },
  { deed: 'amount', how: 'by one less', changed: adding(-1) },
  { deed: 'value', how: 'stores another value', changed: { given: other } },
];

/**
 * What can be wrong with the words of a step that does `deeds`; all that could be where these are not known. Steps that are kernel
 * words themselves are left alone.
 */
export function wrongWords({ fn, node, label }: Site, deeds: Deeds | undefined): readonly Wrong[] {
  if (node.kind !== 'step' || node.form === 'stop') return [];
  const done = deeds === undefined ? undefined : (deeds[deedsKey(fn.name, label)] ?? []);
  const does = (deed: Deed) => done === undefined || done.includes(deed);
  const wrongs: Wrong[] = [];
  if (does('atomic') && node.effect !== undefined && node.form !== 'pick') {
    const what = `${label} read and written apart`;
    wrongs.push({ kind: 'torn', what, edits: [[node, [apart(node)]]] });
  }
  for (const { deed, how, changed } of ROWS) {
    // Of one bit the lowest is the highest, and all there is.
    if (!does(deed) || (deed === 'bit' && done?.includes('bits') === true)) continue;
    const instead = intercepting(node, { ...PLAIN, ...changed });
    wrongs.push({ kind: 'number', what: `${label} ${how}`, edits: [[node, [instead]]] });
  }
  if (does('call_rcu')) {
    const instead = intercepting(node, { ...PLAIN, waits: () => false });
    const what = `${label} without a grace period`;
    wrongs.push({ kind: 'grace period', what, edits: [[node, [instead]]] });
  }
  return wrongs;
}

const PLAIN: Interceptor = {
  loaded: (value) => value,
  given: (value) => value,
  waits: () => true,
};

function masking(change: (mask: number) => number): Partial<Interceptor> {
  return {
    given: <T>(value: T, as: string) =>
      as === 'mask' ? ((change(value as number) >>> 0) as T) : value,
  };
}

function adding(more: number): Partial<Interceptor> {
  return {
    given: <T>(value: T, as: string) =>
      as === 'amount' ? (((value as number) + more) as T) : value,
  };
}

function other<T>(value: T, as: string): T {
  if (as !== 'value' || typeof value === 'string') return value;
  return (typeof value === 'boolean' ? !value : value === 0 ? 1 : 0) as T;
}

/** Ends the reading half of a step. */
const READ = { isRead: true } as const;

/** What the reading half has left for the writing one. */
const NOTHING = 0;
const NUMBER = 1;
const NEGATIVE = 2;
const DONE = 3;
const DONE_AND_TRUE = 4;

/**
 * A read-modify-write as a read, and a write of what follows from it. What the step does before it is done twice. The value in
 * between is in a local of its own.
 */
function apart(node: StepNode): Node {
  const { label, place, guard, effect, atomic } = node;
  const read: StepNode = {
    ...{
      kind: 'step',
      form: guard === undefined ? 'step' : 'until',
      label: `${label} (read)`,
      place,
    },
    ...(guard === undefined ? {} : { form: node.form, guard }),
    ...(atomic === undefined ? {} : { atomic }),
    effect: (s, l, ctx) => {
      try {
        const holds = during({ ...PLAIN, loaded: (value) => keep(l, value) }, () =>
          effect?.(s, l, ctx),
        );
        l.$left = holds === true ? DONE_AND_TRUE : DONE;
      } catch (thrown) {
        if (thrown !== READ) throw thrown;
      }
    },
  };
  const { guard: _, ...others } = node;
  const write: StepNode = {
    ...others,
    form: node.form === 'test' ? 'test' : 'step',
    effect: (s, l, ctx) => {
      const { $left: left, $old: old } = l;
      l.$left = NOTHING;
      l.$old = 0;
      if (left >= DONE) return left === DONE_AND_TRUE;
      return during({ ...PLAIN, loaded: once((value) => kept(left, old, value)) }, () =>
        effect?.(s, l, ctx),
      );
    },
  };
  const locals = { $old: uint(32), $left: uint(3) };
  return { kind: 'scope', locals, body: [read, write], place };
}

// biome-ignore lint/suspicious/noExplicitAny: locals of whatever function.
function keep<T>(l: any, value: T): T {
  if (typeof value === 'string') return value;
  markSince(accesses.count - 1);
  l.$left = typeof value === 'number' && value < 0 ? NEGATIVE : NUMBER;
  l.$old = Math.max(0, Number(value));
  throw READ;
}

function kept<T>(left: number, old: number, now: T): T {
  if (left === NEGATIVE) return -1 as T;
  return (typeof now === 'boolean' ? old === 1 : old) as T;
}

/** Only the first read-modify-write of a step is torn. */
function once(first: <T>(value: T) => T): <T>(value: T) => T {
  let isFirst = true;
  return (value) => {
    const answer = isFirst ? first(value) : value;
    isFirst = false;
    return answer;
  };
}
