/** What became of mutants, put together into a kill table. */
import { placeOf, shortPath } from '../load/place.ts';
import type { KillTable, MutantRow } from '../report/kill-table.ts';
import { type Equivalents, reasonFor } from '../search/mutants/equivalent.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Known, Member } from './families.ts';
import type { Found, InCheck } from './rounds.ts';

/** `models/queue.ts:12`, from the project's folder; empty where nobody knows. */
export function placeText({ place }: Member['mutant'], folder: string): string {
  const found = place.stack === undefined ? undefined : placeOf(place.stack);
  return found === undefined ? '' : `${shortPath(found.file, folder)}:${found.line}`;
}

/** The kill table of a family; what is stale is told where all its mutants were asked for. */
export function tableOf(
  { name, checks, tried, members }: Known,
  { fates }: Found,
  folder: string,
  isWhole: boolean,
): KillTable {
  const equivalent: Equivalents = Object.assign(
    {},
    ...checks.map(({ check }) => check.equivalent ?? {}),
  );
  const used = new Set<string>();
  const rows = members.map((member): MutantRow => {
    const { id, name: what, kind } = member.mutant;
    const reason = reasonFor(member.mutant, equivalent);
    if (reason !== undefined) used.add(reason.key);
    const base = { id, what, kind, place: placeText(member.mutant, folder) };
    return { ...base, ...became(fates.get(id) ?? [], reason?.why) };
  });
  const stale = isWhole ? Object.keys(equivalent).filter((key) => !used.has(key)) : [];
  return {
    schemaVersion: 1,
    check: name,
    checks: tried.map((one) => one.name),
    mutants: rows,
    stale,
  };
}

/** What became of a mutant in all checks that were tried. */
function became(fates: readonly InCheck[], reason: string | undefined): Partial<MutantRow> {
  for (const { check, fate } of fates) {
    if (fate.kind !== 'killed') continue;
    const { kind: _, ...kill } = fate;
    return {
      killedBy: { check: check.name, ...kill },
      ...(reason === undefined ? {} : { refuted: true as const, why: reason }),
    };
  }
  for (const { check, fate } of fates)
    if (fate.kind === 'undecided') return { undecided: true, why: `${check.name}: ${fate.bound}` };
  const isBorn = fates.some(({ fate }) => fate.kind === 'survived');
  if (isBorn && reason !== undefined) return { survived: 'equivalent', why: reason };
  if (isBorn) return { survived: 'hole' };
  const [first] = fates;
  if (first?.fate.kind === 'stillborn') return { stillborn: true, why: first.fate.why };
  return { undecided: true, why: 'not searched' };
}

/** The exit code that a table asks for. */
export function codeOf({ mutants: rows }: KillTable, allowIncomplete: boolean): ExitCode {
  if (rows.some(({ survived, refuted }) => survived === 'hole' || refuted === true))
    return EXIT.surprise;
  const isUndecided = rows.some(({ undecided }) => undecided === true);
  return isUndecided && !allowIncomplete ? EXIT.incomplete : EXIT.asDeclared;
}
