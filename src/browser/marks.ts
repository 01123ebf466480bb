/** Marks where a reader stands in the parts of the page that were there before it: the lanes and the columns. */
import { goTo, type Position } from './position.ts';

/** Makes the steps of lanes and columns clickable. */
export function listen(element: HTMLElement, position: Position): void {
  for (const step of element.querySelectorAll<SVGElement>('.lane-steps [data-step]'))
    step.addEventListener('click', () => goTo(position, Number(step.dataset.step)));
  for (const row of element.querySelectorAll<HTMLElement>('tr[data-first]'))
    row.addEventListener('click', () => goTo(position, lastOf(row)));
}

/** Shows where `at` is. Scrolls only inside of the lanes and columns, never the page. */
export function mark(element: HTMLElement, at: number): void {
  const lanes = element.querySelector<SVGElement>('.lane-steps');
  const now = lanes?.querySelector<SVGElement>('.now');
  const width = Number(lanes?.dataset.stepWidth ?? 0);
  const x = (at - 1) * width;
  now?.setAttribute('x', String(at === 0 ? -width : x));
  const scroll = element.querySelector<HTMLElement>('.lane-scroll');
  if (scroll !== null) reveal(scroll, 'scrollLeft', x, width, scroll.clientWidth);
  let current: HTMLElement | undefined;
  for (const row of element.querySelectorAll<HTMLElement>('tr[data-first]')) {
    const isPast = Number(row.dataset.first) <= at;
    const isCurrent = isPast && lastOf(row) >= at && isNumbered(row);
    row.classList.toggle('future', !isPast);
    row.classList.toggle('current', isCurrent);
    if (isCurrent) row.setAttribute('aria-current', 'step');
    else row.removeAttribute('aria-current');
    if (isCurrent) current = row;
  }
  const columns = element.querySelector<HTMLElement>('.steps-scroll');
  if (columns !== null && current !== undefined)
    reveal(columns, 'scrollTop', current.offsetTop, current.offsetHeight, columns.clientHeight);
  const cell = current?.querySelector<HTMLElement>('td[class^="cpu"]') ?? null;
  if (columns !== null && cell !== null && columns.scrollWidth > columns.clientWidth)
    reveal(columns, 'scrollLeft', cell.offsetLeft, cell.offsetWidth, columns.clientWidth);
}

/** Scrolls only where what is to be seen is not, and then to the middle. */
function reveal(
  box: HTMLElement,
  side: 'scrollLeft' | 'scrollTop',
  from: number,
  size: number,
  room: number,
): void {
  const seen = box[side];
  // Rather with what is beside it, where there is room for that.
  const margin = 3 * size <= room ? size : 0;
  if (from >= seen + margin && from + size + margin <= seen + room) return;
  box[side] = from - Math.max(0, (room - size) / 2);
}

/** The last step that a row stands for. */
function lastOf({ dataset: { first, last } }: HTMLElement): number {
  return Number(last ?? first);
}

/** Of the rows of a step the one that has its number. */
function isNumbered(row: HTMLElement): boolean {
  return row.querySelector('th.nr') !== null;
}
