/** The ways in which a node can be wrong: what is said of each, and what stands in the node's place. */
import type { Node, Nodes, StepNode } from '../../design/program.ts';
import type { MutantKind } from './mutant.ts';
import { flat, type Site } from './sites.ts';

/** One thing wrong at a site. */
export interface Wrong {
  readonly kind: MutantKind;
  /** After the name of the function: `without lock(a)`. */
  readonly what: string;
  /** Labels of sites beside its own that it is about. */
  readonly also?: readonly string[];
  readonly edits: readonly (readonly [Node, Nodes])[];
}

/** Kernel words that undo others. */
const UNDONE_BY: Readonly<Record<string, string>> = {
  spin_lock: 'spin_unlock',
  spin_lock_bh: 'spin_unlock_bh',
  spin_lock_irqsave: 'spin_unlock_irqrestore',
  local_irq_save: 'local_irq_restore',
  local_bh_disable: 'local_bh_enable',
  preempt_disable: 'preempt_enable',
  rcu_read_lock: 'rcu_read_unlock',
};

/** All that can be wrong at the `at`-th of a function's sites, whatever its words do. */
export function wrongsAt(sites: readonly Site[], at: number): readonly Wrong[] {
  const site = sites[at] as Site;
  return [
    ...leftOut(site),
    ...swapped(site, sites),
    ...unlocked(sites, at),
    ...conditions(site),
    ...once(site),
  ];
}

/** An alternative of which nothing is left would only be one less. */
function leftOut({ node, label, onlyOf, isAlternative }: Site): readonly Wrong[] {
  if (!isDone(node) || isAlternative || (node.kind === 'step' && node.form === 'test')) return [];
  return [{ kind: 'left out', what: `without ${label}`, edits: [[onlyOf ?? node, []]] }];
}

/** Something that is done: a step, a kernel word, a call. */
function isDone(node: Node | undefined): boolean {
  if (node === undefined) return false;
  return ['inline', 'call'].includes(node.kind) || (node.kind === 'step' && node.form !== 'stop');
}

function swapped({ node, label, beside, at }: Site, sites: readonly Site[]): readonly Wrong[] {
  const next = beside[at + 1];
  if (next === undefined || next === node || !isDone(node) || !isDone(next)) return [];
  const other = sites.find((one) => one.node === next && one.beside === beside)?.label;
  const edits = [
    [node, [next]],
    [next, [node]],
  ] as const;
  return other === undefined
    ? []
    : [{ kind: 'swapped', what: `${other} before ${label}`, also: [other], edits }];
}

/** A lock, reader or mask together with what undoes it, up to where it is taken again; and a lock that leaves a mask out. */
function unlocked(sites: readonly Site[], at: number): readonly Wrong[] {
  const { node, label } = sites[at] as Site;
  if (node.kind !== 'inline') return [];
  const { word, argument } = partsOf(node.name);
  const undo = UNDONE_BY[word];
  if (undo === undefined) return [];
  const again = sites.findIndex(
    (one, index) => index > at && one.node.kind === 'inline' && one.node.name === node.name,
  );
  const until = again === -1 ? sites.length : again;
  const undone = sites
    .slice(at + 1, until)
    .flatMap(({ node: one }) =>
      one.kind === 'inline' && one.name === `${undo}${argument}` ? [one] : [],
    );
  if (undone.length === 0) return [];
  const both = [node, ...undone];
  const pair: Wrong = {
    kind: 'unlocked',
    what: `without ${label} and its ${undo}`,
    edits: both.map((one) => [one, []] as const),
  };
  const bare = both.map((one) => [one, [unmasked(one)]] as const);
  if (!bare.every(([one, [other]]) => isShorter(one, other as Node))) return [pair];
  const name = `spin_lock${argument}`;
  return [pair, { kind: 'unmasked', what: `${name} for ${label}`, edits: bare }];
}

type Inline = Extract<Node, { kind: 'inline' }>;

/** A kernel word without those of its steps that mask. */
function unmasked(node: Inline): Inline {
  const body = flat(node.body).filter(
    (one) => one.kind !== 'step' || one.uses?.includes('lock') === true,
  );
  const { argument, word } = partsOf(node.name);
  return { ...node, name: `${word.replace(/_(bh|irqsave|irqrestore)$/, '')}${argument}`, body };
}

function isShorter(node: Inline, other: Node): boolean {
  const { length } = flat((other as Inline).body);
  return length > 0 && length < flat(node.body).length;
}

/** `spin_lock(a)` is the word spin_lock with the argument `(a)`. */
function partsOf(name: string): { readonly word: string; readonly argument: string } {
  const at = name.indexOf('(');
  return at === -1
    ? { word: name, argument: '' }
    : { word: name.slice(0, at), argument: name.slice(at) };
}

function conditions({ node, label }: Site): readonly Wrong[] {
  if (node.kind === 'when') return ofWhen(node, label);
  if (node.kind !== 'step') return [];
  if (node.form === 'test') return ofTest(node, label);
  return node.guard === undefined ? [] : ofGuard(node, label);
}

function condition(label: string, how: string, node: Node, instead: Nodes): Wrong {
  return { kind: 'condition', what: `${label} ${how}`, edits: [[node, instead]] };
}

const NEGATED = 'negated';
const TRUE = 'always true';
const FALSE = 'always false';

function ofWhen(node: Extract<Node, { kind: 'when' }>, label: string): readonly Wrong[] {
  const { condition: holds } = node;
  return [
    condition(label, NEGATED, node, [{ ...node, condition: (l, s) => !holds(l, s) }]),
    condition(label, TRUE, node, node.whenTrue),
    condition(label, FALSE, node, node.whenFalse),
  ];
}

/** What a test does to memory it still does. */
function ofTest(node: StepNode, label: string): readonly Wrong[] {
  const { effect } = node;
  const answering = (answer: (holds: boolean) => boolean): Nodes => [
    { ...node, effect: (s, l, ctx) => answer(effect?.(s, l, ctx) === true) },
  ];
  return [
    condition(
      label,
      NEGATED,
      node,
      answering((holds) => !holds),
    ),
    condition(
      label,
      TRUE,
      node,
      answering(() => true),
    ),
    condition(
      label,
      FALSE,
      node,
      answering(() => false),
    ),
  ];
}

/** Without an effect, one that never waits is as good as none. */
function ofGuard(node: StepNode, label: string): readonly Wrong[] {
  const { guard, effect } = node;
  return [
    condition(label, NEGATED, node, [
      { ...node, guard: (s, l, ctx) => guard?.(s, l, ctx) !== true },
    ]),
    ...(effect === undefined
      ? []
      : [condition(label, TRUE, node, [{ ...node, guard: () => true }])]),
    condition(label, FALSE, node, [{ ...node, guard: () => false }]),
  ];
}

/** A loop that does not come round. That of a client is no part of the design. */
function once({ node, label }: Site): readonly Wrong[] {
  if (node.kind !== 'loop') return [];
  const body = flat(node.body);
  const [first] = body;
  if (body.length === 1 && first?.kind === 'choose' && first.between) return [];
  if (body.at(-1)?.kind === 'leave') return [];
  const { place } = node;
  const edits = [[node, [{ ...node, body: [...node.body, { kind: 'leave', place }] }]]] as const;
  return [{ kind: 'once', what: `${label} once`, edits }];
}
