/** Searches of which each expands some of the states, as threads do: over one numbering of the states, that of a search over all. */
import type { Check } from 'heddle';
import type { Instruction } from '../../src/machine/instructions.ts';
import { type CompiledMachine, compileMachine } from '../../src/machine/machine.ts';
import { modesOf } from '../../src/replay/cursor.ts';
import { programsOf } from '../../src/search/allowed.ts';
import type { Violated } from '../../src/search/board.ts';
import { hashOf } from '../../src/search/hash.ts';
import { levelAt } from '../../src/search/levels.ts';
import { Limits } from '../../src/search/limits.ts';
import { Search } from '../../src/search/search.ts';

interface Steerable {
  start(): void;
  readonly atSuccessor: Violated;
}

export function newSearch(check: Check, maxStates?: number): Search {
  const compiled = compileMachine(check.model);
  return new Search(
    check,
    withoutReasons(compiled),
    modesOf(check),
    new Limits(maxStates === undefined ? {} : { maxStates }, {}),
  );
}

/** Random steps say that they are atomic, which takes them from what the discipline looks at. */
function withoutReasons(compiled: CompiledMachine): CompiledMachine {
  for (const { instructions } of programsOf(compiled)) {
    for (const [at, one] of instructions.entries()) {
      if (one.op !== 'step') continue;
      const bare = { ...one, node: { ...one.node, atomic: undefined } };
      (instructions as Instruction[])[at] = bare;
    }
  }
  return compiled;
}

export class Part {
  readonly search: Search;
  private readonly whole: Search;
  private readonly children: ReadonlyMap<number, readonly number[]>;

  /** `first` also looks at the initial states. */
  constructor(check: Check, whole: Search, first: boolean) {
    this.whole = whole;
    this.search = newSearch(check, whole.visited.count);
    const { visited } = this.search;
    if (first) this.steer.start();
    const words = new Uint32Array(visited.packing.width);
    const children = new Map<number, number[]>();
    for (let id = 0; id < whole.visited.count; id += 1) {
      whole.visited.loadPacked(id, words);
      const parent = whole.visited.parent(id);
      visited.insertPacked(words, 0, hashOf(words, 0, words.length), parent);
      children.set(parent, [...(children.get(parent) ?? []), id]);
    }
    this.children = children;
  }

  private get steer(): Steerable {
    return this.search as unknown as Steerable;
  }

  expand(id: number): void {
    const { visited, answers } = this.search;
    this.search.level = levelAt(this.whole.levelStarts, id);
    this.search.expandState(id);
    const words = new Uint32Array(visited.packing.width);
    for (const child of this.children.get(id) ?? []) {
      visited.loadPacked(child, words);
      answers.state(words, 0, this.steer.atSuccessor);
    }
  }
}
