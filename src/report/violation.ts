/** A violation in words: which property, what was found, who did it and who was there before. */
import type { Finding } from '../design/processor.ts';
import { laneName, type Trace, type TraceStep } from '../replay/trace.ts';
import { Arguments } from './arguments.ts';
import { type Bug, bugOf } from './bug.ts';
import { ascii, cut, type Paint, plain, wrap } from './text.ts';

export interface ViolationOptions {
  /** Columns; default 72. */
  readonly width?: number;
  readonly paint?: Paint;
}

/** The block under a diagram, beginning with `*** P5: an rcu_head has one user ***`. Empty where nothing is violated. */
export function renderViolation(trace: Trace, options: ViolationOptions = {}): string {
  const last = trace.steps.length - 1;
  const all = [trace.finding, ...(trace.steps[last]?.findings ?? [])];
  const findings = all.filter((one) => one.kind !== '');
  if (findings.length === 0) return '';
  const width = options.width ?? 72;
  const paint = options.paint ?? plain;
  const lines = [headline(trace, width, paint)];
  const say = (text: string, indent = 2, hang = 0): void => {
    const wrapped = wrap(ascii(text), width - indent, { hang });
    lines.push(...wrapped.map((line) => ' '.repeat(indent) + line));
  };
  lines.push('');
  const bugs = distinct(findings).map((finding) => bugOf(trace, finding) ?? sentence(finding));
  bugs.forEach((bug, index) => {
    if (index > 0 && bug.lines.length > 1) lines.push('');
    for (const { text, indent, isSet } of bug.lines) {
      if (isSet === true)
        lines.push(
          text === ''
            ? ''
            : cut(`${' '.repeat(indent)}${text.replace(/[^\x20-\x7e]/g, '?')}`, width),
        );
      else say(text, indent, indent > 2 ? 4 : 0);
    }
  });
  const found = findings.find((one) => one.object !== '') ?? findings[0];
  const isTold = bugs.some(({ namesParties }) => namesParties);
  const others = isTold ? [] : parties(trace, found);
  for (const [name, text] of others) say(`${name.padEnd(8)}${text}`, 4, 8);
  if (trace.steps[last]?.refused) say('The last step did not happen: this is the state before it.');
  for (const { cpu, on } of trace.blocked) {
    const shown = trace.steps.some((step) => step.cpu === cpu);
    if (!shown) say(`${trace.cpus[cpu]} waits for ${on}`, 4);
  }
  if (lines.at(-1) === '') lines.pop();
  return lines.join('\n');
}

function headline(trace: Trace, width: number, paint: Paint): string {
  const name = trace.property === '' ? trace.violation : trace.property;
  const title = name === 'deadlock' ? 'DEADLOCK' : ascii(name);
  return wrap(`*** ${title} ***`, width - 2, { hang: 4 })
    .map((line) => `  ${paint('bad', line)}`)
    .join('\n');
}

/** What was found, once for each kind of it. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const said = new Map<string, Finding>();
  for (const one of findings) {
    const key = `${one.facility} ${one.kind}`;
    if (!said.has(key)) said.set(key, one);
  }
  return [...said.values()];
}

function sentence(finding: Finding): Bug {
  return { lines: [{ text: sentenceOf(finding), indent: 2 }], namesParties: false };
}

function sentenceOf({ facility, kind, object, message }: Finding): string {
  if (facility === 'possibly') {
    if (kind === 'undecided') return `Undecided: ${message}.`;
    return `From here no continuation reaches it${object === '' ? '' : `: ${object}`}.`;
  }
  if (facility === 'property') return `It is false in the state after the last step.`;
  if (facility === 'claim') return `The last step claims ${kind}, and it is false there.`;
  return message.startsWith(facility) ? message : `${facility}: ${message}`;
}

/** Who took the step that violates, and the last one before who touched the same object. */
function parties(trace: Trace, finding: Finding | undefined): [string, string][] {
  const last = trace.steps.length - 1;
  // A data race is between steps that come next, and names them itself.
  if (finding?.facility === 'KCSAN') return [];
  if (finding === undefined || finding.object === '' || last < 0) return [];
  // Its object is an instance, and no place in the state.
  if (finding.facility === 'possibly') return [];
  const before = partyBefore(trace, last, finding.object);
  if (before === -1) return [];
  const calls = new Arguments(trace);
  return [
    ['here:', party(trace, calls, last)],
    ['before:', party(trace, calls, before)],
  ];
}

function party(trace: Trace, calls: Arguments, at: number): string {
  const step = trace.steps[at];
  const what = step.label === step.enters ? 'begins' : step.label;
  return `${laneName(trace.cpus, step)}, ${calls.callAt(at)}: ${what}`;
}

/** The latest step before `last` that wrote the object, rather by somebody else. */
function partyBefore(trace: Trace, last: number, object: string): number {
  const step = trace.steps[last];
  const wrote = trace.steps
    .slice(0, last)
    .map((one, index) => ({ one, index }))
    .filter(({ one }) => touches(one, object))
    .reverse();
  const other = wrote.find(({ one }) => one.cpu !== step.cpu || one.context !== step.context);
  return (other ?? wrote[0])?.index ?? -1;
}

function touches(step: TraceStep, object: string): boolean {
  return (
    step.changes.some((one) => related(one.path, object)) ||
    step.accesses.some((one) => one.write && related(one.path, object))
  );
}

function related(path: string, object: string): boolean {
  if (path === object) return true;
  const [inner, outer] = path.length > object.length ? [path, object] : [object, path];
  return inner.startsWith(outer) && /^[.[ ]/.test(inner.slice(outer.length));
}
