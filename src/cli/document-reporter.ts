/** A session as a document for another program: JUnit XML, SARIF, or annotations of GitHub. */
import { relative } from 'node:path';
import { githubAnnotations } from '../formats/annotations.ts';
import type { EndedCheck, PlaceInFile, Standing } from '../formats/ended.ts';
import { surpriseOf } from '../formats/ended.ts';
import { junitXml } from '../formats/junit.ts';
import { sarifLog } from '../formats/sarif.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { errorBlock, type Place, placeOf } from '../load/place.ts';
import { stepPlaces } from '../load/step-places.ts';
import { declared, renderVerdict } from '../report/summary.ts';
import type { Result } from '../session/events.ts';
import { EXIT, exitCodeOf } from './exit.ts';
import type { Reporter } from './reporter.ts';

export type DocumentName = 'junit' | 'sarif' | 'github';

export interface DocumentOptions {
  readonly write: (text: string) => void;
  readonly stable: boolean;
  readonly loaded: readonly LoadedCheck[];
  /** Files are named from here: the folder of the repository, where that is known. */
  readonly root: string;
  readonly allowIncomplete: boolean;
}

const DOCUMENTS: Readonly<Record<DocumentName, (ended: readonly EndedCheck[]) => string>> = {
  junit: junitXml,
  sarif: sarifLog,
  github: githubAnnotations,
};

/** Writes the document when all checks have ended. */
export function documentReporter(name: DocumentName, options: DocumentOptions): Reporter {
  return {
    onEvent: () => undefined,
    finish: (results) => {
      const ended = results.map((result) => endedCheck(result, options));
      options.write(DOCUMENTS[name](ended));
    },
  };
}

function endedCheck(result: Result, options: DocumentOptions): EndedCheck {
  const { check, end } = result;
  const standing = standingOf(result, options.allowIncomplete);
  const loaded = options.loaded.find(({ name }) => name === check);
  const inRoot = (place: Place | undefined) => placeBelow(place, options.root);
  const place = inRoot(loaded === undefined ? undefined : declaredAt(loaded));
  const steps = loaded === undefined ? undefined : stepPlaces(loaded.check);
  const ended = { check, standing, ...(place === undefined ? {} : { place }) };
  if (end.kind === 'not_started') {
    const text = 'interrupted before its turn came';
    return { ...ended, line: text, text };
  }
  if (end.kind === 'bug') {
    const text = errorBlock(end.mistake, { folder: options.root });
    return { ...ended, line: end.mistake.fact, text };
  }
  const { outcomes } = end;
  const { error, seconds } = outcomes.verdict;
  const mistaken = inRoot(error?.stack === undefined ? undefined : placeOf(error.stack));
  return {
    ...ended,
    outcomes,
    line: lineOf(result),
    text:
      error === undefined
        ? renderVerdict(outcomes.verdict, outcomes.traces, { stable: options.stable })
        : errorBlock(error, { folder: options.root }),
    ...(options.stable ? {} : { seconds }),
    ...(mistaken === undefined ? {} : { place: mistaken }),
    placeOf: (step) => inRoot(steps?.(step)),
  };
}

function standingOf(result: Result, allowIncomplete: boolean): Standing {
  if (result.end.kind === 'not_started' || result.end.kind === 'bug') return result.end.kind;
  switch (exitCodeOf(result, false)) {
    case EXIT.asDeclared:
      return 'as_declared';
    case EXIT.surprise:
      return 'surprise';
    case EXIT.invalid:
      return 'invalid';
    default:
      return allowIncomplete ? 'allowed' : 'incomplete';
  }
}

function lineOf({ end }: Result): string {
  if (end.kind !== 'decided') return '';
  const { verdict } = end.outcomes;
  if (verdict.error !== undefined) return verdict.error.fact;
  const word = `${verdict.verdict.toUpperCase()} ${declared(verdict)}`;
  const surprises = verdict.properties.filter((one) => !one.ok && one.verdict !== 'incomplete');
  const [first] = surprises;
  if (first !== undefined) {
    const more = surprises.length === 1 ? '' : `, and ${surprises.length - 1} more`;
    return `${word}: ${surpriseOf(first)}${more}`;
  }
  const { stopped } = verdict;
  if (stopped === undefined) return word;
  const lift = stopped.flag === '' ? '' : `: ${stopped.flag} lifts this bound`;
  return `${word}: stopped at ${stopped.value}${lift}`;
}

/** Where its own file declares a check, through functions of other files perhaps; else where `check(...)` is called. */
function declaredAt({ check, bundle }: LoadedCheck): Place | undefined {
  const { stack } = check.place;
  if (stack === undefined) return undefined;
  const own = stack.split('\n').filter((line) => line.includes(bundle.file));
  return placeOf(own.join('\n')) ?? placeOf(stack);
}

/** Undefined for a file that is not below the folder. */
function placeBelow(place: Place | undefined, root: string): PlaceInFile | undefined {
  if (place === undefined) return undefined;
  const file = relative(root, place.file).replaceAll('\\', '/');
  if (file.startsWith('..')) return undefined;
  return { file, line: place.line, column: place.column };
}
