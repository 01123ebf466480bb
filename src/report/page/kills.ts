/** Mutants on the page: for each design what became of them, which check kills which by which schedule, and which live. */
import { type Fate, fateOf, fateText, type KillTable, type MutantRow } from '../kill-table.ts';
import { counted } from '../text.ts';
import { html, type Markup, scrolled, tableHead } from './markup.ts';

const FATES: readonly Fate[] = ['killed', 'not killed', 'equivalent', 'undecided', 'no model'];
const SIGNS: Readonly<Record<Fate, readonly [sign: string, kind: string]>> = {
  killed: ['\u2713', 'good'],
  'not killed': ['\u2717', 'bad'],
  equivalent: ['=', 'none'],
  undecided: ['\u2026', 'open'],
  'no model': ['\u2013', 'none'],
};

/** Undefined where no mutants were searched. */
export function killsOf(tables: readonly KillTable[], command: string): Markup | undefined {
  const all = tables.filter(({ mutants }) => mutants.length > 0);
  if (all.length === 0) return undefined;
  const rows = all.map(({ check, mutants }) => {
    const counts = FATES.map((fate) => mutants.filter((one) => fateOf(one) === fate).length);
    return html`<tr><th scope="row">${check}</th><td class="number">${mutants.length}</td>${counts.map(
      (count, at) =>
        html`<td class="number${FATES[at] === 'not killed' && count > 0 && ' surprise'}">${count}</td>`,
    )}</tr>`;
  });
  const head = tableHead(['design', 'mutants#', ...FATES.map((fate) => `${fate}#`)]);
  return html`<section class="kills"><h2>Mutants: models made wrong, and what notices</h2>
    ${scrolled('What became of mutants', html`<table class="verdicts">${head}<tbody>${rows}</tbody></table>`)}
    ${all.map((table) => tableOf(table))}
    <p class="again">Walk a schedule: <code>${command} replay CHECK --mutant ID --schedule SCHEDULE</code></p></section>`;
}

/** Those that live first. */
function tableOf(table: KillTable): Markup {
  const { check, checks, mutants } = table;
  const bySeverity = [...mutants].sort((one, other) => severity(one) - severity(other));
  const rows = bySeverity.map((row) => {
    const [sign, kind] = SIGNS[fateOf(row)];
    const { killedBy, why } = row;
    const steps = killedBy?.steps === undefined ? '' : counted(killedBy.steps, 'step');
    return html`<tr><th scope="row"><code>${row.id}</code></th><td>${row.what}${
      row.place !== '' && html` <span class="place">${row.place}</span>`
    }</td><td><span class="mark ${kind}" aria-hidden="true">${sign}</span> ${fateText(row, table)}${
      row.refuted === true && html` <strong class="surprise">called equivalent</strong>`
    }</td><td>${steps} ${killedBy?.schedule !== undefined && html`<code>${killedBy.schedule}</code>`}${
      killedBy?.schedule === undefined && (why ?? killedBy?.found ?? '')
    }</td></tr>`;
  });
  const names = checks.map((one) => one.split('/').at(-1)).join(', ');
  const head = tableHead(['mutant', 'what is wrong', 'killed by', 'schedule, or why not']);
  return html`<details><summary>${check}: each of ${counted(mutants.length, 'mutant')}, searched by ${names}</summary>
    ${scrolled(`Mutants of ${check}`, html`<table>${head}<tbody>${rows}</tbody></table>`)}</details>`;
}

function severity(row: MutantRow): number {
  return ['not killed', 'undecided', 'killed', 'equivalent', 'no model'].indexOf(fateOf(row));
}
