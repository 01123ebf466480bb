/** The places of a model where something can be wrong: the nodes of its functions as they are written, each once. */
import type { Model } from '../../design/model.ts';
import type { AnyFn, Node, Nodes } from '../../design/program.ts';

export interface Site {
  readonly fn: AnyFn;
  readonly node: Node;
  /** What schedules call it; the second and later of one name are numbered: `spin_lock(a) #2`. */
  readonly label: string;
  /** The nodes beside it, itself among them, and where it stands. */
  readonly beside: readonly Node[];
  readonly at: number;
  /** The condition of which it is all there is. */
  readonly onlyOf: Node | undefined;
  /** Whether it is all there is of an alternative. */
  readonly isAlternative: boolean;
}

/** The functions that run in a model, each once, those that CPUs run first and what they call after them. */
export function functionsOf({ cpus, callbacks }: Model): readonly AnyFn[] {
  const found = new Set<AnyFn>();
  const add = (fn: AnyFn | undefined): void => {
    if (fn === undefined || found.has(fn)) return;
    found.add(fn);
    callsIn(fn.body, add);
  };
  for (const { task, softirq, hardirq } of cpus) for (const fn of [task, softirq, hardirq]) add(fn);
  for (const fn of Object.values(callbacks)) add(fn);
  return [...found];
}

/** The sites of a function in the order in which they are written. Kernel words are sites, and what they are made of is none. */
export function sitesOf(fn: AnyFn): readonly Site[] {
  const sites: Site[] = [];
  const uses = new Map<string, number>();
  const numbered = (name: string): string => {
    const use = (uses.get(name) ?? 0) + 1;
    uses.set(name, use);
    return use === 1 ? name : `${name} #${use}`;
  };
  const visit = (nodes: Nodes, around: Node | undefined): void => {
    const beside = flat(nodes);
    const isAll = beside.length === 1;
    const only = isAll && around?.kind === 'when' && hasOneBranch(around) ? around : undefined;
    const isAlternative = isAll && around?.kind === 'choose';
    for (const [at, node] of beside.entries()) {
      const name = nameOf(node);
      if (name !== undefined) {
        const label = numbered(name);
        sites.push({ fn, node, label, beside, at, onlyOf: only, isAlternative });
      }
      for (const list of listsIn(node)) visit(list, node);
    }
  };
  visit(fn.body, undefined);
  return sites;
}

/** The lists of nodes inside a node: its branches, its body. A called function is none, nor is what a kernel word is made of. */
export function listsIn(node: Node): readonly Nodes[] {
  switch (node.kind) {
    case 'step':
      return node.form === 'test' ? [node.whenTrue ?? [], node.whenFalse ?? []] : [];
    case 'when':
      return [node.whenTrue, node.whenFalse];
    case 'loop':
    case 'scope':
      return [node.body];
    case 'choose':
      return node.alternatives;
    default:
      return [];
  }
}

export function flat(nodes: Nodes): readonly Node[] {
  return nodes.flatMap((one) => (Array.isArray(one) ? flat(one as Nodes) : [one as Node]));
}

function callsIn(nodes: Nodes, tell: (fn: AnyFn) => void): void {
  for (const node of flat(nodes)) {
    if (node.kind === 'call') tell(node.fn);
    if (node.kind === 'inline') callsIn(node.body, tell);
    for (const list of listsIn(node)) callsIn(list, tell);
  }
}

function hasOneBranch({ whenTrue, whenFalse }: Extract<Node, { kind: 'when' }>): boolean {
  return flat(whenTrue).length === 0 || flat(whenFalse).length === 0;
}

function nameOf(node: Node): string | undefined {
  switch (node.kind) {
    case 'step':
      return node.form === 'stop' ? undefined : node.label;
    case 'when':
      return node.label;
    case 'inline':
      return node.name;
    case 'call':
      return `${node.fn.name}()`;
    case 'loop':
      return 'loop';
    default:
      return undefined;
  }
}
