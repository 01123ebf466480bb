/** What is known of one step: memory, what changed, and what the properties say; who else could have moved stands between. */
import type { ComponentChildren } from './elements.ts';
import { HeapGraph } from './graph.tsx';
import { heapOf } from './heap.ts';
import { type Drawing, draw } from './layout.ts';
import { Moves } from './moves.tsx';
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
  const touched = (step?.accesses ?? []).filter(
    ({ path }) => !changed.some(({ word }) => word.name === path),
  );
  const stored = touched.filter(({ write }) => write);
  const read = touched.filter(({ path }) => stored.every((one) => one.path !== path));
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
      {!isWhole && <Touched words="stored what was there" all={stored} />}
      {!isWhole && <Touched words="looked at" all={read} />}
    </section>
  );
}

interface TouchedProps {
  readonly words: string;
  readonly all: readonly { readonly path: string; readonly value: string }[];
}

/** What a step touched without changing it, each word once. */
function Touched({ words, all }: TouchedProps) {
  const values = new Map([...all].reverse().map(({ path, value }) => [path, value]));
  if (values.size === 0) return null;
  return (
    <p class="reads">
      {words}:{' '}
      {[...values].reverse().map(([path, value], index) => (
        <span key={path}>
          {index > 0 && ', '}
          <code>
            {path} = {value}
          </code>
        </span>
      ))}
    </p>
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
