/** One check on the page: claim, verdict, scope, properties, schedules, and what the search was like. */
import { type Trace, traceOfHalf } from '../../replay/trace.ts';
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
  const quiet = new Map<string, PropertyVerdict[]>();
  for (const one of all) {
    if (one.kind !== 'facility' || one.verdict === 'violated' || !one.ok) continue;
    const key = `${one.verdict} ${remark(one)}`;
    quiet.set(key, [...(quiet.get(key) ?? []), one]);
  }
  const silent = new Set([...quiet.values()].flat());
  return html`<table class="properties">${tableHead(['property', 'verdict', 'as declared', 'how'])}
    <tbody>${all.flatMap((one) => {
      if (silent.has(one)) return [];
      const isViolated = one.verdict === 'violated';
      return row(
        one,
        isViolated ? html`<a href="#${options.anchorOf(one)}">${one.name}</a>` : one.name,
      );
    })}${[...quiet.values()].map((same) =>
      row(same[0] as PropertyVerdict, same.map(({ name }) => name).join(', ')),
    )}</tbody></table>`;
}

function row(one: PropertyVerdict, name: Markup | string): Markup {
  const word = one.kind === 'goal' && one.verdict === 'holds' ? 'met' : one.verdict;
  const surprise = one.surprise ?? `expected ${one.expected}`;
  return html`<tr><th scope="row">${name}</th><td>${badge(word)}</td><td>${
    one.ok ? 'yes' : html`<strong class="surprise">no: ${surprise}</strong>`
  }</td><td>${remark(one)}</td></tr>`;
}

function remark(one: PropertyVerdict): string {
  if (one.verdict === 'violated' && one.steps !== undefined) {
    const known = one.known === undefined ? '' : `; known: ${one.known}`;
    return `${counted(one.steps, 'step')}, ${counted(one.switches ?? 0, 'switch')}${known}`;
  }
  if (one.verdict === 'masked') return `by ${one.maskedBy ?? 'another violation'}`;
  if (one.kind === 'goal') return one.met === undefined ? '' : `in ${counted(one.met, 'state')}`;
  if (one.verdict === 'vacuous') return 'never evaluated';
  return one.kind === 'facility'
    ? 'nothing reported'
    : `evaluated ${counted(one.evaluated, 'time')}`;
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
        : html`${found({ ...trace, property: one.name })}${why(trace)}${options.put({ ...trace, property: one.name }, command)}
          ${relatedOf({ ...trace, property: one.name }, { ...options, anchor: options.anchorOf(one) })}`
    }</section>`;
}

/**
 * What it takes more schedules than one to show, each as a schedule of its own: where locks are taken in another order, or an object is
 * used elsewhere.
 */
export function relatedOf(
  trace: Trace,
  { command, anchor, put }: Pick<CheckOptions, 'command' | 'put'> & { readonly anchor: string },
): Markup[] {
  return (trace.related ?? []).map((half, at) => {
    const own = traceOfHalf(trace, half);
    return html`<section class="violation half" id="${anchor}-elsewhere-${at + 1}">
      <h4>Elsewhere ${half.text}</h4>${put(own, replayCommand(trace.check, own, command))}</section>`;
  });
}

/** What was found, in the form of the report that the kernel would write: the lines under the diagram without its heading. */
export function found(trace: Trace): Markup | undefined {
  const lines = renderViolation(trace, { width: 200 }).split('\n').slice(1);
  while (lines[0]?.trim() === '') lines.shift();
  if (lines.length === 0) return undefined;
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const said = lines.map((line) => line.slice(Math.min(...indents)));
  return said.length === 1
    ? html`<p class="found">${said[0]}</p>`
    : html`<pre class="found">${said.join('\n')}</pre>`;
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
