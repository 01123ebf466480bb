/** A finding in the form in which the kernel's own debug facilities report it: what kernel engineers know at a glance. */
import type { Finding } from '../design/processor.ts';
import { laneName, type Trace } from '../replay/trace.ts';
import { Arguments, functionsOf } from './arguments.ts';
import { unsafeLocking } from './locking.ts';

/** A line of a report: indented by so many columns, or to be left as it is set. */
export interface BugLine {
  readonly text: string;
  readonly indent: number;
  readonly isSet?: boolean;
}

export interface Bug {
  readonly lines: readonly BugLine[];
  /** It names all who took part. */
  readonly namesParties: boolean;
}

/** The report of a facility; undefined for what a property or a claim says. */
export function bugOf(trace: Trace, finding: Finding): Bug | undefined {
  const writer = new BugWriter(trace);
  switch (finding.facility) {
    case 'KASAN':
      return writer.kasan(finding);
    case 'KCSAN':
      return writer.kcsan(finding);
    case 'LOCKDEP':
      return writer.lockdep(finding);
    case 'DEBUG_LIST':
      return writer.list(finding);
    case 'DEBUG_OBJECTS_RCU_HEAD':
      return writer.debugObjects(finding);
    case 'RCU':
      return writer.headed(`${finding.message}.`, 'WARNING: suspicious RCU usage in');
    case 'refcount_t':
      return writer.headed(`${finding.message}.`, 'WARNING in');
    case 'BUG_ON':
      return writer.headed('', `kernel BUG: ${finding.message} in`);
    case 'WARN_ON':
      return writer.headed('', `WARNING: ${finding.message} in`);
    case 'leak':
      return writer.leak(finding);
    default:
      return undefined;
  }
}

/** What KASAN calls what it has seen. */
const KASAN_NAMES: Readonly<Record<string, string>> = {
  'null-dereference': 'null-ptr-deref',
  'poison-dereference': 'wild-memory-access',
  'wild-dereference': 'wild-memory-access',
  'null-call': 'null-ptr-deref',
  'wild-call': 'wild-memory-access',
  'wild-free': 'invalid-free',
  uninitialised: 'uninit-value',
};

const LOCKDEP_NAMES: Readonly<Record<string, string>> = {
  'lock-order-cycle': 'WARNING: possible circular locking dependency detected',
  'softirq-unsafe': 'WARNING: inconsistent lock state',
  'hardirq-unsafe': 'WARNING: inconsistent lock state',
  'softirq-safe-to-unsafe': 'WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected',
  'hardirq-safe-to-unsafe': 'WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected',
  'unlock-by-other': 'WARNING: bad unlock balance detected!',
  unbalanced: 'WARNING: bad unlock balance detected!',
  'sleep-in-atomic': 'BUG: sleeping function called from invalid context',
};

class BugWriter {
  private readonly trace: Trace;
  private readonly calls: Arguments;
  private readonly lines: BugLine[] = [];

  constructor(trace: Trace) {
    this.trace = trace;
    this.calls = new Arguments(trace);
  }

  private get last(): number {
    return this.trace.steps.length - 1;
  }

  kasan({ kind, object, message }: Finding): Bug {
    this.say(`BUG: KASAN: ${KASAN_NAMES[kind] ?? kind} in ${this.functionAt(this.last)}`);
    if (kind === 'use-after-free') {
      const how = message.includes(' is written ') ? 'Write to' : 'Read of';
      this.party(`${how} ${object} by`, this.last);
    } else {
      this.say(`${message}.`);
      this.party(kind === 'double-free' ? `Free of ${object} by` : 'By', this.last);
    }
    const [root] = /^[^.]*?\[\d+\]/.exec(object) ?? [object];
    this.party('Allocated by', this.lifeOf(root, '1'));
    this.party('Freed by', this.lifeOf(root, '0'));
    const isTold = this.lines.some(({ text }) => text.startsWith('Freed by'));
    return { lines: this.lines, namesParties: isTold };
  }

  kcsan({ object, message }: Finding): Bug {
    const match =
      /^data-race in (.*?): (\w+) (\w+) .*? by (.*?) at '(.*)', (\w+) (\w+) by (.*?) at '(.*)'$/.exec(
        message,
      );
    if (match === null) return this.headed(`${message}.`, 'BUG: KCSAN in');
    const [, functions, how, access, who, where, otherHow, otherAccess, other, otherWhere] = match;
    const told = (one: string, way: string): string => (way === 'marked' ? `${one} (marked)` : one);
    this.say(`BUG: KCSAN: data-race in ${functions}`);
    this.say(`${told(access, how)} to ${object} by ${who}:`);
    this.say(withCall(where), 4);
    this.say(`${told(otherAccess, otherHow)} to ${object} by ${other}:`);
    this.say(withCall(otherWhere), 4);
    return { lines: this.lines, namesParties: true };
  }

  lockdep({ kind, message }: Finding): Bug {
    const heading = kind === 'self-deadlock' ? selfDeadlock(message) : LOCKDEP_NAMES[kind];
    if (heading === undefined) return this.headed(`${message}.`, 'WARNING in');
    this.say(kind === 'sleep-in-atomic' ? `${heading} at ${this.functionAt(this.last)}` : heading);
    this.say(
      `${message.replace(/^(?:possible circular locking dependency|inconsistent lock state|.* lock order): /, '')}.`,
    );
    // What has deadlocked shows it itself.
    for (const text of kind === 'self-deadlock' ? [] : unsafeLocking(kind, message))
      this.lines.push({ text, indent: 2, isSet: true });
    return { lines: this.lines, namesParties: this.lines.length > 2 && kind !== 'self-deadlock' };
  }

  list({ message }: Finding): Bug {
    this.say(`${message}.`);
    return this.headed('', 'WARNING in');
  }

  debugObjects({ kind, object, message }: Finding): Bug {
    const what = kind === 'double-call_rcu' ? 'activate active' : 'active';
    this.say(`ODEBUG: ${what} object: ${object} object type: rcu_head`);
    this.say(`${message}.`);
    return { lines: this.lines, namesParties: false };
  }

  leak({ object, message }: Finding): Bug {
    this.say(`unreferenced object ${object}:`);
    this.say(`${message}.`);
    this.party('Allocated by', this.lifeOf(object, '1'));
    return { lines: this.lines, namesParties: false };
  }

  /** A report that names no other party: its heading ends with the function, then what it says. */
  headed(message: string, heading: string): Bug {
    this.say(`${heading} ${this.functionAt(this.last)}`);
    if (message !== '.' && message !== '') this.say(message);
    return { lines: this.lines, namesParties: false };
  }

  private say(text: string, indent = 2): void {
    this.lines.push({ text, indent });
  }

  /** Who took a step, and below it which; nothing where there is no such step. */
  private party(what: string, at: number): void {
    const step = this.trace.steps[at];
    if (step === undefined) return;
    this.say(`${what} ${laneName(this.trace.cpus, step)}:`);
    this.say(`${this.calls.callAt(at)}: ${step.label === step.enters ? 'begins' : step.label}`, 4);
  }

  /** The latest step before the last in which an object came to life, or ceased to be. */
  private lifeOf(object: string, after: '0' | '1'): number {
    return this.trace.steps
      .slice(0, -1)
      .findLastIndex(({ changes }) =>
        changes.some((one) => one.path === `${object} is live` && one.after === after),
      );
  }

  private functionAt(at: number): string {
    const step = this.trace.steps[at];
    return step === undefined ? 'the initial state' : (functionsOf(step).at(-1) ?? 'a handler');
  }
}

/** A lock taken twice by one context, or by one that came on top of the other. */
function selfDeadlock(message: string): string {
  const match = /^(.*) waits for .*, which (.*) holds/.exec(message);
  const isSame = match !== null && match[1] === match[2];
  return `WARNING: ${isSame ? 'possible recursive locking detected' : 'inconsistent lock state'}`;
}

/** `fn: label` as `fn(): label`. */
function withCall(where: string): string {
  return where.replace(': ', '(): ');
}
