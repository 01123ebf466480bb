/** JUnit XML: a test case for each check, a suite for each folder of checks. */
import type { EndedCheck } from './ended.ts';
import { type Element, xmlDocument } from './xml.ts';

/**
 * A run as JUnit XML. A check that ended as it declares is a test that passed; a surprise is a failure; one that could not be checked, or
 * that a bound ended, an error; one that was not started, or may be incomplete, is skipped. What a terminal shows of a check is the text
 * of its failure or error, and its `system-out` else. Times are left out where the checks have none.
 * @example
 * writeFileSync('heddle.xml', junitXml(ended));
 */
export function junitXml(checks: readonly EndedCheck[]): string {
  const suites = new Map<string, EndedCheck[]>();
  for (const one of checks) {
    const folder = folderOf(one.check);
    suites.set(folder, [...(suites.get(folder) ?? []), one]);
  }
  return xmlDocument({
    testsuites: {
      '@name': 'heddle',
      ...totals(checks),
      testsuite: [...suites].map(([folder, among]) => ({
        '@name': folder,
        ...totals(among),
        testcase: among.map(testcase),
      })),
    },
  });
}

function folderOf(check: string): string {
  const slash = check.lastIndexOf('/');
  return slash === -1 ? 'checks' : check.slice(0, slash);
}

type Outcome = 'passed' | 'failure' | 'error' | 'skipped';

const OUTCOMES: Readonly<Record<EndedCheck['standing'], Outcome>> = {
  as_declared: 'passed',
  surprise: 'failure',
  incomplete: 'error',
  invalid: 'error',
  bug: 'error',
  allowed: 'skipped',
  not_started: 'skipped',
};

function totals(checks: readonly EndedCheck[]): Element {
  const count = (outcome: Outcome) =>
    checks.filter(({ standing }) => OUTCOMES[standing] === outcome).length;
  return {
    '@tests': checks.length,
    '@failures': count('failure'),
    '@errors': count('error'),
    '@skipped': count('skipped'),
    ...time(checks),
  };
}

function time(checks: readonly EndedCheck[]): Element {
  const known = checks.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]));
  if (known.length === 0) return {};
  return { '@time': known.reduce((sum, one) => sum + one, 0).toFixed(3) };
}

function testcase(ended: EndedCheck): Element {
  const { check, standing, line, text, place } = ended;
  const outcome = OUTCOMES[standing];
  const shown = { 'system-out': text };
  return {
    '@name': check,
    '@classname': folderOf(check).replaceAll('/', '.'),
    ...(place === undefined ? {} : { '@file': place.file, '@line': place.line }),
    ...time([ended]),
    ...(outcome === 'passed' ? shown : {}),
    ...(outcome === 'skipped' ? { skipped: { '@message': line }, ...shown } : {}),
    ...(outcome === 'failure' || outcome === 'error'
      ? { [outcome]: { '@message': line, '@type': typeOf(ended), '#text': text } }
      : {}),
  };
}

/** The property or mistake that a reader would group failures by. */
function typeOf({ standing, outcomes }: EndedCheck): string {
  const { error, properties = [] } = outcomes?.verdict ?? {};
  if (standing === 'invalid') return error?.code ?? standing;
  if (standing !== 'surprise') return standing;
  return properties.find(({ ok, verdict }) => !ok && verdict !== 'incomplete')?.id ?? standing;
}
