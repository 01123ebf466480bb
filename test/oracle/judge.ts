/** What is wrong with a state by itself: properties, leaks, deadlocks. */
import type { Move } from './explore.ts';
import type { Property, SharedTest, Variables } from './program.ts';
import { compare } from './program.ts';
import { type Code, type State, topContext } from './state.ts';

export function sharedTest(state: State, { left, is, right }: SharedTest): boolean {
  const read = (name: string) => state.shared[name] ?? state.ghosts[name];
  return compare(read(left), is, typeof right === 'number' ? right : read(right));
}

/** Properties of states that are false here, and leaks. */
export function violated(code: Code, state: State): string[] {
  const properties = Object.entries(code.program.properties).flatMap(([id, one]) =>
    applies(code, state, one) && 'test' in one && !sharedTest(state, one.test) ? [id] : [],
  );
  return isAtRest(code, state) && leaks(code, state) ? [...properties, 'leak leak'] : properties;
}

/** Whether a live object is reached by no shared variable and no list, directly or through objects. */
function leaks(code: Code, state: State): boolean {
  const { program } = code;
  const refs = (variables: Variables) =>
    Object.keys(variables).filter((name) => variables[name].type === 'ref');
  const pointedTo = (words: readonly (string | null)[]) =>
    words.flatMap((word) => (word?.startsWith('&obj') ? [Number.parseInt(word.slice(4), 10)] : []));
  const reached = new Set([
    ...refs(program.shared).map((name) => state.shared[name]),
    ...refs(program.perCpu).flatMap((name) => state.perCpu[name]),
    ...state.lists.flatMap(pointedTo),
  ]);
  for (const object of reached) {
    for (const next of pointedTo(state.objects[object]?.words ?? [])) reached.add(next);
  }
  return state.objects.some((one, object) => one !== null && !reached.has(object));
}

function applies(code: Code, state: State, property: Property): boolean {
  if (property.kind === 'at_rest') return isAtRest(code, state);
  if (property.kind === 'whenever') return state.locks[property.freeLock] === null;
  return property.kind === 'always';
}

/** Every CPU has ended or stands between operations, and nothing is pending. */
export function isAtRest(code: Code, state: State): boolean {
  // A callback that double queueing has cut off its list is lost, and not pending.
  const isPending =
    code.program.rcu.order === 'fifo'
      ? state.callbackLists.some(({ first }) => first !== 'NULL')
      : state.queued.some((one) => one !== null);
  if (isPending || state.works.some(({ queued }) => queued)) return false;
  return state.cpus.every((cpu) => topContext(cpu) === 'task' && standsBetween(code, state, cpu));
}

function standsBetween(code: Code, _state: State, cpu: State['cpus'][number]): boolean {
  const frame = cpu.task.at(-1);
  if (frame === undefined) return true;
  if (!('list' in frame)) return false;
  const node = code.lists[frame.list][frame.at];
  return node.do === 'choose' && node.between === true;
}

/** Whether nobody can go on, or some CPUs wait for each other for ever. */
export function deadlocks(state: State, text: string, moves: readonly Move[]): string[] {
  const everybodyStopped = state.cpus.every((cpu) => cpu[topContext(cpu)].length === 0);
  const nobodyMoves = moves.every(({ outcome, next }) => outcome === 'disabled' || next === text);
  if (nobodyMoves && !everybodyStopped) return ['deadlock deadlock'];
  return waitForEachOther(state, moves) ? ['deadlock wait-cycle'] : [];
}

/** Whether some CPUs can only wait for locks that others of them hold, whatever the rest does. */
function waitForEachOther(state: State, moves: readonly Move[]): boolean {
  let stuck = state.cpus.flatMap((_, cpu) => {
    const own = moves.filter((one) => one.cpu === cpu && one.goesOn);
    return own.length > 0 && own.every(({ waitsFor }) => waitsFor !== undefined) ? [cpu] : [];
  });
  for (let before = -1; before !== stuck.length; ) {
    before = stuck.length;
    stuck = stuck.filter((cpu) =>
      moves.every(
        (one) => one.cpu !== cpu || !one.goesOn || stuck.includes(one.waitsFor as number),
      ),
    );
  }
  return stuck.length > 0;
}

/** Objects that are live. */
export function liveOf(state: State): number {
  return state.objects.filter((one) => one !== null).length;
}

/** What a state shows of the features of the language; for statistics. */
export function featuresOf(state: State): string[] {
  const shows: Record<string, boolean> = {
    'a softirq runs': state.cpus.some((cpu) => cpu.softirq.length > 0),
    'a hardirq runs': state.cpus.some((cpu) => cpu.hardirq.length > 0),
    'a head is queued': state.queued.some((one) => one !== null),
    'a head waits for readers': state.queued.some((one) => one !== null && one.waiting.length > 0),
    'a lock is held': state.locks.some((one) => one !== null),
    'a work is queued': state.works.some(({ queued }) => queued),
  };
  return Object.keys(shows).filter((feature) => shows[feature]);
}
