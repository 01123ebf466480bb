/** A violation in words: which property, what was found, who did it and who was there before. */
import type { Finding } from '../design/processor.ts';
import type { Trace, TraceStep } from '../replay/trace.ts';
import { ascii, type Paint, plain, wrap } from './text.ts';

export interface ViolationOptions {
  /** Columns; default 72. */
  readonly width?: number;
  readonly paint?: Paint;
}

/** The block under a diagram, beginning with `*** P5: an rcu_head has one user ***`. Empty where nothing is violated. */
export function renderViolation(trace: Trace, options: ViolationOptions = {}): string {
  const last = trace.steps.length - 1;
  const findings = trace.steps[last]?.findings ?? [];
  if (trace.violation === '' && findings.length === 0) return '';
  const width = options.width ?? 72;
  const paint = options.paint ?? plain;
  const lines = [headline(trace, width, paint)];
  const say = (text: string, indent = 2, hang = 0): void => {
    const wrapped = wrap(ascii(text), width - indent, { hang });
    lines.push(...wrapped.map((line) => ' '.repeat(indent) + line));
  };
  lines.push('');
  for (const text of sentences(trace, findings)) say(text);
  const found = findings.find((one) => one.object !== '') ?? findings[0];
  for (const [name, text] of parties(trace, found)) say(`${name.padEnd(8)}${text}`, 4, 8);
  if (trace.steps[last]?.refused) say('The last step did not happen: this is the state before it.');
  for (const { cpu, on } of trace.blocked) {
    const shown = trace.steps.some((step) => step.cpu === cpu);
    if (!shown) say(`${trace.cpus[cpu]} waits for ${on}`, 4);
  }
  if (lines.at(-1) === '') lines.pop();
  return lines.join('\n');
}

function headline(trace: Trace, width: number, paint: Paint): string {
  const title = ascii(trace.property === '' ? trace.violation : trace.property);
  return wrap(`*** ${title} ***`, width - 2, { hang: 4 })
    .map((line) => `  ${paint('bad', line)}`)
    .join('\n');
}

/** The violation, then whatever findings it does not already repeat. */
function sentences(trace: Trace, findings: readonly Finding[]): string[] {
  const said: string[] = [];
  const texts = [trace.violation, ...findings.map(sentenceOf)];
  for (const text of texts) {
    if (text === '' || text === trace.property) continue;
    if (said.some((one) => one.includes(text))) continue;
    for (const shorter of said.filter((one) => text.includes(one))) {
      said.splice(said.indexOf(shorter), 1);
    }
    said.push(text);
  }
  return said;
}

function sentenceOf(finding: Finding): string {
  const { facility, message } = finding;
  if (facility === 'property' || facility === 'claim') return message;
  return `${facility}: ${message}`;
}

/** Who took the step that violates, and the last one before who touched the same object. */
function parties(trace: Trace, finding: Finding | undefined): [string, string][] {
  const last = trace.steps.length - 1;
  if (finding === undefined || finding.object === '' || last < 0) return [];
  const before = partyBefore(trace, last, finding.object);
  if (before === -1) return [];
  return [
    ['here:', party(trace, trace.steps[last])],
    ['before:', party(trace, trace.steps[before])],
  ];
}

function party(trace: Trace, step: TraceStep): string {
  const context = step.context === 'task' ? '' : ` ${step.context}`;
  const where = step.stack.at(-1);
  return `${trace.cpus[step.cpu]}${context}${where === undefined ? '' : `, ${where}()`}: ${step.label}`;
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
