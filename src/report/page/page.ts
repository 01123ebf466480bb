/** The page: verdicts, matrix, schedules and numbers as one HTML file that needs nothing else. */
import { VERSION } from '../../design/version.ts';
import type { Trace } from '../../replay/trace.ts';
import type { Outcomes, PropertyVerdict, Verdict } from '../../search/verdict.ts';
import type { KillTable } from '../kill-table.ts';
import type { Matrix } from '../matrix.ts';
import { replayCommand } from '../summary.ts';
import { markOf, totalLine } from '../table.ts';
import { counted, grouped } from '../text.ts';
import { checkSection, found, relatedOf } from './check.ts';
import { DataOfPage } from './data.ts';
import type { TraceDetails, Walked } from './details.ts';
import { killsOf } from './kills.ts';
import { patterns } from './lanes.ts';
import { Anchors, html, jsonText, type Markup, scrolled, tableHead } from './markup.ts';
import { pack } from './packed.ts';
import { growthPlot, type Size } from './plots.ts';
import { scheduleOf, why } from './schedule.ts';
import { badge, mark } from './signs.ts';

/** What verdicts do not say of their checks. All of it may be left out; the page then shows less. */
export interface PageExtras {
  /** What is shown of a schedule beyond its trace, as `detailsOf` makes it: `walked` is a trace, or what is related to it. */
  readonly details?: (walked: Walked, trace: Trace) => TraceDetails | undefined;
  /** By name of a check: its design, and its CPUs. */
  readonly designs?: ReadonlyMap<string, { readonly design: string; readonly cpus: number }>;
  /** What became of mutants of designs. */
  readonly killTables?: readonly KillTable[];
  /** Designs against properties, by folder. */
  readonly matrices?: readonly { readonly folder: string; readonly matrix: Matrix }[];
}

export interface PageOptions {
  /** The page without its content, as `npm run build` makes it: dist/page/index.html. */
  readonly template: string;
  /** Heading; default `Verdicts`. */
  readonly title?: string;
  /** How heddle is called in commands; default `npx heddle`. */
  readonly command?: string;
  /** A line below the heading: when and where this was found. */
  readonly found?: string;
}

/**
 * The verdicts of checks as one HTML file. The same input gives the same bytes; times are left out.
 * @example
 * writeFileSync('review.html', reportPage(all, { details: (trace) => detailsOf(check, trace) }, { template }));
 */
export function reportPage(
  outcomes: readonly Outcomes[],
  extras: PageExtras,
  options: PageOptions,
): string {
  const data = new DataOfPage();
  const anchors = new Anchors();
  const command = options.command ?? 'npx heddle';
  const anchorOf = new Map(
    outcomes.map(({ verdict }) => [verdict.check, anchors.of(verdict.check)]),
  );
  const put = putInto(data, extras);
  const sections = outcomes.map((one) => {
    const known = new Map<PropertyVerdict, string>();
    return checkSection(one, {
      anchor: anchorOf.get(one.verdict.check) as string,
      command,
      put,
      anchorOf: (property) => {
        const anchor = known.get(property) ?? anchors.of(one.verdict.check, property.id);
        known.set(property, anchor);
        return anchor;
      },
    });
  });
  const verdicts = outcomes.map(({ verdict }) => verdict);
  const title = options.title ?? 'Verdicts';
  const content = html`${head(title, totalLine(verdicts), options.found)}
    <main>
    ${outcomes.length === 1 ? undefined : overview(verdicts, anchorOf)}
    ${(extras.matrices ?? []).map(({ folder, matrix }) => matrixOf(folder, matrix, anchorOf))}
    ${growthOf(verdicts, extras)}
    ${killsOf(extras.killTables ?? [], command)}
    ${sections}
    </main>`;
  return fill(options.template, title, content, data);
}

/** One schedule as a page of its own, to be attached to a mail. */
export function tracePage(trace: Trace, extras: PageExtras, options: PageOptions): string {
  const data = new DataOfPage();
  const title = options.title ?? `${trace.check}: ${trace.property || 'a schedule'}`;
  const command = replayCommand(trace.check, trace, options.command ?? 'npx heddle');
  const isBad = trace.finding.kind !== '';
  const put = putInto(data, extras);
  const words = `${counted(trace.steps.length, 'step')}, ${counted(trace.switches, 'switch')}`;
  const content = html`${head(trace.property || 'A schedule', `${trace.check}: ${words}`, options.found)}
    <main><section class="violation single">
    ${isBad ? html`<p>${badge('violated')}</p>${found(trace)}${why(trace)}` : undefined}
    ${put(trace, command)}
    ${relatedOf(trace, { command: options.command ?? 'npx heddle', anchor: 'schedule', put })}
    </section></main>`;
  return fill(options.template, title, content, data);
}

function putInto(data: DataOfPage, extras: PageExtras): (trace: Trace, command: string) => Markup {
  return (trace, command) => {
    const details = extras.details?.(trace, trace);
    return scheduleOf(trace, details, { index: data.add(trace, details, command), command });
  };
}

function head(title: string, words: string, more: string | undefined): Markup {
  return html`<header class="top"><p class="brand">heddle <span>${VERSION}</span></p><h1>${title}</h1><p class="total">${words}</p>${
    more === undefined ? undefined : html`<p class="found-where">${more}</p>`
  }</header>`;
}

function overview(verdicts: readonly Verdict[], anchorOf: ReadonlyMap<string, string>): Markup {
  const rows = verdicts.map((verdict) => {
    const violated = verdict.properties.filter((one) => one.verdict === 'violated');
    const how = markOf(verdict);
    const said =
      how === 'ok' ? 'yes' : html`<strong class="surprise">${how.toLowerCase()}</strong>`;
    return html`<tr><th scope="row"><a href="#${anchorOf.get(verdict.check)}">${verdict.check}</a></th>
      <td>${badge(verdict.verdict)}</td><td>${said}</td>
      <td class="number">${verdict.error === undefined ? grouped(verdict.states) : ''}</td>
      <td>${violated.map(({ id, known }) => (known === undefined ? id : `${id} (known)`)).join(', ')}</td></tr>`;
  });
  const head = tableHead(['check', 'verdict', 'as declared', 'states#', 'violated']);
  return html`<section class="overview"><h2 class="unseen">All checks</h2>
    ${scrolled('Verdicts of all checks', html`<table class="verdicts">${head}<tbody>${rows}</tbody></table>`)}</section>`;
}

function matrixOf(
  folder: string,
  matrix: Matrix,
  anchorOf: ReadonlyMap<string, string>,
): Markup | undefined {
  const designs = Object.entries(matrix);
  const columns = Object.keys(designs[0]?.[1] ?? {});
  if (designs.length === 0 || columns.length === 0) return undefined;
  const rows = designs.map(([design, cells]) => {
    const signs = columns.map((id) => {
      const cell = cells[id];
      const sign = mark(cell.verdict, cell.schedule ?? '');
      const anchor = cell.check === null ? undefined : anchorOf.get(cell.check);
      return html`<td>${anchor === undefined ? sign : html`<a href="#${anchor}">${sign}</a>`}</td>`;
    });
    return html`<tr><th scope="row">${design}</th>${signs}</tr>`;
  });
  const legend = Object.entries(MEANING).map(
    ([one, words]) => html`<span>${mark(one)} ${words}</span> `,
  );
  const table = html`<table>${tableHead(['design', ...columns])}<tbody>${rows}</tbody></table>`;
  return html`<section class="matrix"><h2>${folder}: designs and properties</h2>
    ${scrolled(`${folder}: designs and properties`, table)}<p class="legend-line">${legend}</p></section>`;
}

const MEANING: Readonly<Record<string, string>> = {
  holds: 'holds',
  violated: 'violated',
  masked: 'masked: some schedules end in a fatal violation',
  not_applicable: 'says nothing here',
  incomplete: 'incomplete',
};

/** Checks of one design with different numbers of CPUs are its sizes. */
function growthOf(verdicts: readonly Verdict[], { designs }: PageExtras): Markup | undefined {
  const sizes = new Map<string, Size[]>();
  for (const { check, states, complete, error } of verdicts) {
    const known = designs?.get(check);
    if (known === undefined || error !== undefined) continue;
    const own = sizes.get(known.design) ?? [];
    sizes.set(known.design, own);
    own.push({ check, cpus: known.cpus, states, complete });
  }
  for (const own of sizes.values())
    own.sort((one, other) => one.cpus - other.cpus || one.states - other.states);
  const plot = growthPlot(sizes);
  return plot === undefined
    ? undefined
    : html`<section class="growth"><h2>Growth over size</h2>${plot}</section>`;
}

/** Puts title, content and data at their places in the template. */
function fill(template: string, title: string, content: Markup, data: DataOfPage): string {
  const parts: Readonly<Record<string, string>> = {
    title: html`${title}`.text,
    content: html`${patterns()}${content}`.text,
    data: jsonText(pack(data.data())),
  };
  return template.replace(
    PLACES,
    (_place, name: string, data: string) => parts[name ?? data] ?? '',
  );
}

/** What stands in the template where something is to be put. */
const PLACES = /heddle:(title|content);|"heddle:(data);"/g;
