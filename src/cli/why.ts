/** `heddle why`: what goes wrong without a step, and with it done wrongly; the schedule that it prevents. */
import { HeddleError } from '../design/errors.ts';
import type { KillTable, MutantRow } from '../report/kill-table.ts';
import { renderReason } from '../report/reason.ts';
import { explained } from '../search/explain.ts';
import { mutated } from '../search/mutants/derive.ts';
import { type BoundFlags, boundsOf } from './bounds.ts';
import { EXIT, type ExitCode, strongest } from './exit.ts';
import { familiesOf, type Known, know, type Member } from './families.ts';
import { codeOf, tableOf } from './kills.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { type Found, searchMutants } from './rounds.ts';
import { openRuns, type SharingFlags } from './runs.ts';
import { select } from './select.ts';

/** Kinds of mutants, those first that say most of what a step is for. */
const TELLING: readonly string[] = [
  ...['unlocked', 'left out', 'torn', 'grace period', 'unmasked', 'once'],
  ...['condition', 'swapped', 'number'],
];

export interface WhyFlags extends BoundFlags, SharingFlags {
  readonly wide?: boolean;
  readonly json?: boolean;
}

/** Searches every mutant of one step, and shows the shortest schedule that the step prevents. `label` may begin with `function: `. */
export async function why(
  pattern: string,
  label: string,
  flags: WhyFlags,
  output: Output,
): Promise<ExitCode> {
  const asked = boundsOf(flags, output.environment);
  const { project, loaded, broken } = await openChecks(output.folder, [pattern]);
  for (const { mistake } of broken) output.explain(mistake);
  const { chosen } = select(loaded, [pattern]);
  const runs = await openRuns(project, asked, chosen.length, flags, output);
  const codes: ExitCode[] = [];
  const texts: string[] = [];
  try {
    for (const family of familiesOf(chosen)) {
      const whole = await know(family, asked, undefined, runs, output);
      const known = { ...whole, members: about(whole, label) };
      const found = await searchMutants(known, asked, runs);
      const table = tableOf(known, found, project.folder, false);
      codes.push(...known.codes, ...found.codes, codeOf(table, false));
      texts.push(
        flags.json === true
          ? JSON.stringify(table, null, 2)
          : told(label, table, known, found, flags, output),
      );
    }
  } finally {
    runs.close();
  }
  output.print(`${texts.join('\n\n')}\n`);
  return strongest(codes.length === 0 ? [EXIT.asDeclared] : codes);
}

/** The mutants of one step of one function; @throws HeddleError `no-such-mutant` where it is not clear which. */
function about({ members }: Known, label: string): readonly Member[] {
  const fits = members.filter(({ mutant: { fn, steps } }) =>
    steps.some((step) => step === label || `${fn}: ${step}` === label),
  );
  const named =
    fits.length > 0
      ? fits
      : members.filter(({ mutant }) => mutant.steps[0]?.includes(label) === true);
  const steps = new Set(named.map(({ mutant: { fn, steps } }) => stepOf(fn, steps, label)));
  if (steps.size === 1) return named;
  const fact =
    steps.size === 0
      ? `the model has no step '${label}' that could be wrong`
      : `'${label}' is a part of ${[...steps].map((one) => `'${one}'`).join(', ')}: say which`;
  throw new HeddleError('no-such-mutant', fact);
}

function stepOf(fn: string, steps: readonly string[], label: string): string {
  const step = steps.find((one) => one === label || `${fn}: ${one}` === label) ?? steps[0];
  return `${fn}: ${step}`;
}

function told(
  label: string,
  table: KillTable,
  { members }: Known,
  { fates }: Found,
  { wide }: WhyFlags,
  output: Output,
): string {
  const [first] = members;
  const rank = ({ kind, killedBy }: MutantRow) => [TELLING.indexOf(kind), killedBy?.steps ?? 0];
  const [shown] = table.mutants
    .filter(({ killedBy }) => killedBy?.schedule !== undefined)
    .sort((one, other) => {
      const [kind = 0, steps = 0] = rank(one);
      const [otherKind = 0, otherSteps = 0] = rank(other);
      return kind - otherKind || steps - otherSteps;
    });
  const killed = fates
    .get(shown?.id ?? '')
    ?.flatMap(({ check, traces }) => traces.map((trace) => ({ check, trace })))
    .find(({ trace }) => trace.schedule === shown?.killedBy?.schedule);
  const trace =
    killed === undefined
      ? undefined
      : explained(mutated(killed.check.check, shown?.id ?? ''), killed.trace);
  const { paint } = output;
  const width = wide === true ? Math.max(output.columns, 120) : undefined;
  const { fn = '', steps = [] } = first?.mutant ?? {};
  const step = stepOf(fn, steps, label);
  return renderReason({ step, table, shown, trace }, { paint, width, wide });
}
