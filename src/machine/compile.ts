/**
 * Turns functions into programs: calls inlined, labels checked, locals placed, every step a
 * numbered point.
 */
import { type Declared, HeddleError } from '../design/errors.ts';
import type { AnyFn, LocalCode, Node, Nodes, StepNode } from '../design/program.ts';
import type { Fields, ScalarType } from '../design/schema.ts';
import { type Codec, intCodec } from './codec.ts';
import type {
  ChooseInstruction,
  CopyOut,
  FrameField,
  Instruction,
  Program,
  Scope,
  StepInstruction,
} from './instructions.ts';
import { widthOf } from './layout.ts';

type CodecOf = (type: ScalarType<unknown>) => Codec;

export function compileProgram(root: AnyFn, codecOf: CodecOf): Program {
  return new Compiler(root, codecOf).program();
}

interface FunctionFrame {
  readonly stack: readonly string[];
  readonly owner: string;
  readonly labels: Map<string, number>;
  readonly fields: FrameField[];
  readonly exits: number[];
}

interface Loop {
  readonly exits: number[];
  readonly openFields: number;
}

class Compiler {
  private readonly instructions: Instruction[] = [];
  private readonly points: number[] = [0];
  private readonly scopes: Scope[] = [];
  private readonly fields: FrameField[] = [];
  private readonly uses = new Set<string>();
  /** Functions whose bodies are being placed, from the root inwards. */
  private readonly open: AnyFn[] = [];
  private readonly root: AnyFn;
  private readonly codecOf: CodecOf;
  private top = 0;
  private frameBytes = 0;
  private calls = 0;

  constructor(root: AnyFn, codecOf: CodecOf) {
    this.root = root;
    this.codecOf = codecOf;
  }

  program(): Program {
    const empty = this.scope([]);
    const rootScope = this.inline(this.root, [], empty, undefined, undefined, this.root.place);
    this.emit({ op: 'end' });
    return {
      name: this.root.name,
      root: this.root,
      instructions: this.instructions,
      points: this.points,
      scopes: this.scopes,
      rootScope,
      fields: this.fields,
      frameBytes: this.frameBytes,
      uses: this.uses,
    };
  }

  private emit(instruction: Instruction): number {
    this.instructions.push(instruction);
    return this.instructions.length - 1;
  }

  private get here(): number {
    return this.instructions.length;
  }

  private scope(fields: readonly FrameField[]): Scope {
    const scope = { id: this.scopes.length, fields };
    this.scopes.push(scope);
    return scope;
  }

  /** Compiles a call of `fn` in place and returns the scope of its body. */
  private inline(
    fn: AnyFn,
    stack: readonly string[],
    caller: Scope,
    args: LocalCode<Record<string, unknown>> | undefined,
    result: CopyOut | undefined,
    place: Declared,
  ): Scope {
    if (this.open.includes(fn)) {
      throw new HeddleError('recursion', `${[...stack, fn.name].join(' calls ')}`, place);
    }
    this.open.push(fn);
    this.calls += 1;
    const owner = this.calls === 1 ? fn.name : `${fn.name}#${this.calls - 1}`;
    const bottom = this.top;
    const frame: FunctionFrame = {
      stack: [...stack, fn.name],
      owner,
      labels: new Map(),
      fields: [],
      exits: [],
    };
    const fields = this.place({ ...fn.params, ...fn.locals }, frame);
    const balance = fn.balanced
      ? this.placeField('$held', intCodec(2 ** 32, false), frame)
      : undefined;
    const scope = this.scope(fields);
    this.emit({ op: 'enter', args, caller, callee: scope, balance, place });
    this.block(fn.body, frame, scope, []);
    const exit = this.emit({
      op: 'exit',
      result,
      caller,
      callee: scope,
      zero: frame.fields,
      balance,
      name: fn.name,
      place,
    });
    this.patch(frame.exits, exit);
    this.top = bottom;
    this.open.pop();
    return scope;
  }

  private place(declared: Fields, frame: FunctionFrame): FrameField[] {
    return Object.entries(declared).map(([name, type]) => {
      if (type.kind === 'record' || type.kind === 'array' || type.kind === 'heap') {
        throw new HeddleError('bad-schema', `local ${name} of ${frame.owner} is not a scalar`);
      }
      return this.placeField(name, this.codecOf(type), frame);
    });
  }

  private placeField(name: string, codec: Codec, frame: FunctionFrame): FrameField {
    const offset = this.top;
    const field = { name, codec, cell: this.fields.length, offset, owner: frame.owner };
    this.top += widthOf(codec.size);
    this.frameBytes = Math.max(this.frameBytes, this.top);
    this.fields.push(field);
    frame.fields.push(field);
    return field;
  }

  private patch(jumps: readonly number[], to: number): void {
    for (const at of jumps) (this.instructions[at] as { to: number }).to = to;
  }

  private block(nodes: Nodes, frame: FunctionFrame, scope: Scope, loops: readonly Loop[]): void {
    for (const node of nodes) {
      if (Array.isArray(node)) this.block(node as Nodes, frame, scope, loops);
      else this.node(node as Node, frame, scope, loops, undefined);
    }
  }

  private node(
    node: Node,
    frame: FunctionFrame,
    scope: Scope,
    loops: readonly Loop[],
    word: Word | undefined,
  ): void {
    switch (node.kind) {
      case 'step':
        this.step(node, frame, scope, loops, word);
        break;
      case 'when':
        this.branch(node, frame, scope, loops, word);
        break;
      case 'loop':
        this.loop(node, frame, scope, loops, word);
        break;
      case 'leave':
        this.leave(node.place, frame, loops);
        break;
      case 'choose':
        this.choose(node, frame, scope, loops, word);
        break;
      case 'call':
        this.inline(node.fn, frame.stack, scope, node.args, node.result, node.place);
        break;
      case 'inline':
        this.word(node, frame, scope, loops);
        break;
      case 'scope':
        this.openScope(node, frame, scope, loops, word);
        break;
      case 'local':
        this.emit({ op: 'local', code: node.code, scope, place: node.place });
        break;
      case 'return':
        frame.exits.push(this.emit({ op: 'jump', to: -1 }));
        break;
    }
  }

  private nodes(
    nodes: Nodes,
    frame: FunctionFrame,
    scope: Scope,
    loops: readonly Loop[],
    word: Word | undefined,
  ): void {
    for (const node of nodes) {
      if (Array.isArray(node)) this.nodes(node as Nodes, frame, scope, loops, word);
      else this.node(node as Node, frame, scope, loops, word);
    }
  }

  private step(
    node: StepNode,
    frame: FunctionFrame,
    scope: Scope,
    loops: readonly Loop[],
    word: Word | undefined,
  ): void {
    for (const use of node.uses ?? []) this.uses.add(use);
    const placed = word === undefined ? node : { ...node, place: word.place };
    const instruction: StepInstruction = {
      op: 'step',
      node: placed,
      label: this.label(node, frame, word),
      stack: frame.stack,
      scope,
      point: this.points.length,
      next: -1,
      whenTrue: -1,
      whenFalse: -1,
    };
    this.points.push(this.emit(instruction));
    if (node.form === 'stop') {
      instruction.next = -1;
      return;
    }
    if (node.form !== 'test') {
      instruction.next = this.here;
      return;
    }
    instruction.whenTrue = this.here;
    this.nodes(node.whenTrue ?? [], frame, scope, loops, word);
    const skip = this.emit({ op: 'jump', to: -1 });
    instruction.whenFalse = this.here;
    this.nodes(node.whenFalse ?? [], frame, scope, loops, word);
    this.patch([skip], this.here);
  }

  /**
   * A step's name within its function. A kernel word's steps carry the word's name; a word used
   * again is numbered.
   */
  private label(node: StepNode, frame: FunctionFrame, word: Word | undefined): string {
    if (node.form === 'stop') return 'stop';
    if (word === undefined) {
      if (frame.labels.has(node.label)) {
        throw new HeddleError(
          'duplicate-label',
          `${frame.owner} has two steps called '${node.label}'`,
          node.place,
        );
      }
      frame.labels.set(node.label, 1);
      return node.label;
    }
    return word.steps === 1 ? word.name : `${word.name}: ${node.label}`;
  }

  private word(
    node: Extract<Node, { kind: 'inline' }>,
    frame: FunctionFrame,
    scope: Scope,
    loops: readonly Loop[],
  ): void {
    const uses = (frame.labels.get(node.name) ?? 0) + 1;
    frame.labels.set(node.name, uses);
    const name = uses === 1 ? node.name : `${node.name} #${uses}`;
    this.nodes(node.body, frame, scope, loops, {
      name,
      steps: countSteps(node.body),
      place: node.place,
    });
  }

  private branch(
    node: Extract<Node, { kind: 'when' }>,
    frame: FunctionFrame,
    scope: Scope,
    loops: readonly Loop[],
    word: Word | undefined,
  ): void {
    const branch = {
      op: 'branch' as const,
      condition: node.condition,
      scope,
      whenTrue: -1,
      whenFalse: -1,
      place: node.place,
    };
    this.emit(branch);
    branch.whenTrue = this.here;
    this.nodes(node.whenTrue, frame, scope, loops, word);
    const skip = this.emit({ op: 'jump', to: -1 });
    branch.whenFalse = this.here;
    this.nodes(node.whenFalse, frame, scope, loops, word);
    this.patch([skip], this.here);
  }

  private loop(
    node: Extract<Node, { kind: 'loop' }>,
    frame: FunctionFrame,
    scope: Scope,
    loops: readonly Loop[],
    word: Word | undefined,
  ): void {
    if (node.body.flat(9).length === 0) {
      throw new HeddleError('loop-without-step', `a loop of ${frame.owner} is empty`, node.place);
    }
    const start = this.here;
    const loop: Loop = { exits: [], openFields: frame.fields.length };
    this.nodes(node.body, frame, scope, [...loops, loop], word);
    this.emit({ op: 'jump', to: start });
    this.patch(loop.exits, this.here);
  }

  private leave(place: Declared, frame: FunctionFrame, loops: readonly Loop[]): void {
    const loop = loops.at(-1);
    if (loop === undefined) {
      throw new HeddleError('bad-model', `${frame.owner} leaves a loop it is not in`, place);
    }
    const open = frame.fields.slice(loop.openFields);
    if (open.length > 0) this.emit({ op: 'zero', fields: open });
    loop.exits.push(this.emit({ op: 'jump', to: -1 }));
  }

  private choose(
    node: Extract<Node, { kind: 'choose' }>,
    frame: FunctionFrame,
    scope: Scope,
    loops: readonly Loop[],
    word: Word | undefined,
  ): void {
    const choose: ChooseInstruction = {
      op: 'choose',
      between: node.between,
      stack: frame.stack,
      scope,
      targets: [],
      place: node.place,
      point: this.points.length,
    };
    this.points.push(this.emit(choose));
    const ends: number[] = [];
    for (const alternative of node.alternatives) {
      choose.targets.push(this.here);
      this.nodes(alternative, frame, scope, loops, word);
      ends.push(this.emit({ op: 'jump', to: -1 }));
    }
    this.patch(ends, this.here);
  }

  private openScope(
    node: Extract<Node, { kind: 'scope' }>,
    frame: FunctionFrame,
    scope: Scope,
    loops: readonly Loop[],
    word: Word | undefined,
  ): void {
    const bottom = this.top;
    const hidden = Object.keys(node.locals).find((name) =>
      scope.fields.some((field) => field.name === name),
    );
    if (hidden !== undefined) {
      const fact = `local ${hidden} of a scope in ${frame.owner} hides another of that name`;
      throw new HeddleError('bad-schema', fact, node.place);
    }
    const added = this.place(node.locals, frame);
    const inner = this.scope([...scope.fields, ...added]);
    this.nodes(node.body, frame, inner, loops, word);
    this.emit({ op: 'zero', fields: added });
    this.top = bottom;
  }
}

/** The kernel word whose steps are being placed. */
interface Word {
  readonly name: string;
  readonly steps: number;
  readonly place: Declared;
}

function countSteps(nodes: Nodes): number {
  let count = 0;
  for (const node of nodes) {
    if (Array.isArray(node)) count += countSteps(node as Nodes);
    else if ((node as Node).kind === 'step') count += 1;
    else if ((node as Node).kind === 'scope') count += countSteps((node as { body: Nodes }).body);
  }
  return count;
}
