/** `heddle estimate`: how large the searches of checks will be, from a short probe of each. */
import { renderEstimate } from '../report/estimate.ts';
import { estimate as probe } from '../search/orders/estimate.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { parseCount, parseWhole } from './flags.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { select } from './select.ts';

export interface EstimateFlags {
  readonly all?: boolean;
  readonly probeStates?: string;
  readonly seed?: string;
  readonly json?: boolean;
  readonly stable?: boolean;
}

/** Probes the checks that the patterns mean, one after the other, and prints what each search is expected to take. */
export async function estimate(
  patterns: readonly string[],
  flags: EstimateFlags,
  output: Output,
): Promise<ExitCode> {
  const probeStates =
    flags.probeStates === undefined ? undefined : parseCount('--probe-states', flags.probeStates);
  const seed = flags.seed === undefined ? undefined : parseWhole('--seed', flags.seed, 2 ** 31 - 1);
  const { loaded, broken } = await openChecks(output.folder, patterns);
  for (const { mistake } of broken) output.explain(mistake);
  const { chosen } = select(loaded, patterns, { large: flags.all });
  let code: ExitCode = broken.length === 0 ? EXIT.asDeclared : EXIT.invalid;
  for (const [at, { name, check }] of chosen.entries()) {
    const one = probe(check, {
      name,
      now: () => performance.now(),
      ...(probeStates === undefined ? {} : { probeStates }),
      ...(seed === undefined ? {} : { seed }),
    });
    if (one.error !== undefined) code = EXIT.invalid;
    if (flags.json === true) {
      const { seconds, rate, error, ...told } = one;
      const times = flags.stable === true ? {} : { seconds, rate };
      const wrong = error === undefined ? {} : { error: { ...error, stack: undefined } };
      output.print(
        `${JSON.stringify({ type: 'estimate', schemaVersion: 1, ...told, ...times, ...wrong })}\n`,
      );
      continue;
    }
    const { paint } = output;
    const text = renderEstimate(one, { paint, stable: flags.stable === true });
    output.print(`${at === 0 ? '' : '\n'}${text}\n`);
  }
  return code;
}
