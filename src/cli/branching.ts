/** Leaving a schedule while it is walked: what else can move, what it leads to, going on by hand or by search, and the way back. */
import { join } from 'node:path';
import type { ContextName } from '../design/processor.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { mistakeOf } from '../load/mistake.ts';
import { openProject } from '../load/project.ts';
import { branchPath, writeTrace } from '../load/traces.ts';
import type { Move } from '../machine/moves.ts';
import { walk } from '../replay/cursor.ts';
import { formatMove, formatSchedule, parseSchedule } from '../replay/schedule.ts';
import type { Trace } from '../replay/trace.ts';
import { violationsAhead } from '../report/ahead.ts';
import type { Possible } from '../report/alternatives.ts';
import type { Panel } from '../report/panel.ts';
import { traceOf } from '../report/summary.ts';
import { counted } from '../report/text.ts';
import type { Alternative } from '../search/alternatives.ts';
import type { Outcomes } from '../search/verdict.ts';
import { findForks } from '../session/forks.ts';
import { type Interrupt, isRequested, newInterrupt, request } from '../session/interrupt.ts';
import { runChecks } from '../session/queue.ts';
import { Threads } from '../session/threads.ts';
import { asBranch, bare, branchOf } from './branch.ts';

const CONTEXTS: readonly ContextName[] = ['task', 'softirq', 'hardirq'];

interface Found {
  readonly property: string;
  readonly steps: number;
  readonly trace: Trace;
}

export class Branching {
  trace: Trace;
  /** What to say above the keys. */
  status: string | undefined;
  private readonly original: Trace;
  private readonly loaded: LoadedCheck;
  private readonly folder: string;
  private readonly threads = new Threads();
  private readonly redraw: () => void;
  /** What the moves lead to, by the schedule up to there. */
  private readonly known = new Map<string, readonly Alternative[]>();
  /** Which moves there are, by the same. */
  private readonly moves = new Map<string, readonly Possible[]>();
  private readonly before: { readonly trace: Trace; readonly at: number }[] = [];
  private found: readonly Found[] = [];
  private running: Interrupt | undefined;
  private isClosed = false;
  private readonly mutant: string | undefined;

  /** `redraw` is called when something has become known. */
  constructor(
    trace: Trace,
    {
      loaded,
      folder,
      mutant,
    }: { loaded: LoadedCheck; folder: string; mutant?: string | undefined },
    redraw: () => void,
  ) {
    this.trace = trace;
    this.mutant = mutant;
    this.original = trace;
    this.loaded = loaded;
    this.folder = folder;
    this.redraw = redraw;
  }

  get isBranch(): boolean {
    return this.trace.schedule !== this.original.schedule;
  }

  /** The whole state after so many steps. */
  stateAt(at: number): unknown {
    return this.walk(at).state();
  }

  /** The list to be shown at a point. */
  panel(kind: 'moves' | 'found', at: number): Panel {
    if (kind === 'found')
      return {
        kind,
        all: this.found.map(({ property, steps }) => ({ property, steps: steps - at })),
      };
    const all = this.possibleAt(at);
    const next = this.movesOf()[at];
    const taken = next === undefined ? undefined : formatMove(next);
    return { kind, all, cpus: this.trace.cpus, taken, end: all.length > 0 ? '' : this.endAt(at) };
  }

  /** What to say where a branch ends well, and no list says it. */
  endOf(at: number, isListed: boolean): string | undefined {
    const { steps, property } = this.trace;
    if (isListed || at < steps.length || property !== '' || this.possibleAt(at).length > 0)
      return undefined;
    return this.endAt(at);
  }

  private endAt(at: number): string {
    if (this.trace.steps[at - 1]?.refused === true)
      return 'The last step did not happen, because it is fatal: nothing follows it.';
    if (at === this.trace.steps.length && this.trace.property !== '')
      return 'Nothing can move here.';
    return 'Nothing can move here: all have finished, and nothing is wrong.';
  }

  private movesOf(): readonly Move[] {
    return parseSchedule(this.trace.schedule);
  }

  private upTo(at: number): readonly Move[] {
    return this.movesOf().slice(0, at);
  }

  private walk(at: number) {
    return walk(this.loaded.check, this.upTo(at), this.trace.initial);
  }

  /** The moves of a point, with what they lead to as soon as that is known. */
  possibleAt(at: number): readonly Possible[] {
    const key = formatSchedule(this.upTo(at));
    const known = this.known.get(key);
    if (known !== undefined) return known;
    let moves = this.moves.get(key);
    if (moves === undefined) {
      const cursor = this.walk(at);
      const enabled = cursor.steps.at(-1)?.refused === true ? [] : cursor.enabled();
      moves = enabled.map((move) => ({
        ...{ cpu: move.cpu, context: CONTEXTS[move.level] ?? 'task', choice: move.choice },
        ...{ label: move.label, stack: move.stack, move: formatMove(move) },
        ...(move.picked === -1 ? {} : { picked: move.picked }),
        ...(move.stays ? { stays: true as const } : {}),
      }));
      this.moves.set(key, moves);
    }
    return moves;
  }

  /** Finds out what the moves of all points lead to, where that is not known of this one. */
  async lookAhead(at: number): Promise<void> {
    const moves = this.movesOf();
    if (this.known.has(formatSchedule(moves.slice(0, at)))) return;
    await this.search('what these lead to', async (interrupt) => {
      const along = { initial: this.trace.initial, schedule: formatSchedule(moves) };
      const wanted = { along, maxStates: undefined, atEnd: false };
      const found = await findForks(this.loaded, wanted, this.threads, interrupt, this.mutant);
      if ('code' in found) return `${found.code}: ${found.fact}`;
      if (isRequested(interrupt)) return undefined;
      for (const [point, all] of found.entries())
        this.known.set(formatSchedule(moves.slice(0, point)), all);
      return undefined;
    });
  }

  /** Goes on from a point with one of its moves; where one stands then. */
  take(at: number, index: number): number {
    const chosen = this.possibleAt(at)[index];
    if (chosen === undefined) return at;
    const next = this.movesOf()[at];
    if (next !== undefined && formatMove(next) === chosen.move) return at + 1;
    const move = parseSchedule(chosen.move);
    return this.change(at, at + 1, () =>
      branchOf(this.original, this.loaded, [...this.upTo(at), ...move]),
    );
  }

  /** Puts another schedule in place of the one at hand. */
  private change(from: number, to: number, make: () => Trace): number {
    try {
      const trace = make();
      this.before.push({ trace: this.trace, at: from });
      this.trace = trace;
      this.status = undefined;
      return to;
    } catch (thrown) {
      const { code, fact } = mistakeOf(thrown, 'internal-error');
      this.status = `${code}: ${fact}`;
      return from;
    }
  }

  /** Searches what can follow a point; true where there are several violations to choose from. */
  async find(at: number): Promise<boolean> {
    let several = false;
    await this.search('what can go wrong from here', async (interrupt) => {
      const outcomes = await this.searchAfter(at, interrupt);
      if (typeof outcomes === 'string') return outcomes;
      const said = this.note(outcomes, at);
      if (said !== undefined) return said;
      several = this.found.length > 1;
      if (!several) this.append(0, at);
      return undefined;
    });
    return several;
  }

  private async searchAfter(at: number, interrupt: Interrupt): Promise<Outcomes | string> {
    const { config, folder } = await openProject(this.folder);
    const bounds = { ...config.bounds, ...this.loaded.check.bounds };
    const after = { initial: this.trace.initial, schedule: this.upTo(at) };
    const loaded = bare(this.loaded);
    const [result] = await runChecks([{ loaded, mutant: this.mutant, bounds, after }], {
      ...{ folder, interrupt, threads: this.threads },
      onEvent: (event) => {
        if (event.type !== 'progress' || isRequested(interrupt)) return;
        this.status = `searching: ${counted(event.progress.states, 'state')} so far (esc stops)`;
        this.redraw();
      },
    });
    const end = result?.end;
    if (end?.kind === 'bug') return `${end.mistake.code}: ${end.mistake.fact}`;
    return end?.kind === 'decided' ? end.outcomes : 'stopped';
  }

  /** Keeps what a search has found; what to say where that is nothing to go on with. */
  private note({ verdict, traces }: Outcomes, at: number): string | undefined {
    if (verdict.error !== undefined) return `${verdict.error.code}: ${verdict.error.fact}`;
    const all = violationsAhead(verdict).flatMap((one) => {
      const trace = traceOf(one, traces);
      return trace === undefined ? [] : [{ property: one.name, steps: trace.steps.length, trace }];
    });
    this.found = all.filter(({ steps }) => steps > at);
    if (this.found.length > 0) return undefined;
    if (all.length > 0)
      return `violated here already: ${all.map(({ property }) => property).join(', ')}`;
    const { complete, states, stopped } = verdict;
    const some = counted(states, 'state');
    if (complete) return `nothing that can follow violates anything: ${some}, all of them`;
    return stopped?.bound === 'interrupt'
      ? `stopped: nothing found in ${some}`
      : `nothing found in ${some}, where ${stopped?.value ?? 'a bound'} ended the search`;
  }

  /** Goes on with one of the violations found. */
  append(index: number, at: number): void {
    const found = this.found[index];
    if (found !== undefined)
      this.change(at, at, () =>
        asBranch({ ...found.trace, modelHash: this.loaded.bundle.hash }, this.original),
      );
  }

  /** Back to the schedule before the last change; where one stood then. */
  undo(at: number): number {
    const last = this.before.pop();
    this.status = last === undefined ? 'nothing to undo' : undefined;
    if (last === undefined) return at;
    this.trace = last.trace;
    return last.at;
  }

  backToOriginal(at: number): number {
    const { at: branched = at } = this.trace.branch ?? {};
    this.before.length = 0;
    this.trace = this.original;
    this.status = undefined;
    return Math.min(branched, this.original.steps.length);
  }

  /** Writes the schedule into the project, and says what replays it. */
  async save(): Promise<void> {
    const { folder } = await openProject(this.folder);
    const path = branchPath(folder, this.trace.check);
    writeTrace(join(folder, path), this.trace, this.loaded.check.bounds ?? {});
    this.status = `saved; next: npx heddle replay ${path}`;
    this.redraw();
  }

  /** Gives up what is being searched. */
  stop(): void {
    if (this.running !== undefined) request(this.running);
    this.status = undefined;
  }

  /** A thread that still searches is let go when it has noticed. */
  close(): void {
    this.isClosed = true;
    this.stop();
    this.threads.close();
  }

  /** One search at a time; `body` gives what to say at its end. */
  private async search(
    what: string,
    body: (interrupt: Interrupt) => Promise<string | undefined>,
  ): Promise<void> {
    if (this.running !== undefined) request(this.running);
    const interrupt = newInterrupt();
    this.running = interrupt;
    this.status = `searching ${what} (esc stops)`;
    this.redraw();
    const said = await body(interrupt);
    if (this.isClosed) this.threads.close();
    if (this.running !== interrupt) return;
    this.running = undefined;
    this.status = said;
    this.redraw();
  }
}
