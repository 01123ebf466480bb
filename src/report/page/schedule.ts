/** One violation on the page: its lanes, its steps in columns, what it means, and the same as text for a mail. */
import type { ContextName } from '../../design/processor.ts';
import { laneName, type Trace } from '../../replay/trace.ts';
import { renderTrace } from '../diagram.ts';
import { renderExplanation } from '../explanation.ts';
import { columnOf, type Row, rowsOf } from '../rows.ts';
import { counted } from '../text.ts';
import type { TraceDetails } from './details.ts';
import { lanesOf } from './lanes.ts';
import { html, type Markup } from './markup.ts';

export interface ScheduleOptions {
  /** Its place among the schedules of the page, by which the data of its steps is found. */
  readonly index: number;
  /** How heddle replays it. */
  readonly command: string;
}

/** With more CPUs than this the columns take the whole width, and what is known of a step stands below them. */
const MOST_BESIDE = 3;

/** Everything that can be said of a schedule without stepping through it; `data-schedule` is where stepping is put. */
export function scheduleOf(
  trace: Trace,
  details: TraceDetails | undefined,
  options: ScheduleOptions,
): Markup {
  const { schedule, steps, switches } = trace;
  const size = `${counted(steps.length, 'step')}, ${counted(switches, 'switch')}`;
  const { columns, rows } = columnsOf(trace);
  return html`<div class="schedule" data-schedule="${options.index}">
    <div class="controls" data-part="controls"></div>
    ${lanesOf(trace, details?.sections ?? [])}
    <div class="memory" data-part="memory"></div>
    <div class="split${columns.length > MOST_BESIDE && ' many'}">
      <div class="steps-scroll" tabindex="0" role="group" aria-label="The steps of the schedule">
      <table class="steps"><caption class="unseen">The schedule, a column for each CPU: ${size}</caption>
        <thead><tr><th class="nr" scope="col"><span class="unseen">step</span></th>${columns.map(
          ({ name, cpu }) => html`<th scope="col" class="cpu${cpu % 6}">${name}</th>`,
        )}</tr></thead>
        <tbody>${rowsIn(trace, columns, rows)}</tbody></table>
      </div>
      <div class="stage" data-part="stage"></div>
    </div>
    <details class="mail" open><summary>As text, for a mail</summary><pre>${renderTrace(trace)}</pre></details>
    <p class="again">Replay it: <code>${options.command}</code></p>
    ${schedule === '' || options.command.includes('--schedule') ? undefined : html`<p class="again">Schedule: <code>${schedule}</code></p>`}
  </div>`;
}

/** Why it happens: in a line, then what else there is to know. */
export function why(trace: Trace): Markup | undefined {
  // Wide enough that nothing is broken: what is indented further belongs to the line before.
  const lines = renderExplanation(trace, 'full', { width: 10_000 }).split('\n').slice(1);
  const [first, ...more] = lines.filter((line) => line.trim() !== '');
  if (first === undefined) return undefined;
  const items = more.map(
    (line) =>
      html`<li class="${line.startsWith('      ') ? 'inner' : 'outer'}">${line.trim()}</li>`,
  );
  const further = html`<details open><summary>More on why</summary><ul>${items}</ul></details>`;
  return html`<div class="why"><p>${first.trim()}</p>${items.length > 0 && further}</div>`;
}

interface Column {
  readonly cpu: number;
  readonly context: ContextName;
  readonly name: string;
}

/** A column for each CPU, and for what interrupts it one beside it where there is room. */
function columnsOf(trace: Trace): { columns: readonly Column[]; rows: readonly Row[] } {
  const laid = [true, false].map((apart) => {
    const rows = rowsOf(trace, { apart });
    const found = new Map<number, Column>();
    for (const { cpu, context } of rows) {
      const lane = { cpu, context };
      found.set(columnOf(lane), { ...lane, name: laneName(trace.cpus, lane) });
    }
    const columns = [...found].sort(([one], [other]) => one - other).map(([, column]) => column);
    return { columns, rows };
  });
  return laid.find(({ columns }) => columns.length <= MOST_BESIDE) ?? (laid[1] as (typeof laid)[1]);
}

function rowsIn(trace: Trace, columns: readonly Column[], all: readonly Row[]): Markup[] {
  const critical = trace.explanation?.critical?.step ?? -2;
  return all.map((row, at) => {
    const before = all[at - 1];
    const isSwitch = before !== undefined && before.cpu !== row.cpu;
    const isCritical = row.kind === 'step' && row.first <= critical && critical <= row.last;
    const kind = `${row.kind}${isSwitch ? ' switches' : ''}${isCritical ? ' critical' : ''}`;
    const isLong = row.last > row.first;
    const data =
      row.first !== -1 &&
      html` data-first="${row.first + 1}"${isLong && html` data-last="${row.last + 1}"`}`;
    const head = isNumbered(row, all)
      ? html`<th class="nr" scope="row">${row.first + 1}${isLong && `-${row.last + 1}`}</th>`
      : html`<td class="nr"></td>`;
    const column = columns.findIndex(
      ({ cpu, context }) => cpu === row.cpu && context === row.context,
    );
    const after = columns.length - column - 1;
    return html`<tr class="${kind}"${data}>${head}${empty(column)}<td class="cpu${row.cpu % 6} d${Math.min(row.depth, 8)}">${cell(
      row,
    )}${isCritical && CRITICAL}</td>${empty(after)}</tr>`;
  });
}

function empty(columns: number): Markup | undefined {
  if (columns <= 0) return undefined;
  return html`<td${columns > 1 && html` colspan="${columns}"`}></td>`;
}

/** A step has its number once: where it is told, or at the last row before that if none tells it. */
function isNumbered(row: Row, all: readonly Row[]): boolean {
  if (row.kind === 'step') return true;
  if (row.kind === 'fault' || row.first === -1) return false;
  const same = all.filter(({ kind, first }) => kind !== 'fault' && first === row.first);
  const isTold = all.some(
    ({ kind, first, last }) => kind === 'step' && first <= row.first && row.first <= last,
  );
  return !isTold && same.at(-1) === row;
}

const CRITICAL = html`<div class="flag"><span aria-hidden="true">\u25b2</span> critical: after this nothing goes well</div>`;

function cell(row: Row): Markup {
  const comments = row.comments.map(
    ({ text }) => html` <span class="comment">/* ${text.replaceAll(' -> ', ' \u2192 ')} */</span>`,
  );
  const sign =
    row.kind === 'fault' ? html`<span class="sign" aria-hidden="true">\u2717</span> ` : undefined;
  const text = row.kind === 'fault' ? row.text.replace(/^\^+ /, '') : row.text;
  return html`${sign}<code>${text}</code>${comments}`;
}
