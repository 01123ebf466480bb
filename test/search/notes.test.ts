/** What searches of parts of the states note, put together in any order, is what a search over all of them notes. */
import fc from 'fast-check';
import type { Check, FacilityMode } from 'heddle';
import { expect, test } from 'vitest';
import { compileMachine } from '../../src/machine/machine.ts';
import { Discipline } from '../../src/search/discipline.ts';
import { absorb, type Notes, notesOf, takeNotes } from '../../src/search/notes.ts';
import { program } from '../oracle/arbitrary.ts';
import { lostUpdate } from '../oracle/programs.ts';
import { translate } from '../oracle/translate.ts';
import { newSearch, Part } from './parts.ts';

const numRuns = Number(process.env.HEDDLE_RUNS ?? 150);
const seed = Number(process.env.HEDDLE_SEED ?? 4);
const MOST_STATES = 600;

/** Without what says nothing: the order of sets, and how moments were counted. */
function comparable({ board, lockdep, discipline, kcsan, cut, ...counts }: Notes) {
  const byKey = <V>(entries: readonly (readonly [number | string, V])[]) =>
    Object.fromEntries([...entries].map(([key, value]) => [String(key), value]));
  return {
    ...counts,
    cut: [...cut].sort((one, other) => one - other),
    rows: board.rows.map(({ since, ...row }) => ({ ...row, since: since?.state })),
    masked: board.masked,
    lockdep: { edges: byKey(lockdep.edges), usages: byKey(lockdep.usages) },
    discipline: {
      ...discipline,
      locksOf: byKey(discipline.locksOf),
      shapes: byKey(
        discipline.shapes.map(([step, shapes]) => [
          step,
          byKey(shapes.map((shape) => [shape.cells.join(), shape])),
        ]),
      ),
    },
    kcsan: byKey(kcsan),
  };
}

const split = fc.record({
  kcsan: fc.constantFrom<FacilityMode>('off', 'soft', 'soft', 'fatal'),
  declares: fc.boolean(),
  parts: fc.integer({ min: 2, max: 3 }),
  /** Which part a state belongs to, and whether that part hands over its notes after it. */
  owners: fc.infiniteStream(fc.nat(11)),
  order: fc.infiniteStream(fc.nat(1000)),
});

function checkOf(
  source: Parameters<typeof translate>[0],
  kcsan: FacilityMode,
  declares: boolean,
): Check {
  const check = translate(source);
  // A claim that nobody declares gets its place where it is first met.
  const { C: _claimed, ...others } = check.properties as Record<string, never>;
  return {
    ...check,
    properties: declares ? check.properties : others,
    facilities: { ...check.facilities, KCSAN: kcsan },
  } as Check;
}

test('parts noted in any order make the whole', () => {
  const met = new Map<string, number>();
  const count = (what: string, times: number | boolean) =>
    met.set(what, (met.get(what) ?? 0) + (Number(times) > 0 ? 1 : 0));
  const property = fc.property(program, split, (source, how) => {
    const check = checkOf(source, how.kcsan, how.declares);
    const whole = newSearch(check, MOST_STATES);
    whole.run();
    const expected = notesOf(whole);
    const taken: Notes[] = [];
    const parts = Array.from({ length: how.parts }, (_, at) => new Part(check, whole, at === 0));
    const owners = how.owners[Symbol.iterator]();
    for (let id = 0; id < whole.expanded; id += 1) {
      const choice = owners.next().value as number;
      const part = parts[choice % how.parts] as Part;
      part.expand(id);
      if (choice > 9) taken.push(takeNotes(part.search));
    }
    taken.push(...parts.map(({ search }) => notesOf(search)));
    const order = how.order[Symbol.iterator]();
    const sorted = taken
      .map((notes) => ({ notes, key: order.next().value as number }))
      .sort((one, other) => one.key - other.key);
    const merged = newSearch(check);
    for (const { notes } of sorted)
      absorb(merged, JSON.parse(JSON.stringify(structuredClone(notes))));
    expect(comparable(notesOf(merged))).toEqual(comparable(expected));
    expect(merged.board.rows.map(({ index }) => index)).toEqual([...merged.board.rows.keys()]);

    count('notes', taken.length > how.parts);
    count('edges', expected.lockdep.edges.length);
    count('usages', expected.lockdep.usages.length);
    count('shapes', expected.discipline.shapes.length);
    count('races', expected.kcsan.length);
    count('cut', expected.cut.length);
    count('masked', expected.board.masked !== undefined);
    count('violations', expected.board.rows.filter(({ depth }) => depth > 0).length);
    count('undeclared', expected.board.rows.filter(({ since }) => since !== undefined).length);
    count('refused', expected.stepRefused.includes(1));
    count('shortages', expected.allocationsRefused);
  });
  fc.assert(property, { numRuns, seed });
  if (process.env.HEDDLE_RUNS !== undefined) console.table(Object.fromEntries(met));
  for (const [what, times] of met) expect(times, what).toBeGreaterThan(0);
}, 600_000);

test('of too many shapes of a step the same are kept in any order', () => {
  const check = translate(lostUpdate(2, false));
  const discipline = () => new Discipline(compileMachine(check.model));
  const none = discipline().notes();
  const shape = fc.record({ cells: fc.tuple(fc.nat(40), fc.nat(40)), held: fc.nat(7) });
  const property = fc.property(
    fc.array(shape, { minLength: 600, maxLength: 900 }),
    fc.nat(2),
    (shapes, parts) => {
      const recorded = shapes.map(({ cells, held }) => ({ cells, held, least: 2 }));
      const noted = (some: typeof recorded) => ({ ...none, shapes: [[0, some] as const] });
      const whole = discipline();
      whole.absorb(noted(recorded));
      const merged = discipline();
      for (let part = parts; part >= 0; part -= 1) {
        const one = discipline();
        one.absorb(noted(recorded.filter((_, at) => at % (parts + 1) === part)));
        merged.absorb(one.notes());
      }
      const sorted = (of: Discipline) =>
        of.notes().shapes.flatMap(([, kept]) => kept.map((one) => JSON.stringify(one)).sort());
      expect(sorted(merged)).toEqual(sorted(whole));
      expect(sorted(whole)).toHaveLength(256);
    },
  );
  fc.assert(property, { numRuns: 20, seed });
});
