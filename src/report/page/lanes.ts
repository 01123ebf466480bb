/** A schedule as lanes: time to the right, a lane for each CPU with its steps, its calls, and what it was inside of as bars. */
import type { Section, SectionKind } from '../../replay/sections.ts';
import type { Trace } from '../../replay/trace.ts';
import { cut } from '../text.ts';
import { inRows, spansOf } from './calls.ts';
import { html, type Markup } from './markup.ts';

/** Pixels. */
const ROW = 18;
const STEP_ROW = 24;
const GAP = 10;
const HEAD = 20;
/** Width of a step: as wide as the schedule allows, within these. */
const WIDEST = 56;
const NARROWEST = 15;
const ROOM = 1110;
/** Mean width of a letter in a bar. */
const LETTER = 6.1;

/** Letters of a name beside a lane, and their width in pixels. */
const LONGEST_NAME = 18;
const NAME_LETTER = 7.6;
/** Width of a digit in a step. */
const DIGIT = 7.2;
/** Mean width of a letter above the lanes, and behind them. */
const WORD_LETTER = 6.2;

/** A bar of a lane: `first` and `last` are in half steps, so that what a step begins starts in its middle. */
interface Bar {
  readonly section: Section;
  readonly first: number;
  readonly last: number;
}

interface Lane {
  readonly cpu: number;
  readonly name: string;
  readonly top: number;
  /** Drawn as if its top were 0. */
  readonly body: Markup;
}

/** How wide a step is drawn, in pixels. */
export function stepWidth(steps: number): number {
  return Math.max(NARROWEST, Math.min(WIDEST, Math.floor(ROOM / Math.max(1, steps))));
}

/** What a bar is called. */
export function sectionName({ kind, name }: Pick<Section, 'kind' | 'name'>): string {
  if (kind === 'lock') return `lock ${name}`;
  if (kind === 'queued') return `queued ${name}`;
  return WORDS[kind];
}

const WORDS: Readonly<Record<SectionKind, string>> = {
  lock: 'lock',
  reader: 'rcu_read_lock',
  'softirqs off': 'softirqs off',
  'interrupts off': 'interrupts off',
  'preemption off': 'preemption off',
  'grace period': 'waits for readers',
  callbacks: 'waits for callbacks',
  ipi: 'waits for IPI',
  queued: 'queued',
};

/** The lanes as two drawings side by side: the names, which stay, and the steps, which scroll. */
export function lanesOf(trace: Trace, sections: readonly Section[]): Markup {
  const steps = trace.steps.length;
  const width = stepWidth(steps);
  const spans = spansOf(trace);
  const lanes: Lane[] = [];
  let top = HEAD;
  trace.cpus.forEach((name, cpu) => {
    const bars = inRows(barsOf(sections, cpu, steps)).map((bar) => ({ ...bar }));
    const calls = spans[cpu] ?? [];
    const waits = trace.blocked.find((one) => one.cpu === cpu);
    const isIdle = !trace.steps.some((one) => one.cpu === cpu) && waits === undefined;
    if (calls.length === 0 && bars.length === 0 && isIdle) return;
    const callRows = rowsIn(calls);
    const body = html`${trace.steps.map((step, at) => (step.cpu === cpu ? stepBox(trace, at, width) : undefined))}
      ${calls.map((call) => {
        const y = STEP_ROW + call.row * ROW;
        const w = (call.last - call.first + 1) * width - 2;
        return html`<g class="call"><title>${call.name}, steps ${call.first + 1} to ${call.last + 1}</title><rect x="${
          call.first * width + 1
        }" y="${y + 1}" width="${w}"/>${label([call.name], call.first * width + 5, y + 13, w - 6)}</g>`;
      })}
      ${bars.map((bar) => barOf(bar, width, STEP_ROW + (callRows + bar.row) * ROW))}${
        waits &&
        html`<text class="waits" x="${steps * width + 6}" y="14">${waitWords(waits.on)}</text>`
      }`;
    lanes.push({ cpu, name, top, body });
    top += STEP_ROW + (callRows + rowsIn(bars)) * ROW + GAP;
  });
  const height = top;
  const wide = widthOf(trace, width);
  const described = `The schedule as lanes: ${steps} steps of ${lanes.map(({ name }) => name).join(', ')}`;
  return html`<div class="lanes">
    <svg class="lane-names" width="${namesWidth(lanes)}" height="${height}" aria-hidden="true">${lanes.map(
      ({ cpu, name, top: y }) =>
        html`<text class="cpu${cpu % 6}" x="0" y="${y + 16}">${cut(name, LONGEST_NAME)}</text>`,
    )}</svg>
    <div class="lane-scroll" tabindex="0" role="group" aria-label="Lanes">
    <svg class="lane-steps" width="${wide}" height="${height}" data-step-width="${width}" style="--step:${width - 2}px"
      role="img" aria-label="${described}">
      <rect class="now" x="-100" y="0" width="${width}" height="${height - GAP / 2}" rx="4"/>
      ${lanes.map(({ top: y }) => html`<path class="base" d="M 0 ${y - GAP / 2} H ${steps * width}"/>`)}
      ${switchesOf(trace).map(
        (at) => html`<path class="switch" d="M ${at * width} ${HEAD - 6} V ${height - GAP / 2}"/>`,
      )}
      ${criticalMark(trace, width, height)}
      ${lanes.map(({ cpu, body, top: y }) => html`<g class="lane cpu${cpu % 6}" transform="translate(0 ${y})">${body}</g>`)}
      ${ordersOf(trace, width, new Map(lanes.map(({ cpu, top: y }) => [cpu, y])))}
    </svg></div></div>
    ${legendOf(sections, trace)}`;
}

function rowsIn(spans: readonly { readonly row: number }[]): number {
  return spans.reduce((most, { row }) => Math.max(most, row + 1), 0);
}

function barsOf(sections: readonly Section[], cpu: number, steps: number): Bar[] {
  return sections
    .filter((one) => one.cpu === cpu)
    .map((section) => ({
      section,
      first: section.from === 0 ? 0 : section.from * 2 - 1,
      last: section.to === undefined ? steps * 2 : section.to * 2 - 1,
    }));
}

function stepBox(trace: Trace, at: number, width: number): Markup {
  const step = trace.steps[at];
  const isLast = at === trace.steps.length - 1;
  const isBad = step.findings.length > 0 || (isLast && trace.finding.kind !== '');
  const isTask = step.context === 'task';
  const sign = isBad ? '\u2717' : isTask ? '' : step.context[0];
  const context = isTask ? '' : `, ${step.context}`;
  const title = `step ${at + 1}${context}: ${step.label}`;
  // Other contexts than tasks are told by round ends, too.
  const where = isTask ? 'step' : 'step within';
  const kind = `${where}${isBad ? ' bad' : ''}${step.refused ? ' refused' : ''}`;
  const x = at * width;
  const numbered = `${sign}${at + 1}`;
  const said = numbered.length * DIGIT + 3 <= width ? numbered : sign;
  return html`<g class="${kind}" data-step="${at + 1}"><title>${title}</title><rect x="${x + 1}"/>${
    said !== '' && html`<text x="${x + width / 2}">${said}</text>`
  }</g>`;
}

function barOf(bar: Bar, width: number, y: number): Markup {
  const { section, first, last } = bar;
  const { kind, name, context, from, to } = section;
  const x = (first * width) / 2;
  const w = Math.max(4, ((last - first) * width) / 2);
  const span = `from ${from === 0 ? 'the start' : `step ${from}`} to ${to === undefined ? 'the end' : `step ${to}`}`;
  const title = `${sectionName(section)}${context === 'task' ? '' : ` (${context})`}, ${span}`;
  const names = [sectionName(section), name, name.split('.').at(-1) ?? ''].filter(
    (one) => one !== '',
  );
  const classes = `bar ${kind.replaceAll(' ', '-')}${to === undefined ? ' open' : ''}`;
  const words = label(names, x + 5, y + 12.5, w - 8);
  return html`<g class="${classes}"><title>${title}</title><rect x="${x + 0.5}" y="${y + 2}" width="${w - 1}"/>${words}</g>`;
}

/** The first of some names that has room; else the start of the last. */
function label(names: readonly string[], x: number, y: number, room: number): Markup | undefined {
  const letters = Math.floor(room / LETTER);
  if (letters < 2) return undefined;
  const last = names.at(-1) ?? '';
  const whole = names.find((one) => one.length <= letters);
  const shown =
    whole ?? (letters < 4 ? last.slice(0, letters) : `${last.slice(0, letters - 1)}\u2026`);
  return html`<text x="${x}" y="${y}">${shown}</text>`;
}

/** Steps (from 0) before which another CPU moved. */
export function switchesOf({ steps }: Pick<Trace, 'steps'>): number[] {
  return steps.flatMap((step, at) => (at > 0 && steps[at - 1].cpu !== step.cpu ? [at] : []));
}

function criticalWords(step: number): string {
  return `critical: nothing goes well after step ${step + 1}`;
}

/** Room for all steps, and for what is written to the right of them. */
function widthOf({ steps, blocked, explanation }: Trace, width: number): number {
  const critical = explanation?.critical?.step ?? -1;
  const words = critical === -1 ? 0 : criticalWords(critical).length * WORD_LETTER + 12;
  const x = critical * width;
  const waits = Math.max(0, ...blocked.map(({ on }) => waitWords(on).length * WORD_LETTER + 12));
  return Math.ceil(Math.max(steps.length * width + 12 + waits, x > words ? 0 : x + words));
}

function waitWords(on: string): string {
  return `waits: ${cut(on, 40)}`;
}

function namesWidth(lanes: readonly Lane[]): number {
  const longest = Math.max(0, ...lanes.map(({ name }) => name.length));
  return Math.max(58, Math.ceil(Math.min(LONGEST_NAME, longest) * NAME_LETTER) + 14);
}

/** The step after which nothing goes well any more. */
function criticalMark({ explanation }: Trace, width: number, height: number): Markup | undefined {
  const critical = explanation?.critical;
  if (critical === undefined) return undefined;
  const x = critical.step * width;
  const said = criticalWords(critical.step);
  const isRight = x > said.length * WORD_LETTER + 12;
  return html`<g class="critical"><title>${critical.words}</title>
    <path class="line" d="M ${x} 4 V ${height - GAP / 2}"/>
    <path d="M ${x - 5} 2 L ${x + 5} 2 L ${x} 10 Z"/>
    <text x="${isRight ? x - 9 : x + 9}" y="11" text-anchor="${isRight ? 'end' : 'start'}">${said}</text></g>`;
}

/** Arrows from steps to steps of other CPUs that must come after them, or all is well. */
function ordersOf(
  { explanation, steps }: Trace,
  width: number,
  tops: ReadonlyMap<number, number>,
): Markup | undefined {
  const orders = explanation?.orders ?? [];
  const all = orders.flatMap(({ before, after, words }) => {
    const from = tops.get(steps[before]?.cpu ?? -1);
    const to = tops.get(steps[after]?.cpu ?? -1);
    if (from === undefined || to === undefined || from === to) return [];
    const isDown = to > from;
    const y = { from: from + (isDown ? STEP_ROW - 4 : 1), to: to + (isDown ? -1 : STEP_ROW - 2) };
    const x = { from: (before + 0.5) * width, to: (after + 0.5) * width };
    const bend = (y.from + y.to) / 2;
    const curve = `M ${x.from} ${y.from} C ${x.from} ${bend} ${x.to} ${bend} ${x.to} ${y.to}`;
    return [
      html`<g class="order"><title>${words}</title><path d="${curve}" marker-end="url(#arrow-order)"/></g>`,
    ];
  });
  return all.length === 0 ? undefined : html`${all}`;
}

/** What bars are filled with: once in a page, for names in it are global. */
export function patterns(): Markup {
  return html`<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>
    <pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse"><circle cx="1.5" cy="1.5" r="1" class="ink"/></pattern>
    <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="1.6" height="5" class="ink"/></pattern>
    <pattern id="cross" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 3H6M3 0V6" class="ink-line"/></pattern>
    <marker id="arrow-order" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
      markerUnits="userSpaceOnUse" orient="auto">
      <path class="order-head" d="M0 0 L8 4 L0 8 Z"/></marker>
  </defs></svg>`;
}

/** What each kind of bar in this schedule is, by its looks. */
function legendOf(sections: readonly Section[], { explanation }: Trace): Markup | undefined {
  const kinds = [...new Set(sections.map(({ kind }) => kind))];
  const hasOrders = (explanation?.orders.length ?? 0) > 0;
  if (kinds.length === 0 && !hasOrders) return undefined;
  const all = kinds.map((kind) => {
    const bar = html`<g class="bar ${kind.replaceAll(' ', '-')}"><rect x="0.5" y="0.5" width="25"/></g>`;
    return html`<li><svg width="26" height="14" aria-hidden="true">${bar}</svg>${LEGEND[kind]}</li>`;
  });
  const order = html`<li><svg width="26" height="12" aria-hidden="true"><g class="order">
    <path d="M 1 6 H 25" marker-end="url(#arrow-order)"/></g></svg>must come before, or all is well</li>`;
  return html`<ul class="legend" aria-label="Signs in the lanes">${all}${hasOrders && order}</ul>`;
}

const LEGEND: Readonly<Record<SectionKind, string>> = {
  lock: 'lock held',
  reader: 'inside rcu_read_lock',
  'softirqs off': 'softirqs off',
  'interrupts off': 'interrupts off',
  'preemption off': 'preemption off',
  'grace period': 'waits for a grace period',
  callbacks: 'waits for callbacks',
  ipi: 'waits for an IPI',
  queued: 'queued: its function has not begun',
};
