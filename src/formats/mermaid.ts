/** Mermaid: a schedule as a sequence diagram, which forges show where Markdown has it in a block `mermaid`. */
import type { Trace, TraceStep } from '../replay/trace.ts';
import { callName } from './step-name.ts';

/**
 * A sequence diagram: a participant for each CPU that moves or is blocked, a message of a CPU to itself for each step, numbered, with what
 * it changed; the violation as a note over all, and blocked CPUs as notes.
 * @example
 * writeFileSync('bug.mmd', mermaidSequence(trace));
 */
export function mermaidSequence(trace: Trace): string {
  const shown = trace.cpus.flatMap((name, cpu) => {
    const isIn = trace.steps.some((step) => step.cpu === cpu);
    return isIn || trace.blocked.some((one) => one.cpu === cpu) ? [{ name, cpu }] : [];
  });
  const lines = shown.map(({ name, cpu }) => `participant c${cpu} as ${text(name)}`);
  const ends = [...new Set([shown[0]?.cpu ?? 0, shown.at(-1)?.cpu ?? 0])];
  const over = ends.map((cpu) => `c${cpu}`).join(',');
  for (const [index, step] of trace.steps.entries()) {
    const last = index === trace.steps.length - 1 && trace.violation !== '';
    const drawn = stepLines(step);
    lines.push(...(last ? ['rect rgba(240, 228, 66, 0.4)', ...indented(drawn), 'end'] : drawn));
  }
  for (const { cpu, on } of trace.blocked)
    lines.push(`Note over c${cpu}: ${lined([`waits for ${on}`], NOTE)}`);
  if (trace.violation !== '') {
    lines.push(`Note over ${over}: ${lined([`*** ${trace.property} ***`, trace.violation], NOTE)}`);
  }
  const title = [trace.check, trace.schedule].filter((one) => one !== '').join(': ');
  const head = title === '' ? [] : [`title ${text(title)}`];
  return `${['sequenceDiagram', ...indented([...head, 'autonumber', ...lines])].join('\n')}\n`;
}

function stepLines(step: TraceStep): string[] {
  const cpu = `c${step.cpu}`;
  const context = step.context === 'task' ? '' : `${step.context} `;
  const changes = step.changes.map(({ path, before, after }) => `${path}: ${before} -> ${after}`);
  const refused = step.refused ? ['did not happen'] : [];
  const said = [`${context}${callName(step)}`, ...refused];
  const message = `${cpu}->>${cpu}: ${lined(said, MESSAGE)}`;
  if (changes.length === 0) return [message];
  return [message, `Note right of ${cpu}: ${lined(changes, NOTE)}`];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** Columns of messages and of notes: what is longer grows over its neighbours. */
const MESSAGE = 44;
const NOTE = 34;

/** Texts one below the other, each broken between words where it is longer than so many columns. */
function lined(texts: readonly string[], width: number): string {
  const lines = texts.flatMap((one) => {
    const rows = [''];
    for (const word of flat(one).split(' ')) {
      const last = rows.at(-1) as string;
      if (last === '') rows[rows.length - 1] = word;
      else if (last.length + 1 + word.length <= width) rows[rows.length - 1] = `${last} ${word}`;
      else rows.push(word);
    }
    return rows;
  });
  return lines.map(text).join('<br/>');
}

function flat(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\s]+/gu, ' ').trim();
}

/** Letters, digits and what means nothing to Mermaid as they are; everything else by its number, between `#` and `;`. */
function text(plain: string): string {
  const escaped = (one: string) => `#${one.codePointAt(0)};`;
  return flat(plain).replace(/[^\p{L}\p{N} _.,()[\]=+*/'!?-]/gu, escaped) || '-';
}
