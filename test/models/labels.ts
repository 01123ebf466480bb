/** What a function is made of: the labels of its steps, and the functions that it calls. */
import type { AnyFn, Node, Nodes } from '../../src/design/program.ts';

/** These functions and all that they call, by name. */
export function functionsFrom(roots: readonly AnyFn[]): Map<string, AnyFn> {
  const found = new Map<string, AnyFn>();
  const add = (fn: AnyFn): void => {
    if (found.has(fn.name)) return;
    found.set(fn.name, fn);
    for (const node of nodesOf(fn.body)) if (node.kind === 'call') add(node.fn);
  };
  for (const root of roots) add(root);
  return found;
}

/** What schedules call the steps, conditions and calls of a function. */
export function labelsOf(fn: AnyFn): string[] {
  const labels: string[] = [];
  const used = new Map<string, number>();
  const visit = (nodes: Nodes, word: string | undefined): void => {
    for (const node of nodesOf(nodes, false)) {
      if (node.kind === 'inline') {
        const uses = (used.get(node.name) ?? 0) + 1;
        used.set(node.name, uses);
        visit(node.body, uses === 1 ? node.name : `${node.name} #${uses}`);
        continue;
      }
      if (node.kind === 'step' || node.kind === 'when') {
        labels.push(word === undefined ? node.label : `${word}: ${node.label}`);
      }
      if (node.kind === 'call') labels.push(`call ${node.fn.name}`);
      visit(childrenOf(node), word);
    }
  };
  visit(fn.body, undefined);
  return labels;
}

/** Whether a label is the one named, or one of the word's that `pattern` names with ` *`. */
export function fits(label: string, pattern: string): boolean {
  return pattern.endsWith(' *')
    ? label.startsWith(`${pattern.slice(0, -2)}: `) || label === pattern.slice(0, -2)
    : label === pattern;
}

function nodesOf(nodes: Nodes, deep = true): Node[] {
  return nodes.flatMap((one) => {
    if (Array.isArray(one)) return nodesOf(one as Nodes, deep);
    const node = one as Node;
    return deep ? [node, ...nodesOf(childrenOf(node))] : [node];
  });
}

function childrenOf(node: Node): Nodes {
  switch (node.kind) {
    case 'step':
    case 'when':
      return [...(node.whenTrue ?? []), ...(node.whenFalse ?? [])];
    case 'loop':
    case 'scope':
    case 'inline':
      return node.body;
    case 'choose':
      return node.alternatives.flat() as Nodes;
    default:
      return [];
  }
}
