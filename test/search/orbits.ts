/** A small search over canonical forms, without learned moves: what the reductions are held to. */
import type { Model } from 'heddle';
import { compileMachine } from '../../src/machine/machine.ts';
import { expand } from '../../src/machine/moves.ts';
import { PackedEngine } from '../../src/machine/packed.ts';
import { Packing } from '../../src/machine/packing.ts';
import { initialise } from '../../src/machine/start.ts';
import { Asymmetric, Equivariance } from '../../src/search/symmetry/equivariance.ts';
import type { Permutation } from '../../src/search/symmetry/permutation.ts';
import { Symmetry } from '../../src/search/symmetry/symmetry.ts';

export class Orbits {
  readonly engine: PackedEngine;
  readonly packing: Packing;
  symmetry: Symmetry | undefined;
  readonly states: Uint32Array[] = [];
  /** Successors, one for each state and move. */
  generated = 0;
  private readonly known = new Set<string>();
  private readonly whole: Uint8Array;

  constructor(model: Model, obtains = true) {
    const compiled = compileMachine(model, obtains);
    this.engine = new PackedEngine(compiled);
    this.packing = new Packing(compiled.layout.cells, compiled.layout.bytes);
    this.symmetry = Symmetry.of(compiled, this.packing);
    this.whole = new Uint8Array(this.engine.memory.bytes.length);
  }

  /** `told` is called with each state before it is expanded. */
  run(told?: (state: Uint32Array) => void, most = Number.POSITIVE_INFINITY): number {
    const { engine } = this;
    const { memory } = engine;
    this.states.length = 0;
    this.known.clear();
    for (const name of Object.keys(engine.compiled.model.initial)) {
      memory.bytes.fill(0);
      initialise(engine, name);
      this.add();
    }
    for (let id = 0; id < this.states.length && this.states.length < most; id += 1) {
      const state = this.states[id] as Uint32Array;
      told?.(state);
      this.packing.unpack(state, this.whole);
      memory.bytes.set(this.whole);
      engine.attach();
      expand(engine, {
        restore: () => memory.bytes.set(this.whole),
        visit: (_, __, outcome) => {
          if (outcome === 'done') this.add();
        },
      });
    }
    return this.states.length;
  }

  /** Holds every move of every state to symmetry, and starts again without what is told apart; returns the reasons. */
  runHeld(most = Number.POSITIVE_INFINITY): readonly string[] {
    const reasons: string[] = [];
    for (;;) {
      const { engine, packing, symmetry } = this;
      const held = symmetry && new Equivariance(engine, packing, symmetry);
      try {
        this.run((state) => {
          for (const { index } of engine.compiled.cpus) held?.moves(state, 0, index);
        }, most);
        return reasons;
      } catch (thrown) {
        if (!(thrown instanceof Asymmetric)) throw thrown;
        reasons.push(thrown.reason);
        this.symmetry = symmetry?.dropping(thrown.group);
      }
    }
  }

  /** Every image of a state, made one by one. */
  orbit(state: Uint32Array): Set<string> {
    const { symmetry } = this;
    const images = new Set<string>();
    if (symmetry === undefined) return images.add(state.join());
    for (const by of allOf(symmetry)) {
      const image = new Uint32Array(this.packing.width);
      symmetry.apply(state, 0, by, image);
      images.add(image.join());
    }
    return images;
  }

  private add(): void {
    this.generated += 1;
    const words = new Uint32Array(this.packing.width);
    this.packing.pack(this.engine.memory.bytes, words);
    this.symmetry?.canonicalise(words, 0);
    const key = words.join();
    if (this.known.has(key)) return;
    this.known.add(key);
    this.states.push(words);
  }
}

/** All permutations, by brute force. */
export function allOf(symmetry: Symmetry): Permutation[] {
  let partial: number[][] = [[]];
  for (const members of symmetry.members)
    partial = partial.flatMap((before) => ordersOf(members).map((order) => [...before, ...order]));
  return partial.map((things) => symmetry.permutation(things));
}

function ordersOf(things: readonly number[]): number[][] {
  if (things.length === 0) return [[]];
  return things.flatMap((one) =>
    ordersOf(things.filter((other) => other !== one)).map((rest) => [one, ...rest]),
  );
}
