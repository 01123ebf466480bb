/**
 * The packed engine against the frozen one, along random schedules of the oracle's random programs: the same moves with
 * the same names, then the same findings, accesses, properties and state. HEDDLE_RUNS looks longer.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Check } from '../../src/design/check.ts';
import { ACCESS_MASK, ACCESS_SHIFT, ATOMIC, accesses, WRITE } from '../../src/design/processor.ts';
import { compileMachine } from '../../src/machine/machine.ts';
import { expand, isAtRest, type Move, perform } from '../../src/machine/moves.ts';
import { PackedEngine, PackedMemory } from '../../src/machine/packed.ts';
import { initialise } from '../../src/machine/start.ts';
import { Cursor, modesOf, type NamedMove } from '../../src/replay/cursor.ts';
import { explore as search } from '../../src/search/explore.ts';
import { replay } from '../../src/search/witness.ts';
import { program } from '../oracle/arbitrary.ts';
import { explore, TooManyStates } from '../oracle/explore.ts';
import type { Program } from '../oracle/program.ts';
import * as programs from '../oracle/programs.ts';
import { translate } from '../oracle/translate.ts';

const runs = Number(process.env.HEDDLE_RUNS ?? 150);
const seed = Number(process.env.HEDDLE_SEED ?? 20230605);

/** The packed engine standing in one state. */
class Packed {
  readonly engine: PackedEngine;
  private state: Uint32Array;

  constructor(check: Check, initial: string) {
    this.engine = new PackedEngine(compileMachine(check.model), modesOf(check));
    initialise(this.engine, initial);
    this.state = this.engine.memory.words.slice();
  }

  restore(): void {
    this.engine.attach();
    this.engine.memory.words.set(this.state);
  }

  enabled(): Pick<NamedMove, 'cpu' | 'level' | 'choice' | 'label' | 'outcome'>[] {
    const found: Pick<NamedMove, 'cpu' | 'level' | 'choice' | 'label' | 'outcome'>[] = [];
    this.restore();
    expand(this.engine, {
      restore: () => this.restore(),
      visit: ({ cpu, level }, _entering, outcome) => {
        if (outcome === 'disabled') return;
        const { step, entered, choices } = this.engine;
        const label = step?.label ?? entered ?? 'end';
        found.push({ cpu, level, choice: choices.ordinal, label, outcome });
      },
    });
    return found;
  }

  /** Does a move and says what it found and touched. */
  push(move: Move) {
    this.restore();
    const outcome = perform(this.engine, move, () => this.restore());
    const done = { outcome, findings: [...this.engine.findings], accesses: this.accessed() };
    if (outcome === 'done') this.state = this.engine.memory.words.slice();
    this.restore();
    return done;
  }

  private accessed() {
    const { cells } = this.engine.compiled.layout;
    const entries = accesses.entries.slice(0, Math.min(accesses.count, ACCESS_MASK + 1));
    return [...entries].map((entry) => ({
      path: cells[entry >>> ACCESS_SHIFT]?.name,
      write: (entry & WRITE) !== 0,
      atomic: (entry & ATOMIC) !== 0,
    }));
  }
}

/** The frozen state as bytes: calls share the bytes of their locals, and what is not live is 0. */
function packedBytes(cursor: Cursor): number[] {
  const { layout } = cursor.compiled;
  const memory = new PackedMemory(layout.cells, layout.bytes);
  cursor.engine.show(cursor.state(cursor.length));
  for (const { index } of layout.cells) {
    const code = cursor.engine.memory.code(index);
    if (code !== 0) memory.setCode(index, code);
  }
  return [...memory.bytes];
}

/** Whether each property of states holds in the state shown, and whether it is at rest. */
function judged(check: Check, look: <T>(body: (s: unknown) => T) => T, atRest: boolean): unknown {
  const held = Object.values(check.properties ?? {}).map((property) =>
    'predicate' in property ? look(property.predicate) : undefined,
  );
  return { atRest, held };
}

function walk(source: Program, choices: readonly number[]): void {
  const check = translate(source);
  const cursor = new Cursor(check);
  const packed = new Packed(check, cursor.initial);
  for (const choice of choices) {
    expect([...packed.engine.memory.bytes]).toEqual(packedBytes(cursor));
    const lookPacked = <T>(body: (s: unknown) => T): T => {
      let answer!: T;
      packed.engine.prepare(() => {
        answer = body(packed.engine.state);
      });
      return answer;
    };
    packed.restore();
    const packedJudgement = judged(check, lookPacked, isAtRest(packed.engine));
    cursor.engine.show(cursor.state(cursor.length));
    const frozenAtRest = isAtRest(cursor.engine);
    expect(judged(check, (body) => cursor.look(body), frozenAtRest)).toEqual(packedJudgement);

    const moves = packed.enabled();
    const named = cursor.enabled().map(({ cpu, level, choice: ordinal, label, outcome }) => ({
      cpu,
      level,
      choice: ordinal,
      label,
      outcome,
    }));
    expect(named).toEqual(moves);
    if (moves.length === 0) return;
    const move = moves[choice % moves.length];
    const did = packed.push(move);
    const step = cursor.push(move);
    expect(step.findings).toEqual(did.findings);
    expect(step.accesses.map(({ path, write, atomic }) => ({ path, write, atomic }))).toEqual(
      did.accesses,
    );
    if (step.refused) return;
  }
}

const schedule = fc.array(fc.nat(11), { minLength: 5, maxLength: 40 });

test(`both engines agree along ${runs} random schedules of random programs`, () => {
  fc.assert(fc.property(program, schedule, walk), { numRuns: runs, seed });
}, 3_600_000);

test('every schedule that a search prints replays to what it showed', () => {
  const random = fc.property(program, (source) => {
    fc.pre(isSmall(source));
    const check = translate(source);
    for (const shown of search(check).traces) {
      const again = replay(check, shown.schedule);
      expect(again.schedule).toBe(shown.schedule);
      expect(again.steps).toEqual(shown.steps);
    }
  });
  fc.assert(random, { numRuns: Math.ceil(runs / 2), seed });
}, 3_600_000);

function isSmall(source: Program): boolean {
  try {
    return explore(source, 150).states > 0;
  } catch (problem) {
    if (problem instanceof TooManyStates) return false;
    throw problem;
  }
}

test.each([
  ['2K page tables', programs.pageTables('base')],
  ['2K page tables before the P bits', programs.pageTables('b0')],
  ['a lock in a task and a callback', programs.lockInTaskAndCallback('plain')],
  ['philosophers', programs.philosophers(3)],
])('both engines agree along random schedules of %s', (_, source) => {
  const long = fc.array(fc.nat(11), { minLength: 30, maxLength: 60 });
  fc.assert(
    fc.property(long, (choices) => walk(source, choices)),
    { numRuns: 20, seed },
  );
});
