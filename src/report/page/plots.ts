/** Numbers of a search as small drawings, each with its figures in words beside it: levels, sizes, steps. */
import type { StepCount, Verdict } from '../../search/verdict.ts';
import { counted, grouped } from '../text.ts';
import { html, type Markup, tableHead } from './markup.ts';

const WIDTH = 520;
const HEIGHT = 130;
const LEFT = 8;
const BOTTOM = 20;
const TOP = 16;

/** New states per breadth-first level, as an area; undefined where the search did not go by levels. */
export function levelsPlot(verdict: Verdict): Markup | undefined {
  const { levels } = verdict;
  if (levels.length < 2) return undefined;
  const most = Math.max(...levels);
  const at = levels.indexOf(most);
  const x = (level: number): number =>
    round(LEFT + (level / (levels.length - 1)) * (WIDTH - 2 * LEFT));
  const y = (value: number): number =>
    round(HEIGHT - BOTTOM - (value / most) * (HEIGHT - BOTTOM - TOP));
  const line = levels.map((value, level) => `${x(level)},${y(value)}`).join(' L ');
  const floor = HEIGHT - BOTTOM;
  const words = `${counted(levels.length, 'level')}; the widest is level ${at + 1} with ${counted(most, 'new state')}`;
  const isRight = at > levels.length / 2;
  return html`<figure class="plot"><figcaption>New states per level</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${words}">
      <path class="area" d="M ${x(0)},${floor} L ${line} L ${x(levels.length - 1)},${floor} Z"/>
      <path class="line" d="M ${line}"/>
      <line class="axis" x1="${LEFT}" x2="${WIDTH - LEFT}" y1="${floor}" y2="${floor}"/>
      <circle class="point" cx="${x(at)}" cy="${y(most)}" r="3"/>
      <text x="${x(at) + (isRight ? -7 : 7)}" y="${y(most) + 1}" text-anchor="${isRight ? 'end' : 'start'}">${grouped(most)}</text>
      <text x="${LEFT}" y="${HEIGHT - 5}">level 1</text>
      <text x="${WIDTH - LEFT}" y="${HEIGHT - 5}" text-anchor="end">level ${levels.length}</text>
    </svg><p class="figures">${words}</p></figure>`;
}

/** One check as a size of its design. */
export interface Size {
  readonly check: string;
  readonly cpus: number;
  readonly states: number;
  readonly complete: boolean;
}

/** States against CPUs for designs that were checked in several sizes, on a logarithmic scale. */
export function growthPlot(designs: ReadonlyMap<string, readonly Size[]>): Markup | undefined {
  const all = [...designs].filter(([, sizes]) => new Set(sizes.map(({ cpus }) => cpus)).size > 1);
  if (all.length === 0) return undefined;
  const sizes = all.flatMap(([, own]) => own);
  const fewest = Math.min(...sizes.map(({ cpus }) => cpus));
  const mostCpus = Math.max(...sizes.map(({ cpus }) => cpus));
  const top = Math.max(
    1,
    Math.ceil(Math.log10(Math.max(...sizes.map(({ states }) => states), 10))),
  );
  const height = 220;
  const left = 66;
  const right = WIDTH - 24;
  const x = (cpus: number): number =>
    round(left + ((cpus - fewest) / (mostCpus - fewest)) * (right - left));
  const y = (states: number): number =>
    round(height - BOTTOM - (Math.log10(Math.max(1, states)) / top) * (height - BOTTOM - TOP));
  const ticks = Array.from({ length: top + 1 }, (_, power) => power);
  return html`<figure class="plot"><figcaption>States over CPUs</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="States of each design by its number of CPUs; the table has the figures">
      ${ticks.map((power) => {
        const at = y(10 ** power);
        return html`<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}"/>
          <text x="${left - 6}" y="${at + 4}" text-anchor="end">${grouped(10 ** power)}</text>`;
      })}
      ${range(fewest, mostCpus).map(
        (cpus) =>
          html`<text x="${x(cpus)}" y="${height - 5}" text-anchor="middle">${counted(cpus, 'CPU')}</text>`,
      )}
      ${all.map(([, own], index) => {
        const points = own.map(({ cpus, states }) => `${x(cpus)},${y(states)}`);
        return html`<g class="series cpu${index % 6}"><path class="line" d="M ${points.join(' L ')}"/>${own.map(
          ({ cpus, states, complete }) => dot(index, x(cpus), y(states), complete),
        )}</g>`;
      })}
    </svg></figure>
    ${sizesTable(all)}`;
}

function sizesTable(all: readonly (readonly [string, readonly Size[]])[]): Markup {
  const rows = all.flatMap(([design, own], index) =>
    own.map((one, at) => {
      const key = html`<svg class="key cpu${index % 6}" width="14" height="14" aria-hidden="true">${dot(index, 7, 7, true)}</svg>`;
      const states = `${grouped(one.states)}${one.complete ? '' : ' so far'}`;
      return html`<tr><td>${at === 0 ? [key, ' ', design] : ''}</td><td class="number">${one.cpus}</td>
        <td class="number">${states}</td><td class="number">${growth(own[at - 1], one)}</td><td>${one.check}</td></tr>`;
    }),
  );
  const head = tableHead(['design', 'CPUs#', 'states#', 'growth#', 'check']);
  return html`<table class="sizes">${head}<tbody>${rows}</tbody></table>`;
}

function growth(before: Size | undefined, { states }: Size): string {
  if (before === undefined || before.states === 0) return '';
  const factor = states / before.states;
  return `x ${factor < 10 ? factor.toFixed(1) : grouped(factor)}`;
}

/** A series is told from others by the shape of its points, too; a hollow one is a search that did not end. */
function dot(series: number, x: number, y: number, complete: boolean): Markup {
  const shapes = [
    `M ${x - 4} ${y} a 4 4 0 1 0 8 0 a 4 4 0 1 0 -8 0`,
    `M ${x - 4} ${y - 4} h 8 v 8 h -8 Z`,
    `M ${x} ${y - 5} l 5 9 h -10 Z`,
    `M ${x} ${y - 5} l 5 5 l -5 5 l -5 -5 Z`,
  ];
  return html`<path class="point${complete ? '' : ' hollow'}" d="${shapes[series % shapes.length]}"/>`;
}

/** How often each step was taken, as bars on a logarithmic scale; never is said in words. */
export function coverageTable(steps: readonly StepCount[]): Markup | undefined {
  if (steps.length === 0) return undefined;
  const most = Math.log10(Math.max(...steps.map(({ taken }) => taken), 1) + 1);
  const byFunction = new Map<string, StepCount[]>();
  for (const step of steps) {
    const owner = step.step.includes(': ') ? step.step.slice(0, step.step.indexOf(': ')) : '';
    byFunction.set(owner, [...(byFunction.get(owner) ?? []), step]);
  }
  const never = steps.filter(({ taken }) => taken === 0).length;
  const words = never === 0 ? 'all were taken' : `${grouped(never)} never`;
  const bodies = [...byFunction].map(([owner, own]) => {
    const rows = own.map(({ step, taken }) => {
      const share = Math.round((Math.log10(taken + 1) / most) * 100);
      const name = step.slice(owner === '' ? 0 : owner.length + 2);
      const bar = taken > 0 && html`<i style="width:${share}%"></i>`;
      const count = taken === 0 ? 'never' : grouped(taken);
      // End tags that HTML can do without would be a third of a page of many checks.
      return html`<tr${taken === 0 && html` class="never"`}><td><code>${name}</code><td>${count}<td>${bar}`;
    });
    return html`<tbody><tr class="function"><th scope="rowgroup" colspan="3">${owner}</th></tr>${rows}</tbody>`;
  });
  return html`<details class="coverage"><summary>How often each of ${counted(steps.length, 'step')} was taken: ${words}</summary>
    <table>${tableHead(['step', 'taken#', 'share, logarithmic'])}${bodies}</table></details>`;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
