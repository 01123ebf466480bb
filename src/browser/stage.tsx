/** What is known of one step: memory, what changed, what the properties say, and who else could have moved. */
import type { ComponentChildren } from './elements.ts';
import { HeapGraph } from './graph.tsx';
import { heapOf } from './heap.ts';
import { type Drawing, draw } from './layout.ts';
import { goTo, type Position } from './position.ts';

export function Stage({ position }: { position: Position }) {
  return (
    <>
      <ThisStep position={position} />
      <Moves position={position} />
      <Properties position={position} />
    </>
  );
}

const drawings = new WeakMap<Position, Map<boolean, Drawing>>();

/** Laid out once for all states, so that nothing moves but what the schedule moves. */
function drawingOf(position: Position, whole: boolean): Drawing {
  const known = drawings.get(position) ?? new Map<boolean, Drawing>();
  drawings.set(position, known);
  const drawing = known.get(whole) ?? draw(heapOf(position, whole));
  known.set(whole, drawing);
  return drawing;
}

export function Memory({ position }: { position: Position }) {
  if (position.names === undefined) return null;
  return <HeapGraph position={position} drawing={drawingOf(position, position.whole.value)} />;
}

function ThisStep({ position }: { position: Position }) {
  const { at, schedule, names, values, whole } = position;
  const step = schedule.steps[at.value - 1];
  const { now, before } = values.value;
  const words = names?.words ?? [];
  const all = words.map((word, index) => ({
    word,
    before: before[index] ?? '',
    now: now[index] ?? '',
  }));
  const changed = all.filter((one) => one.before !== one.now);
  const isWhole = whole.value;
  const shown = isWhole ? all : changed;
  const shared = shown.filter(({ word }) => word.role !== 'local');
  const locals = shown.filter(
    ({ word }) => word.role === 'local' && (!isWhole || isSet(word.name, step?.cpu, word.cpu)),
  );
  const read = (step?.accesses ?? []).filter(
    ({ path }, index, list) =>
      !changed.some(({ word }) => word.name === path) &&
      list.findIndex((one) => one.path === path) === index,
  );
  return (
    <section class="changes" aria-label={isWhole ? 'The whole state' : 'What this step changed'}>
      <p class="title">{isWhole ? 'The whole state' : 'Changed by this step'}</p>
      {step?.findings.map((message) => (
        <p key={message} class="fault">
          <span aria-hidden="true">{'\u2717'}</span> {message}
        </p>
      ))}
      {step?.refused === true && (
        <p class="fault">The step did not happen: this is the state before it.</p>
      )}
      {shown.length === 0 ? (
        <p class="nothing">{step === undefined ? 'The initial state.' : 'Nothing.'}</p>
      ) : null}
      {shown.length > 0 && (
        <div class="wide" tabIndex={0} role="group" aria-label="Values">
          <table class="values">
            <thead class="unseen">
              <tr>
                <th scope="col">word</th>
                <th scope="col">value</th>
              </tr>
            </thead>
            {groups(shared, names?.objects ?? [], isWhole).map(([title, own]) => (
              <Group key={title} title={title} own={own} />
            ))}
            {locals.length > 0 && <Group title={isWhole ? 'locals' : ''} own={locals} />}
          </table>
        </div>
      )}
      {!isWhole && read.length > 0 && (
        <p class="reads">
          looked at:{' '}
          {read.map(({ path, value }, index) => (
            <span key={path}>
              {index > 0 && ', '}
              <code>
                {path} = {value}
              </code>
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

/** Of the locals in a whole state: those of the CPU that moved. */
function isSet(_name: string, mover: number | undefined, cpu: number | undefined): boolean {
  return mover === undefined || cpu === mover;
}

interface Value {
  readonly word: {
    readonly name: string;
    readonly also?: readonly string[];
    readonly role: string;
    readonly object: number;
  };
  readonly before: string;
  readonly now: string;
}

function groups(
  all: readonly Value[],
  objects: readonly { readonly name: string }[],
  whole: boolean,
): [string, Value[]][] {
  if (!whole) return all.length === 0 ? [] : [['', [...all]]];
  const found = new Map<string, Value[]>();
  for (const one of all) {
    const title = one.word.object === -1 ? 'CPUs' : objects[one.word.object]?.name || 'state';
    found.set(title, [...(found.get(title) ?? []), one]);
  }
  return [...found];
}

const ROLES: Readonly<Record<string, string>> = {
  ghost: 'ghost',
  client: "client's note",
  local: 'local',
};

function Group({ title, own }: { title: string; own: readonly Value[] }) {
  return (
    <tbody>
      {title !== '' && (
        <tr class="group">
          <th colSpan={2} scope="rowgroup">
            {title}
          </th>
        </tr>
      )}
      {own.map(({ word, before, now }) => {
        const isChanged = before !== now;
        const live = word.name.endsWith(' is live');
        const show = (value: string): string => (live ? (value === '1' ? 'live' : 'free') : value);
        return (
          <tr key={word.name} class={isChanged ? 'changed' : ''}>
            <th scope="row">
              <code>{live ? word.name.slice(0, -' is live'.length) : word.name}</code>
              {word.also?.map((name) => (
                <span key={name} class="also">
                  {' '}
                  = <code>{name}</code>
                </span>
              ))}
              {ROLES[word.role] !== undefined && <span class="role"> {ROLES[word.role]}</span>}
            </th>
            <td>
              {isChanged && (
                <>
                  <del>{show(before)}</del>
                  <span aria-hidden="true"> {'\u2192'} </span>
                  <span class="unseen"> becomes </span>
                </>
              )}
              {isChanged ? <ins>{show(now)}</ins> : show(now)}
            </td>
          </tr>
        );
      })}
    </tbody>
  );
}

function Properties({ position }: { position: Position }) {
  const { at, schedule } = position;
  const status = schedule.states?.status ?? [];
  if (status.length === 0) return null;
  const all = status.map((one) => {
    const first = one.said.indexOf('f');
    return {
      one,
      first,
      here: first !== -1 && first <= at.value ? 'f' : (one.said[at.value] ?? '.'),
    };
  });
  const of = (here: string) => all.filter((each) => each.here === here);
  const watching = of('t').filter(({ one }) => one.kind === 'facility');
  const holding = of('t').filter((each) => !watching.includes(each));
  return (
    <section class="status" aria-label="Properties at this step">
      <p class="title">Properties here</p>
      <ul>
        {of('f').map(({ one, first }) => (
          <Said key={one.id} sign={'\u2717'} kind="bad">
            {one.name}:{' '}
            {first === at.value ? (
              'violated here'
            ) : (
              <StepLink position={position} at={first} words={`violated at step ${first}`} />
            )}
          </Said>
        ))}
        {of('a').map(({ one }) => (
          <Said key={one.id} sign="?" kind="open">
            {one.name}: has yet to be reached
          </Said>
        ))}
        <Names sign={'\u2713'} kind="good" words="true here" all={holding} />
        <Names sign={'\u2713'} kind="good" words="nothing reported by" all={watching} />
        <Names sign={'\u00b7'} kind="none" words="not asked here" all={of('.')} />
      </ul>
    </section>
  );
}

function Said({
  sign,
  kind,
  children,
}: {
  sign: string;
  kind: string;
  children: ComponentChildren;
}) {
  return (
    <li class={kind}>
      <span class="mark" aria-hidden="true">
        {sign}
      </span>
      <span>{children}</span>
    </li>
  );
}

interface NamesProps {
  readonly sign: string;
  readonly kind: string;
  readonly words: string;
  readonly all: readonly { readonly one: { readonly id: string; readonly name: string } }[];
}

/** Properties of which the same is said, by their ids; the whole sentence is in the tip. */
function Names({ sign, kind, words, all }: NamesProps) {
  if (all.length === 0) return null;
  return (
    <Said sign={sign} kind={kind}>
      {words}:{' '}
      {all.map(({ one }, index) => (
        <span key={one.id} title={one.name}>
          {index > 0 && ', '}
          {one.id}
        </span>
      ))}
    </Said>
  );
}

function StepLink({ position, at, words }: { position: Position; at: number; words: string }) {
  return (
    <button type="button" class="link" onClick={() => goTo(position, at)}>
      {words}
    </button>
  );
}

function Moves({ position }: { position: Position }) {
  const { at, schedule } = position;
  const moves = schedule.states?.moves[at.value] ?? [];
  const isEnd = at.value === schedule.steps.length;
  if (schedule.states === undefined) return null;
  return (
    <section class="moves" aria-label="Who could move here">
      <p class="title">{isEnd ? 'Who could move on' : 'Who could move here'}</p>
      {moves.length === 0 && <p class="nothing">{isEnd ? 'The schedule ends here.' : 'Nobody.'}</p>}
      {isEnd && schedule.blocked.length > 0 && (
        <ul class="blocked">
          {schedule.blocked.map(({ cpu, on }) => (
            <li key={cpu}>
              <span class={`who cpu${cpu % 6}`}>{schedule.cpus[cpu]}</span> waits: <code>{on}</code>
            </li>
          ))}
        </ul>
      )}
      <ul>
        {moves.map((one) => {
          const isTaken = one.move === schedule.moves[at.value];
          const where = one.stack.at(-1);
          return (
            <li key={`${one.move} ${one.label}`} class={isTaken ? 'taken' : ''}>
              <span class={`who cpu${one.cpu % 6}`}>
                {isTaken ? '\u25b6 ' : ''}
                {schedule.cpus[one.cpu]}
                {one.context === 'task' ? '' : ` ${one.context}`}
              </span>{' '}
              <code>
                {where === undefined ? '' : `${where}: `}
                {one.label}
                {one.picked === undefined ? '' : ` [${one.picked}]`}
              </code>
              <Ahead alternative={one} taken={isTaken ? takenWords(position) : ''} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

type Alternative = NonNullable<Position['schedule']['states']>['moves'][number][number];

/** What the step that the schedule takes leads to on it. */
function takenWords({ at, schedule }: Position): string {
  const left = schedule.steps.length - at.value;
  if (!schedule.isBad) return 'taken; ';
  const property = schedule.property.replace(/:.*$/s, '');
  return left === 1 ? `taken: violates ${property}` : `taken: ${property} in ${left} steps`;
}

/** What a move leads to, as a sign and in words. */
function Ahead({
  alternative: { leadsTo, stays },
  taken,
}: {
  alternative: Alternative;
  taken: string;
}) {
  const [kind, sign, words] = aheadOf(leadsTo);
  // The schedule itself is a proof, whatever the search has found.
  const isProof = taken.includes(':');
  const steps = Number(/ in (\d+) steps$/.exec(taken)?.[1] ?? 1);
  const isNearer = leadsTo.kind === 'violation' && leadsTo.steps < steps;
  return (
    <em class={isProof ? 'bad' : kind}>
      <span aria-hidden="true">{isProof ? '\u2717' : sign}</span> {taken}
      {stays === true && (isProof ? '; changes nothing' : 'changes nothing; ')}
      {isProof ? isNearer && `; ${words}` : words}
    </em>
  );
}

function aheadOf(
  leadsTo: Alternative['leadsTo'],
): readonly [kind: string, sign: string, words: string] {
  switch (leadsTo.kind) {
    case 'violation': {
      const { steps, atMost } = leadsTo;
      const property = leadsTo.property.replace(/:.*$/s, '');
      if (steps <= 1) return ['bad', '\u2717', `a violation at once: ${property}`];
      return [
        'bad',
        '\u2717',
        `nearest violation: ${property}, in ${atMost === true ? 'at most ' : ''}${steps} steps`,
      ];
    }
    case 'fine':
      return ['good', '\u2713', 'fine, whatever follows'];
    case 'unknown':
      return ['none', '?', `nothing found in ${leadsTo.states.toLocaleString('en-US')} states`];
  }
}
