/** `heddle replay --as-test`: a schedule as a test file in the project of its check. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { propertyId } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import { slugOf } from '../formats/ended.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { mistake, mistakeOf } from '../load/mistake.ts';
import { shortPath } from '../load/place.ts';
import { openProject } from '../load/project.ts';
import type { Trace } from '../replay/trace.ts';
import { testOf } from '../report/as-test.ts';
import { replay as replaySchedule } from '../search/witness.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Output } from './output.ts';
import type { Subject } from './replay.ts';

/** Writes the test to a file, `test/NAME.PROPERTY.test.ts` of the project where `asked` names none, or prints it where that is `-`. */
export async function writeTest(
  { trace, check, misfit }: Subject,
  asked: string | true,
  output: Output,
): Promise<ExitCode> {
  if (misfit !== undefined) {
    output.explain(mistakeOf(misfit, 'internal-error'));
    return EXIT.invalid;
  }
  if (check === undefined || trace.property === '') {
    const fact =
      check === undefined
        ? `check ${trace.check} is not in this project`
        : 'this schedule violates nothing';
    const reason = 'A test imports the check, and says which violation its schedule ends in.';
    output.explain(mistake('bad-trace', fact, { reason, next: 'npx heddle check' }));
    return EXIT.invalid;
  }
  const { folder } = await openProject(output.folder);
  const path = asked === true ? join(folder, 'test', fileOf(trace)) : resolve(output.folder, asked);
  const text = testOf(trace, {
    from: importPath(dirname(asked === '-' ? join(folder, 'test', 'x') : path), check.bundle.file),
    key: check.key,
    hasInitials: Object.keys(check.check.model.initial).length > 1,
    isShown: isShown(check, trace),
  });
  if (asked === '-') output.print(text);
  else return write(path, text, output);
  return EXIT.asDeclared;
}

function fileOf({ check, property }: Trace): string {
  return `${check.replaceAll('/', '.')}.${slugOf(propertyId(property))}.test.ts`;
}

function importPath(folder: string, file: string): string {
  const path = relative(folder, file).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** Whether the schedule alone ends in the violation. */
function isShown({ check }: LoadedCheck, { schedule, initial, property }: Trace): boolean {
  const again = replaySchedule(check, schedule, { initial, property });
  return propertyId(again.property) === propertyId(property);
}

/** @throws HeddleError `bad-flag` for a file that cannot be written. */
function write(path: string, text: string, output: Output): ExitCode {
  const shown = shortPath(path, output.folder);
  if (existsSync(path)) {
    const reason = 'A test that somebody may have changed is not written over.';
    const next = `remove it, or name another file: --as-test ${shown.replace(/(\.test)?\.ts$/, '.2.test.ts')}`;
    output.explain(mistake('bad-flag', `${shown} exists already`, { reason, next }));
    return EXIT.invalid;
  }
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HeddleError('bad-flag', `--as-test ${shown}: ${why}`);
  }
  output.note(`test: ${shown}`);
  output.note(`next: npx vitest run ${shown}`);
  return EXIT.asDeclared;
}
