/** What the schedules of a lock order or an unsafe use show together: how they would meet, and whether they can. */
import type { Check } from '../design/check.ts';
import type { Finding } from '../design/processor.ts';
import type { CompiledMachine } from '../machine/machine.ts';
import { walk } from '../replay/cursor.ts';
import type { Explanation } from '../replay/explanation.ts';
import { formatSchedule } from '../replay/schedule.ts';
import type { Trace } from '../replay/trace.ts';
import { turningPoint } from './critical.ts';
import { Judged } from './judged.ts';
import { classesIn, type Meeting, meetingOf } from './meeting.ts';
import { afterStep, grouped, who } from './told.ts';

/** Looks at `most` states for a schedule that deadlocks, and as many for the step with which it becomes unavoidable there. */
export function explainHalves(
  check: Check,
  compiled: CompiledMachine,
  trace: Trace,
  most: number,
): Explanation {
  const meeting = meetingOf(check, compiled, trace.finding, most);
  const words = [
    shownWords(trace),
    howWords(trace),
    meetingWords(check, compiled, trace, meeting, most),
  ];
  const told = { orders: [], beliefs: [], words: words.filter((part) => part !== '').join(' ') };
  if (meeting.kind !== 'unknown') return told;
  return {
    ...told,
    undecided: [`whether they can meet: more than ${grouped(most)} states to look at`],
  };
}

/** What interrupts, in a report of an unsafe use. */
function contextIn({ kind }: Finding): string {
  return kind.startsWith('hardirq') ? 'hardirq' : 'softirq';
}

/** What each schedule ends with. */
function shownWords(trace: Trace): string {
  const others = (trace.related ?? []).map(({ text, schedule }) => `${text} (${schedule})`);
  const [first = '', second = ''] = classesIn(trace.finding);
  const last = who(trace, trace.steps.length - 1);
  const own =
    trace.finding.kind === 'lock-order-cycle'
      ? `takes ${second === '' ? first : second} with ${first} held`
      : `takes ${first} in ${contextIn(trace.finding)}`;
  return `${last} ${own}; elsewhere ${others.join('; ')}.`;
}

/** What happens where they come together. */
function howWords({ finding }: Trace): string {
  const classes = classesIn(finding);
  const context = contextIn(finding);
  if (finding.kind === 'lock-order-cycle')
    return 'Where each has its first lock before one gets its second, all wait for ever.';
  if (classes.length === 1)
    return `Where that ${context} comes on top of who holds it, it waits for ever.`;
  const [first, last] = [classes[0], classes.at(-1)];
  const other = `while another CPU holds ${first} and waits for it`;
  return `Where that ${context} comes on top of who holds ${last}, ${other}, both wait for ever.`;
}

function meetingWords(
  check: Check,
  compiled: CompiledMachine,
  trace: Trace,
  meeting: Meeting,
  most: number,
): string {
  if (meeting.kind === 'unknown') return '';
  if (meeting.kind === 'never') {
    const cut = meeting.isCut ? ', though other violations end some of them before' : '';
    const states = `${grouped(meeting.states)} states`;
    return `No schedule of this check lets them meet (${states}, all of them${cut}).`;
  }
  const { initial, moves } = meeting;
  const from = initial === trace.initial ? '' : ` from '${initial}'`;
  const meets = `They do meet:${from} ${formatSchedule(moves)} ends with all of them waiting for ever.`;
  const { steps } = walk(check, moves, initial, compiled);
  const judged = new Judged(check, compiled, turned(steps.at(-1)?.refused === true, trace));
  const turn = turningPoint(judged, initial, moves, most);
  if (turn.kind !== 'step' || turn.step === steps.length - 1) return meets;
  const last = afterStep({ ...trace, steps }, turn.step, ' of it');
  return `${meets} ${last} nothing goes well any more.`;
}

/** The property that the schedule in which they meet violates. */
function turned(isRefused: boolean, trace: Trace): string {
  return isRefused ? trace.property : 'deadlock';
}
