/** Annotations of GitHub: commands that a job prints, which are then shown at the lines of a pull request. */
import { type EndedCheck, surpriseOf } from './ended.ts';

const LEVELS: Readonly<Record<EndedCheck['standing'], 'error' | 'warning' | 'notice' | undefined>> =
  {
    as_declared: undefined,
    surprise: 'error',
    invalid: 'error',
    bug: 'error',
    incomplete: 'warning',
    allowed: 'notice',
    not_started: 'notice',
  };

/**
 * A line for each property that is not as declared, for each check that could not be checked, and for each that a bound ended; nothing
 * for what is as declared. Ends with a newline unless it is empty.
 * @example
 * githubAnnotations(ended); // ::error file=models/x.ts,line=9,col=5,title=queue/v1%3A P5::...
 */
export function githubAnnotations(checks: readonly EndedCheck[]): string {
  return checks.flatMap(linesOf).join('');
}

function linesOf(ended: EndedCheck): string[] {
  const level = LEVELS[ended.standing];
  if (level === undefined) return [];
  const { verdict, traces = [] } = ended.outcomes ?? {};
  const surprises = (verdict?.properties ?? []).filter(
    (property) => !property.ok && property.verdict !== 'incomplete',
  );
  if (ended.standing !== 'surprise' || surprises.length === 0) {
    const title = `heddle: ${ended.check}`;
    return [command(level, title, ended.place, `${ended.line}\n\n${ended.text}`)];
  }
  return surprises.map((property) => {
    const trace = traces.find((one) => one.property === property.name);
    const last = trace?.steps.at(-1);
    const place = (last === undefined ? undefined : ended.placeOf?.(last)) ?? ended.place;
    const said = [
      ...[surpriseOf(property), property.finding?.message, trace?.explanation?.words],
      nextOf(ended, property),
    ];
    const text = said.filter((one) => one !== undefined && one !== '').join('\n');
    return command(level, `heddle: ${ended.check}: ${property.id}`, place, text);
  });
}

function nextOf({ check }: EndedCheck, { schedule }: { readonly schedule?: string }): string {
  return schedule === undefined
    ? `next: npx heddle check '${check}'`
    : `next: npx heddle replay '${check}' --schedule '${schedule}'`;
}

function command(level: string, title: string, place: EndedCheck['place'], text: string): string {
  const fields = {
    ...(place === undefined ? {} : { file: place.file, line: place.line, col: place.column }),
    title,
  };
  const shown = Object.entries(fields).map(
    ([name, value]) => `${name}=${escaped(String(value), true)}`,
  );
  return `::${level} ${shown.join(',')}::${escaped(text, false)}\n`;
}

function escaped(text: string, isField: boolean): string {
  const data = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  return isField ? data.replaceAll(':', '%3A').replaceAll(',', '%2C') : data;
}
