/** One check on the page: claim, verdict, scope, properties, schedules, and what the search was like. */
import type { Trace } from '../../replay/trace.ts';
import type { Outcomes, PropertyVerdict, Verdict } from '../../search/verdict.ts';
import { flagsOf } from '../order.ts';
import { reductionLines, shareOf } from '../reduction.ts';
import { scopeOf } from '../scope.ts';
import { declared, replayCommand, traceOf } from '../summary.ts';
import { counted, grouped } from '../text.ts';
import { renderViolation } from '../violation.ts';
import { html, type Markup, tableHead } from './markup.ts';
import { coverageTable, levelsPlot } from './plots.ts';
import { why } from './schedule.ts';
import { badge } from './signs.ts';

/** Makes the part of a schedule, and notes its data. */
export type PutSchedule = (trace: Trace, command: string) => Markup;

export interface CheckOptions {
  readonly anchor: string;
  readonly command: string;
  /** Anchor of a violated property. */
  readonly anchorOf: (one: PropertyVerdict) => string;
  readonly put: PutSchedule;
}

export function checkSection({ verdict, traces }: Outcomes, options: CheckOptions): Markup {
  const { error, claim, source } = verdict;
  const head = html`<h2>${verdict.check} ${badge(verdict.verdict)}</h2>
    ${claim === undefined ? undefined : html`<p class="claim">${claim}</p>`}
    ${source === undefined ? undefined : html`<p class="source">Source: ${source}</p>`}`;
  if (error !== undefined) {
    return html`<section class="check" id="${options.anchor}">${head}
      <pre class="error">error[${error.code}]: ${error.fact}\n${error.reason}\nnext: ${error.next}</pre></section>`;
  }
  const violated = verdict.properties.filter((one) => one.verdict === 'violated');
  return html`<section class="check" id="${options.anchor}">${head}
    <p class="counts">${declared(verdict).replace(/[()]/g, '')}: ${counts(verdict)}</p>
    ${properties(verdict, options)}
    ${violated.map((one) => violation(verdict, one, traceOf(one, traces), options))}
    <div class="search">
      ${levelsPlot(verdict)}
      <div class="scope"><h3>${verdict.verdict === 'holds' ? 'HOLDS for this model at this size' : 'Scope'}</h3>
      ${list(scopeOf(verdict))}
      ${list(reductionLines(verdict))}</div>
    </div>
    ${coverageTable(verdict.steps)}
    <p class="again">Check it again: <code>${options.command} check ${verdict.check}${again(verdict)}</code></p>
  </section>`;
}

function counts(verdict: Verdict): string {
  const { stopped } = verdict;
  const depth = verdict.order === undefined ? counted(verdict.depth, 'level') : verdict.order.name;
  const text = `${counted(verdict.states, 'state')}${shareOf(verdict)}, ${grouped(verdict.generated)} generated, ${depth}`;
  return stopped === undefined ? text : `${text}; stopped at ${stopped.value} (${stopped.flag})`;
}

function properties({ properties: all }: Verdict, options: CheckOptions): Markup {
  return html`<table class="properties">${tableHead(['property', 'verdict', 'as declared', 'how'])}
    <tbody>${all.map((one) => {
      const isViolated = one.verdict === 'violated';
      const name = isViolated
        ? html`<a href="#${options.anchorOf(one)}">${one.name}</a>`
        : one.name;
      const word = one.kind === 'goal' && one.verdict === 'holds' ? 'met' : one.verdict;
      return html`<tr><th scope="row">${name}</th><td>${badge(word)}</td><td>${
        one.ok
          ? 'yes'
          : html`<strong class="surprise">no: ${one.surprise ?? `expected ${one.expected}`}</strong>`
      }</td><td>${remark(one)}</td></tr>`;
    })}</tbody></table>`;
}

function remark(one: PropertyVerdict): string {
  if (one.verdict === 'violated' && one.steps !== undefined) {
    const known = one.known === undefined ? '' : `; known: ${one.known}`;
    return `${counted(one.steps, 'step')}, ${counted(one.switches ?? 0, 'switch')}${known}`;
  }
  if (one.verdict === 'masked') return `by ${one.maskedBy ?? 'another violation'}`;
  if (one.kind === 'goal') return one.met === undefined ? '' : `in ${counted(one.met, 'state')}`;
  if (one.verdict === 'vacuous') return 'never evaluated';
  return one.kind === 'facility' ? '' : `evaluated ${counted(one.evaluated, 'time')}`;
}

function violation(
  verdict: Verdict,
  one: PropertyVerdict,
  trace: Trace | undefined,
  options: CheckOptions,
): Markup {
  const command = replayCommand(verdict.check, one, options.command);
  return html`<section class="violation" id="${options.anchorOf(one)}">
    <h3><span class="sign" aria-hidden="true">\u2717</span> ${one.name}</h3>
    ${
      trace === undefined
        ? html`<p>${one.finding?.message ?? ''}</p><p class="again">Replay it: <code>${command}</code></p>`
        : html`${found({ ...trace, property: one.name })}${why(trace)}${options.put({ ...trace, property: one.name }, command)}`
    }</section>`;
}

/** What was found, in words: the lines under the diagram without its heading. */
export function found(trace: Trace): Markup | undefined {
  const lines = renderViolation(trace, { width: 200 }).split('\n').slice(1);
  const said = lines.map((line) => line.trim()).filter((line) => line !== '');
  return said.length === 0
    ? undefined
    : html`<ul class="found">${said.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function list(lines: readonly string[]): Markup | undefined {
  return lines.length === 0
    ? undefined
    : html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function again({ order }: Verdict): string {
  const flags = flagsOf(order);
  return flags === '' ? '' : ` ${flags}`;
}
