/** The screen of `replay` in a terminal: the diagram around one step, what that step did, and the keys. */
import { laneName, type Trace, type TraceStep } from '../replay/trace.ts';
import { renderChanges, renderState } from './changes.ts';
import { diagramLines } from './diagram.ts';
import { type Panel, type PanelLines, renderPanel } from './panel.ts';
import { ascii, counted, cut, type Paint, plain, TIE, wrap } from './text.ts';

export interface StepOptions {
  /** Columns of the terminal; default 80. */
  readonly width?: number;
  /** Lines of the terminal; default 24. */
  readonly height?: number;
  /** Leaves the diagram out and shows only what changed; default false. */
  readonly diffOnly?: boolean;
  readonly paint?: Paint;
  /** A list in place of what the step did. */
  readonly panel?: Panel | undefined;
  /** The first entry of the list; default 0. */
  readonly from?: number;
  /** Which keys there are; default those that walk. */
  readonly keys?: KeysShown;
  /** A line above the keys. */
  readonly status?: string | undefined;
}

/** Keys that only walk. */
const WALKING = ['left/right step', '[ ] switch', 'g go to', 'd diff only', 'a whole state'];

/** What the keys do: some only where other moves can be taken, on a branch, or in a list. */
export interface KeysShown {
  readonly canBranch: boolean;
  readonly isBranch: boolean;
  readonly panel: Panel['kind'] | undefined;
}

/** The screen, and how many entries of the list are on it. */
export interface Screen {
  readonly text: string;
  readonly shown: number;
}

/**
 * The screen after the first `at` steps of a trace (0 is the initial state). With `state`, the whole state is
 * shown in place of the diagram. At most `height` lines of at most `width` columns.
 * @example
 * process.stdout.write(renderStep(trace, 3, undefined, { width: 80, height: 24 }));
 */
export function renderStep(
  trace: Trace,
  at: number,
  state?: unknown,
  options: StepOptions = {},
): string {
  return renderScreen(trace, at, state, options).text;
}

/** The same, with what the next key must know of it. */
export function renderScreen(
  trace: Trace,
  at: number,
  state?: unknown,
  options: StepOptions = {},
): Screen {
  const width = Math.max(40, options.width ?? 80);
  const height = Math.max(12, options.height ?? 24);
  const paint = options.paint ?? plain;
  const last = Math.max(0, Math.min(at, trace.steps.length)) - 1;
  const head = [...headOf(trace, last, width, paint), ''];
  // On a small terminal what there is to see comes before the keys.
  const foot = footOf(options, width, paint).slice(0, Math.max(2, height - MOST_BESIDE_FOOT));
  const room = height - head.length - foot.length;
  const most = options.diffOnly === true ? room : Math.max(4, Math.floor(room / 2));
  const listed = panelOf(trace, last, width, room, options, paint);
  const details = listed?.lines ?? clip(detailsOf(trace, last, width, paint), most, paint);
  const above = room - details.length - 1;
  const body =
    state === undefined
      ? options.diffOnly === true
        ? []
        : windowOf(trace, last, width, above, paint)
      : clip(renderState(state, { width, paint }).split('\n'), above, paint);
  const middle = body.length === 0 ? details : [...body, '', ...details];
  const blank = new Array<string>(Math.max(0, room - middle.length)).fill('');
  return { text: [...head, ...middle, ...blank, ...foot].join('\n'), shown: listed?.shown ?? 0 };
}

/** Lines that everything else keeps beside the keys. */
const MOST_BESIDE_FOOT = 9;

/** Lines that the diagram keeps beside a list. */
const DIAGRAM_BESIDE = 8;

/** The list, below what is wrong at this point, where that is anything. */
function panelOf(
  trace: Trace,
  last: number,
  width: number,
  room: number,
  { panel, from = 0, diffOnly }: StepOptions,
  paint: Paint,
): PanelLines | undefined {
  if (panel === undefined) return undefined;
  const wrong = isWrong(trace, last) ? [...wrongSoFar(trace, last, width, paint), ''] : [];
  const most = Math.min(room, Math.max(5, diffOnly === true ? room : room - DIAGRAM_BESIDE));
  const kept = clip(wrong, Math.floor(most / 2), paint);
  const list = renderPanel(panel, from, { width, height: most - kept.length, paint });
  return { lines: [...kept, ...list.lines], shown: list.shown };
}

function footOf({ keys, status }: StepOptions, width: number, paint: Paint): string[] {
  const wrapped = wrap(keysOf(keys), width - 2).map(
    (line) => `  ${paint('dim', line.replaceAll(TIE, ' '))}`,
  );
  const said = status === undefined ? [] : wrap(ascii(status), width - 2, { limit: 3 });
  return ['', ...said.map((line) => `  ${paint('heading', line)}`), ...wrapped];
}

/** The keys in words, each on a line as a whole. */
function keysOf(keys: KeysShown | undefined): string {
  const { canBranch = false, isBranch = false, panel } = keys ?? {};
  const all = [
    ...(panel === undefined
      ? []
      : [panel === 'moves' ? '1-9 take that move' : '1-9 take that one']),
    ...WALKING,
    ...(canBranch ? [panel === 'moves' ? 's close' : 's other moves', 'f find a violation'] : []),
    ...(isBranch ? ['u undo', 'b back to the original', 'w save'] : []),
    'q quit',
  ];
  return all.map((one) => one.replaceAll(' ', TIE)).join('   ');
}

function headOf(trace: Trace, last: number, width: number, paint: Paint): string[] {
  const size = counted(trace.steps.length, 'step');
  const step = trace.steps[last];
  const where = step === undefined ? 'initial state' : `step ${last + 1}`;
  const initial =
    trace.initial === 'initial' || trace.initial === '' ? '' : ` from ${trace.initial}`;
  const first = cut(ascii(`${trace.check}${initial}: ${where} of ${size}`), width - 2);
  const room = width - 4 - first.length;
  const who = step === undefined || room < 8 ? '' : `  ${cut(whoOf(trace, step), room)}`;
  return [`  ${paint('heading', first)}${who}`];
}

function whoOf(trace: Trace, step: TraceStep): string {
  return ascii(`${laneName(trace.cpus, step)}, ${step.stack.join(' > ')}`);
}

/** The lines of the diagram around a step, its heading among them where there is room. */
function windowOf(
  trace: Trace,
  last: number,
  width: number,
  height: number,
  paint: Paint,
): string[] {
  const lines = diagramLines(trace, { width, marked: last, paint });
  const start = Math.max(
    0,
    lines.findIndex((line) => line.first !== -1),
  );
  const heading = height < start + 3 ? [] : lines.slice(0, start);
  const body = lines.slice(start);
  const room = Math.max(0, height - heading.length);
  const marked = body.findLastIndex((line) => line.first !== -1 && line.first <= last);
  const from = Math.max(0, Math.min(marked - Math.floor(room / 2), body.length - room));
  return [...heading, ...body.slice(from, from + room)].map((line) => line.text);
}

function detailsOf(trace: Trace, last: number, width: number, paint: Paint): string[] {
  const changes = last < 0 ? '' : renderChanges(trace, { step: last, width, paint });
  const lines = changes === '' ? [] : changes.split('\n');
  return [...lines, ...believed(trace, last, width), ...wrongSoFar(trace, last, width, paint)];
}

/** What the CPU that moved has in its locals now. */
function believed(trace: Trace, last: number, width: number): string[] {
  const step = trace.steps[last];
  if (step === undefined) return [];
  const known = new Map<string, string>();
  for (const one of trace.steps.slice(0, last + 1)) {
    if (one.cpu !== step.cpu) continue;
    for (const { path, after } of one.locals) known.set(path, after);
  }
  const unchanged = [...known].filter(([path]) => !step.locals.some((one) => one.path === path));
  if (unchanged.length === 0) return [];
  const text = unchanged.map(([path, value]) => `${path} = ${value}`).join(', ');
  return wrap(ascii(`other locals: ${text}`), width - 2, { hang: 4 }).map((line) => `  ${line}`);
}

function isWrong(trace: Trace, last: number): boolean {
  const found = trace.steps.slice(0, last + 1).some(({ findings }) => findings.length > 0);
  return found || (last === trace.steps.length - 1 && trace.property !== '');
}

function wrongSoFar(trace: Trace, last: number, width: number, paint: Paint): string[] {
  const lines: string[] = [];
  trace.steps.slice(0, last + 1).forEach((step, index) => {
    for (const { message } of step.findings) {
      const text = ascii(`step ${index + 1}: ${message}`);
      lines.push(...wrap(text, width - 2, { hang: 4 }).map((line) => `  ${paint('bad', line)}`));
    }
  });
  const isEnd = last === trace.steps.length - 1 && trace.property !== '';
  // What a whole state violates is no finding of its last step.
  if (isEnd && lines.length === 0 && trace.violation.trim() !== '') {
    const wrapped = wrap(ascii(trace.violation), width - 2);
    lines.push(...wrapped.map((line) => `  ${paint('bad', line)}`));
  }
  if (isEnd && lines.length > 0) {
    lines.unshift(`  ${paint('bad', cut(`*** ${ascii(trace.property)} ***`, width - 2))}`);
  }
  return lines.length > 0 ? lines : [`  ${paint('dim', 'nothing is wrong so far')}`];
}

/** At most `most` lines, the last of them saying how many are missing. */
function clip(lines: readonly string[], most: number, paint: Paint): string[] {
  if (lines.length <= most) return [...lines];
  const kept = Math.max(0, most - 1);
  return [...lines.slice(0, kept), `  ${paint('dim', `... ${lines.length - kept} more lines`)}`];
}
