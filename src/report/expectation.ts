/** A search measured against what somebody expects of it in a test: whether it is so, and what is said where it is not. */
import { propertyId } from '../design/check.ts';
import type { Trace } from '../replay/trace.ts';
import type { Outcomes, PropertyVerdict, Verdict } from '../search/verdict.ts';
import { renderTrace } from './diagram.ts';
import { renderVerdict, replayCommand, traceOf } from './summary.ts';
import { counted, grouped } from './text.ts';

/** What was expected: met or not, or, where a bound ended the search, neither. */
export interface Answer {
  readonly is: 'met' | 'unmet' | 'undecided';
  /** What is so instead; where it is met, what is so: many lines. */
  readonly text: string;
}

/** How the check is called where the answer is read. */
export interface Called {
  /** `queue/v1`, or where it is declared. */
  readonly name: string;
  /** Whether `npx heddle` knows it by that name. */
  readonly isCommand: boolean;
  /** The bound that a test's own timeout has set, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** Which violation is meant; each part that is absent means any. */
export interface WantedViolation {
  /** Its id, `P5`, or the whole sentence; a facility, `KASAN`. */
  readonly property?: string | undefined;
  /** The object concerned, as the report names it. */
  readonly object?: string | RegExp | undefined;
}

const OPTIONS: Readonly<Record<string, string>> = {
  maxStates: 'maxStates',
  maxDepth: 'maxDepth',
  timeLimit: 'timeLimitMs',
  memoryLimit: 'memoryLimitBytes',
};

/** Whether a check holds: every property, in all its states, none of them vacuous. What it declares of itself does not count. */
export function expectHolds(outcomes: Outcomes, called: Called): Answer {
  const { verdict } = outcomes;
  const violated = verdict.properties.filter((one) => isViolated(one) && one.known === undefined);
  const text = (what: string) => blockOf(what, 'toHold', outcomes, violated, called);
  switch (verdict.verdict) {
    case 'holds':
      return { is: 'met', text: text('holds') };
    case 'violated':
      return { is: 'unmet', text: text(`is VIOLATED: ${namesOf(violated)}`) };
    case 'vacuous':
      return { is: 'unmet', text: text(`is VACUOUS: ${vacuousOf(verdict)}`) };
    case 'incomplete':
      return { is: 'undecided', text: text(`is INCOMPLETE: ${boundOf(verdict, called)}`) };
    case 'invalid':
      return { is: 'undecided', text: text(uncheckedOf(verdict)) };
  }
}

/** Whether a check violates a property, or any. A violation that was found counts also where a bound ended the search. */
export function expectViolated(
  outcomes: Outcomes,
  wanted: WantedViolation,
  called: Called,
): Answer {
  const { verdict } = outcomes;
  const text = (what: string, shown: readonly PropertyVerdict[] = []) =>
    blockOf(what, 'toBeViolated', outcomes, shown, called);
  if (verdict.verdict === 'invalid') return { is: 'undecided', text: text(uncheckedOf(verdict)) };
  const among = verdict.properties.filter((one) => isNamed(one, wanted.property));
  const said = wanted.property === undefined ? 'anything' : `'${wanted.property}'`;
  if (among.length === 0) {
    const known = verdict.properties.filter(({ kind }) => kind !== 'facility').map(({ id }) => id);
    const ids = known.length === 0 ? 'only facilities' : `${known.join(', ')}, and facilities`;
    return { is: 'undecided', text: text(`has no property ${said}; it has ${ids}`) };
  }
  const violated = among.filter(isViolated);
  const meant = violated.filter(({ finding }) => isObject(finding?.object, wanted.object));
  if (meant.length > 0) return { is: 'met', text: text(`violates ${namesOf(meant)}`, meant) };
  const [other] = violated;
  if (other !== undefined) {
    const on = other.finding?.object || 'no object';
    return {
      is: 'unmet',
      text: text(`violates ${other.id} on ${on}, not on ${wanted.object}`, [other]),
    };
  }
  if (!verdict.complete && among.some((one) => one.verdict === 'incomplete')) {
    const what = `is INCOMPLETE, and violates ${said} in no state so far: ${boundOf(verdict, called)}`;
    return { is: 'undecided', text: text(what) };
  }
  const [only] = among;
  const how = among.length > 1 || only === undefined ? 'does not violate' : wordOf(only);
  const what = `${how} ${said}, in all ${counted(verdict.states, 'state')}`;
  return { is: 'unmet', text: text(what) };
}

/** Whether a schedule that was replayed ends in a violation of a property, or of any. */
export function expectReplayed(trace: Trace, wanted: WantedViolation, called: Called): Answer {
  const isBad = trace.finding.kind !== '' || trace.property !== '';
  const isMeant =
    wanted.property === undefined ||
    [trace.property, propertyId(trace.property)].includes(wanted.property);
  const isOn = isObject(trace.finding.object, wanted.object);
  if (isBad && isMeant && isOn) {
    const what = `ends in a violation of ${trace.property}`;
    return { is: 'met', text: shown(what, trace, called, undefined) };
  }
  const of = wanted.property === undefined ? '' : ` of '${wanted.property}'`;
  const on = wanted.object === undefined ? '' : ` on ${wanted.object}`;
  const found = isMeant ? `on ${trace.finding.object || 'no object'}` : `of '${trace.property}'`;
  const what = isBad
    ? `ends in a violation ${found}, not${isMeant ? on : of}`
    : `does not end in a violation${of}${on}`;
  return { is: 'unmet', text: shown(what, trace, called, repaired(called)) };
}

/** A schedule that a design does not have, or no longer. `fact` says at which step. */
export function cannotReplay(fact: string, called: Called): Answer {
  const text = `${called.name} cannot follow the schedule: ${fact}\n\n${repaired(called)}`;
  return { is: 'unmet', text };
}

function repaired({ name, isCommand }: Called): string {
  const again = isCommand ? `npx heddle check ${name}` : 'await expect(check).toHold()';
  const lines = [
    '  If the design was repaired: replace this by `await expect(check).toHold()`,',
    '  which searches every schedule, where this test walks one.',
    '  If it only changed: the same violation may now take another schedule.',
    `  next: ${again}`,
  ];
  return lines.join('\n');
}

function shown(what: string, trace: Trace, { name }: Called, then: string | undefined): string {
  const parts = [`${name}, schedule ${trace.schedule}: ${what}`, renderTrace(trace)];
  return [...parts, ...(then === undefined ? [] : [then])].join('\n\n');
}

/** The line that says what is so, and the block that a terminal shows of the check, with the diagrams of some properties. */
function blockOf(
  what: string,
  matcher: string,
  outcomes: Outcomes,
  shown: readonly PropertyVerdict[],
  called: Called,
): string {
  const { verdict } = outcomes;
  const traces = shown.flatMap((one) => traceOf(one, outcomes.traces) ?? []);
  const { stopped } = verdict;
  const option = OPTIONS[stopped?.bound ?? ''];
  const flag = option === undefined ? undefined : `the option ${option} of ${matcher}`;
  const named = { ...verdict, check: called.name };
  const told = stopped === undefined || flag === undefined ? {} : { stopped: { ...stopped, flag } };
  const next = nextOf(matcher, verdict, shown, called);
  const brief = shown.length > 0;
  const block = renderVerdict({ ...named, ...told }, traces, { stable: true, brief, next });
  return `${called.name} ${what}\n\n${block}`;
}

function nextOf(
  matcher: string,
  { stopped, states, depth }: Verdict,
  [found]: readonly PropertyVerdict[],
  { name, isCommand, timeoutMs }: Called,
): string {
  if (found !== undefined) {
    if (isCommand) return replayCommand(name, found, 'npx heddle');
    const schedule = JSON.stringify(found.schedule ?? '');
    return `await expect(check).toReplay(${schedule}, { property: ${JSON.stringify(found.id)} })`;
  }
  const again = (bound: string) => `await expect(check).${matcher}({ ${bound} })`;
  const more = (value: number) => grouped(value).replaceAll(',', '_');
  switch (stopped?.bound) {
    case 'maxStates':
      return again(`maxStates: ${more(Math.max(1, states) * 10)}`);
    case 'maxDepth':
      return again(`maxDepth: ${depth * 2}`);
    case 'timeLimit':
      return timeoutMs === undefined
        ? again('timeLimitMs: <more>')
        : `test(name, { timeout: ${more(timeoutMs * 12)} }, async () => ...)`;
    case 'memoryLimit':
      return again('memoryLimitBytes: <more>');
    default:
      return isCommand ? `npx heddle check ${name}` : again('').replace('({  })', '()');
  }
}

function boundOf({ stopped }: Verdict, { timeoutMs }: Called): string {
  if (stopped === undefined) return 'a bound ended the search';
  if (stopped.bound !== 'timeLimit' || timeoutMs === undefined)
    return `stopped at ${stopped.value}`;
  return `stopped at ${stopped.value}, what the timeout of this test leaves (${timeoutMs / 1000} s)`;
}

function namesOf(properties: readonly PropertyVerdict[]): string {
  return properties.map(({ name }) => name).join('; ');
}

function isViolated({ verdict }: PropertyVerdict): boolean {
  return verdict === 'violated';
}

function uncheckedOf({ error }: Verdict): string {
  return `could not be checked: ${error?.fact ?? 'no reason is known'}`;
}

/** Why a check that violates nothing says nothing either. */
function vacuousOf({ properties }: Verdict): string {
  return properties
    .filter(({ verdict }) => verdict === 'vacuous')
    .map(({ name, kind }) => `${name} (${kind === 'goal' ? 'never met' : 'never evaluated'})`)
    .join('; ');
}

function isNamed({ id, name }: PropertyVerdict, wanted: string | undefined): boolean {
  return wanted === undefined || wanted === id || wanted === name;
}

function isObject(found: string | undefined, wanted: string | RegExp | undefined): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? found === wanted : wanted.test(found ?? '');
}

function wordOf({ verdict }: PropertyVerdict): string {
  if (verdict === 'vacuous') return 'never evaluates';
  return verdict === 'masked' ? 'has masked by another violation' : 'does not violate';
}
