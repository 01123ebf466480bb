/** The program of the page: makes what is there without it walkable. Reads its data from the page, and nothing else. */

import type { PageData } from '../report/page/data.ts';
import { unpack } from '../report/page/packed.ts';
import { keepInAddress, readAddress } from './address.ts';
import { Controls } from './controls.tsx';
import { render } from './elements.ts';
import { listen, mark } from './marks.ts';
import { goTo, type Position, positionIn, press } from './position.ts';
import { Memory, Stage } from './stage.tsx';
import './style.css';

/** A list of reasons that is no longer than this is open from the start. */
const SHORT = 4;

interface Part {
  readonly element: HTMLElement;
  readonly position: Position;
}

const data = unpack(JSON.parse(document.getElementById('data')?.textContent ?? '[]')) as PageData;
const parts = [...document.querySelectorAll<HTMLElement>('[data-schedule]')].flatMap(
  (element): Part[] => {
    const schedule = data.schedules[Number(element.dataset.schedule)];
    return schedule === undefined ? [] : [{ element, position: positionIn(schedule, data.names) }];
  },
);
const opened = new Set<Part>();
/** What was opened for paper. */
const closed: HTMLDetailsElement[] = [];
let active: Part | undefined = parts[0];

document.documentElement.classList.add('walkable');
// A page of many schedules is there at once: each is made walkable when it is about to be seen.
const coming = new IntersectionObserver(
  (seen) => {
    for (const { isIntersecting, target } of seen)
      if (isIntersecting) openAt(target as HTMLElement);
  },
  { rootMargin: '800px' },
);
for (const part of parts) coming.observe(part.element);
// What is shown as a drawing need not be shown as text at the same time.
for (const details of document.querySelectorAll<HTMLDetailsElement>('details.mail'))
  details.open = false;
for (const details of document.querySelectorAll<HTMLDetailsElement>('.why details'))
  details.open = details.querySelectorAll('li').length <= SHORT;
goToAddress(true);
addEventListener('hashchange', () => goToAddress(false));
addEventListener('keydown', onKey);
addEventListener('beforeprint', () => openAll(true));
addEventListener('afterprint', () => openAll(false));

function openAt(element: HTMLElement): void {
  const part = parts.find((one) => one.element === element);
  if (part !== undefined) open(part);
}

function open(part: Part): void {
  if (opened.has(part)) return;
  opened.add(part);
  coming.unobserve(part.element);
  const { element, position } = part;
  const place = (name: string): HTMLElement =>
    element.querySelector(`[data-part="${name}"]`) as HTMLElement;
  render(<Controls position={position} />, place('controls'));
  render(<Memory position={position} />, place('memory'));
  render(<Stage position={position} />, place('stage'));
  listen(element, position);
  element.addEventListener('pointerdown', () => {
    active = part;
  });
  element.addEventListener('focusin', () => {
    active = part;
  });
  let isFirst = true;
  position.at.subscribe((at) => {
    mark(element, at);
    if (isFirst) return;
    active = part;
    keepInAddress(at, parts.length > 1 ? anchorOf(element) : undefined);
  });
  position.chosen.subscribe(() => {
    element.querySelector('.moves .branch')?.scrollIntoView({ block: 'nearest' });
  });
  position.diffOnly.subscribe((on) => element.classList.toggle('diff-only', on));
  isFirst = false;
}

/** The section a schedule is in has the name by which it is linked to. */
function anchorOf(element: HTMLElement): string | undefined {
  return element.closest<HTMLElement>('.violation[id]')?.id;
}

function goToAddress(atStart: boolean): void {
  const { step, anchor } = readAddress();
  const part =
    anchor === undefined ? active : parts.find(({ element }) => anchorOf(element) === anchor);
  if (part === undefined) return;
  if (anchor !== undefined) active = part;
  if (step !== undefined) open(part);
  if (step !== undefined) goTo(part.position, step);
  if (anchor !== undefined && step !== undefined && atStart)
    part.element.closest('.violation')?.scrollIntoView();
}

function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches('input, textarea, select')) {
    // A number that was asked for with `g` is told; the keys mean steps again.
    if (event.key === 'Escape' || event.key === 'Enter') target.blur();
    return;
  }
  const part = inSight();
  if (part === undefined) return;
  open(part);
  if (event.key === 'g') {
    const number = part.element.querySelector<HTMLInputElement>('[data-part="number"]');
    number?.focus({ preventScroll: true });
    number?.select();
    event.preventDefault();
  } else if (press(part.position, event.key)) event.preventDefault();
}

/** The schedule that keys mean: the last one touched while it can be seen, else the one in the middle of the window. */
function inSight(): Part | undefined {
  const isSeen = ({ element }: Part): boolean => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };
  if (active !== undefined && (isSeen(active) || parts.length === 1)) return active;
  const distance = ({ element }: Part): number => {
    const { top, bottom } = element.getBoundingClientRect();
    return Math.abs((top + bottom) / 2 - innerHeight / 2);
  };
  return parts.filter(isSeen).sort((one, other) => distance(one) - distance(other))[0] ?? active;
}

/** Paper shows all there is. */
function openAll(on: boolean): void {
  for (const part of parts) open(part);
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details')) {
    if (on && !details.open) closed.push(details);
    if (on) details.open = true;
  }
  if (!on) for (const details of closed.splice(0)) details.open = false;
}
