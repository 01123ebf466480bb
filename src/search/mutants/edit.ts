/** Models with some nodes replaced: new functions, the old ones are as they were. */
import { HeddleError } from '../../design/errors.ts';
import type { Model } from '../../design/model.ts';
import type { AnyFn, Node, Nodes } from '../../design/program.ts';

/** What stands in the place of a node. */
export type Edit = ReadonlyMap<Node, Nodes>;

/**
 * The same model but for the nodes of `edit`. Functions without any of them, and that call none that has, are the same objects.
 * @throws HeddleError `recursion`
 */
export function edited<S>(model: Model<S>, edit: Edit): Model<S> {
  const editor = new Editor(edit);
  const fn = <F extends AnyFn | undefined>(one: F): F =>
    (one === undefined ? undefined : editor.fn(one)) as F;
  const callbacks = Object.entries(model.callbacks).map(([name, one]) => [name, fn(one)]);
  return {
    ...model,
    cpus: model.cpus.map((cpu) => {
      const { task, softirq, hardirq } = cpu;
      return { ...cpu, task: fn(task), softirq: fn(softirq), hardirq: fn(hardirq) };
    }),
    callbacks: Object.fromEntries(callbacks),
  };
}

class Editor {
  private readonly known = new Map<AnyFn, AnyFn | undefined>();
  private readonly edit: Edit;

  constructor(edit: Edit) {
    this.edit = edit;
  }

  fn(one: AnyFn): AnyFn {
    const known = this.known.get(one);
    if (known !== undefined) return known;
    if (this.known.has(one))
      throw new HeddleError('recursion', `${one.name} calls itself`, one.place);
    this.known.set(one, undefined);
    const { kind, name, params, locals, balanced, place } = one;
    const body = this.nodes(one.body);
    const made = body === one.body ? one : { kind, name, params, locals, balanced, place, body };
    this.known.set(one, made);
    return made;
  }

  private nodes(nodes: Nodes): Nodes {
    const made = nodes.map((one) =>
      Array.isArray(one) ? this.nodes(one as Nodes) : this.placed(one as Node),
    );
    return made.every((one, at) => one === nodes[at]) ? nodes : made;
  }

  /** What stands in a node's place: what replaces it is not replaced again, or two that are swapped would be back. */
  private placed(node: Node): Node | Nodes {
    const instead = this.edit.get(node);
    if (instead === undefined) return this.inside(node);
    return instead.map((one) => (Array.isArray(one) ? one : this.inside(one as Node)));
  }

  private inside(node: Node): Node {
    switch (node.kind) {
      case 'step':
        if (node.form !== 'test') return node;
        return this.with(node, {
          whenTrue: this.nodes(node.whenTrue ?? []),
          whenFalse: this.nodes(node.whenFalse ?? []),
        });
      case 'when':
        return this.with(node, {
          whenTrue: this.nodes(node.whenTrue),
          whenFalse: this.nodes(node.whenFalse),
        });
      case 'loop':
      case 'scope':
      case 'inline':
        return this.with(node, { body: this.nodes(node.body) });
      case 'choose': {
        const alternatives = node.alternatives.map((one) => this.nodes(one));
        const isSame = alternatives.every((one, at) => one === node.alternatives[at]);
        return isSame ? node : { ...node, alternatives };
      }
      case 'call':
        return this.with(node, { fn: this.fn(node.fn) });
      default:
        return node;
    }
  }

  private with<N extends Node>(node: N, parts: Partial<N>): N {
    const isSame = Object.entries(parts).every(([key, part]) => {
      const before = node[key as keyof N];
      return part === before || (before === undefined && (part as Nodes).length === 0);
    });
    return isSame ? node : { ...node, ...parts };
  }
}
