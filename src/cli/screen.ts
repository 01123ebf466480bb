/** The terminal as a screen: one trace, walked with keys, redrawn after each. */
import { emitKeypressEvents } from 'node:readline';
import type { LoadedCheck } from '../load/checks.ts';
import type { Trace } from '../replay/trace.ts';
import { renderScreen } from '../report/stepper.ts';
import type { Paint } from '../report/text.ts';
import { Branching } from './branching.ts';
import { type Key, type Listed, type Position, press, START, type Wish } from './stepper.ts';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

export interface ScreenOptions {
  readonly paint: Paint;
  /** What the trace can be run in; other moves can be taken only there. */
  readonly check: LoadedCheck | undefined;
  /** The mutant of its model that it is run in. */
  readonly mutant?: string | undefined;
  /** Where the command was started. */
  readonly folder: string;
  /** Steps done at the beginning; default 0. */
  readonly at?: number | undefined;
}

/** Shows a trace until `q`. Needs stdin and stdout to be terminals. */
export function walkOnScreen(trace: Trace, options: ScreenOptions): Promise<void> {
  const { stdin, stdout } = process;
  const walked = new Walked(trace, options);
  return new Promise((resolve) => {
    const leave = () => {
      stdin.off('keypress', onKey);
      stdout.off('resize', walked.draw);
      process.off('SIGTERM', leave);
      stdin.setRawMode(false);
      stdin.pause();
      stdout.write(LEAVE);
      walked.close();
      resolve();
    };
    const onKey = (_text: string | undefined, key: Key) => {
      walked.press(key);
      if (walked.isDone) leave();
    };
    emitKeypressEvents(stdin);
    stdin.setRawMode(true);
    stdin.on('keypress', onKey);
    stdout.on('resize', walked.draw);
    process.on('SIGTERM', leave);
    stdout.write(ENTER);
    walked.draw();
  });
}

const NO_CHECK = 'the check of this trace is not in this project: it can be walked, not left';

class Walked {
  private position: Position;
  private readonly trace: Trace;
  private readonly paint: Paint;
  private readonly branching: Branching | undefined;
  private listed: Listed = { count: 0, shown: 0 };
  private said: string | undefined;

  constructor(trace: Trace, { paint, check, mutant, folder, at = 0 }: ScreenOptions) {
    this.trace = trace;
    this.paint = paint;
    this.position = { ...START, at: Math.min(at, trace.steps.length) };
    this.branching =
      check === undefined
        ? undefined
        : new Branching(trace, { loaded: check, folder, mutant }, () => this.draw());
  }

  get isDone(): boolean {
    return this.position.done;
  }

  press(key: Key): void {
    const before = this.position;
    this.position = press(before, key, this.shown, this.listed);
    if (this.isDone) return;
    this.said = undefined;
    const { wish, panel, at } = this.position;
    if (wish !== undefined) this.grant(wish);
    else if (panel === 'moves' && at !== before.at) void this.branching?.lookAhead(at);
    this.draw();
  }

  private grant(wish: Wish): void {
    const { branching } = this;
    const { at } = this.position;
    if (branching === undefined) {
      if (wish.kind !== 'stop') this.said = NO_CHECK;
      this.position = { ...this.position, panel: undefined };
      return;
    }
    switch (wish.kind) {
      case 'moves':
        void branching.lookAhead(at);
        break;
      case 'take':
        this.goTo(branching.take(at, wish.index));
        void branching.lookAhead(this.position.at);
        break;
      case 'find':
        void this.find(branching, at);
        break;
      case 'append':
        branching.append(wish.index, at);
        break;
      case 'undo':
        this.goTo(branching.undo(at));
        break;
      case 'original':
        this.goTo(branching.backToOriginal(at));
        break;
      case 'save':
        void branching.save();
        break;
      case 'stop':
        branching.stop();
        break;
    }
  }

  private async find(branching: Branching, at: number): Promise<void> {
    const several = await branching.find(at);
    // Whoever has gone elsewhere meanwhile wants no list of here.
    if (several && this.position.at === at)
      this.position = { ...this.position, panel: 'found', from: 0 };
    if (!this.isDone) this.draw();
  }

  private goTo(at: number): void {
    this.position = { ...this.position, at, from: 0 };
  }

  private get shown(): Trace {
    return this.branching?.trace ?? this.trace;
  }

  readonly draw = (): void => {
    if (this.isDone) return;
    const { branching, position, paint } = this;
    const { at, diffOnly, typed, from } = position;
    const { columns, rows } = process.stdout;
    const state = position.wholeState ? branching?.stateAt(at) : undefined;
    const panel = position.panel === undefined ? undefined : branching?.panel(position.panel, at);
    const keys = {
      canBranch: branching !== undefined,
      isBranch: branching?.isBranch === true,
      panel: panel?.kind,
    };
    const status = this.said ?? branching?.status ?? branching?.endOf(at, panel !== undefined);
    const size = { width: columns, height: rows };
    const options = { ...size, diffOnly, paint, panel, from, keys, status };
    const { text, shown } = renderScreen(this.shown, at, state, options);
    this.listed = { count: panel?.all.length ?? 0, shown };
    const lines = text.split('\n');
    const what = panel === undefined ? 'go to step' : 'take number';
    if (typed !== undefined) lines[lines.length - 1] = `  ${what}: ${typed}_`;
    // Each line takes away what was there before; the last has no newline, or the screen would scroll.
    process.stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
  };

  close(): void {
    this.branching?.close();
  }
}
