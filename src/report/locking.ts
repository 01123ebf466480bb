/** lockdep's two columns: the schedule that could deadlock, whether or not one has. */

const COLUMN = 28;
/** Names of locks longer than this stand in no column. */
const LONGEST = 20;

/** `Possible unsafe locking scenario:`, as lockdep draws it, to be set as it is; nothing for other kinds, or where it would not fit. */
export function unsafeLocking(kind: string, message: string): string[] {
  const locks = locksOf(kind, message);
  if (locks.length === 0 || locks.some((lock) => lock.length > LONGEST)) return [];
  if (kind === 'lock-order-cycle') return circle(locks);
  return locks.length === 1 ? inconsistent(locks[0]) : interrupted(locks);
}

function locksOf(kind: string, message: string): string[] {
  const unsafe = /inconsistent lock state: (.*?) is taken in/.exec(message);
  if (unsafe !== null) return [unsafe[1]];
  if (kind === 'lock-order-cycle')
    return message
      .slice(message.indexOf(': ') + 2)
      .split(' -> ')
      .slice(0, -1);
  const order = / lock order: (.*)$/.exec(message);
  return order === null ? [] : order[1].split(' -> ');
}

/** Each CPU holds a lock and waits for that of the next; at most as many as fit side by side. */
function circle(locks: readonly string[]): string[] {
  if (locks.length === 1)
    return drawn(1, [
      [0, `lock(${locks[0]});`],
      [0, `lock(${locks[0]});`],
    ]);
  if (locks.length > 2) {
    const chain = ['Chain exists of:', `  ${[...locks, locks[0]].join(' --> ')}`, ''];
    const [first, last] = [locks[0], locks.at(-1) as string];
    return chain.some((line) => line.length > 68)
      ? []
      : [...chain, ...twoCpus(last, first, locks[1])];
  }
  return twoCpus(locks[1], locks[0], locks[1]);
}

/** The second CPU holds `held` and goes for what comes after it; the first holds `taken`, which closes the circle. */
function twoCpus(taken: string, held: string, after: string): string[] {
  return drawn(2, [
    [0, `lock(${taken});`],
    [1, `lock(${held});`],
    [1, `lock(${after});`],
    [0, `lock(${held});`],
  ]);
}

function inconsistent(lock: string): string[] {
  return drawn(1, [
    [0, `lock(${lock});`],
    [0, '<Interrupt>'],
    [0, `  lock(${lock});`],
  ]);
}

function interrupted(locks: readonly string[]): string[] {
  const [safe, unsafe] = [locks[0], locks.at(-1) as string];
  return drawn(2, [
    [0, `lock(${unsafe});`],
    [1, 'local_irq_disable();'],
    [1, `lock(${safe});`],
    [1, `lock(${locks[1]});`],
    [0, '<Interrupt>'],
    [0, `  lock(${safe});`],
  ]);
}

function drawn(cpus: 1 | 2, rows: readonly (readonly [column: number, text: string])[]): string[] {
  const at = (column: number, text: string): string => ' '.repeat(2 + column * COLUMN) + text;
  const heads = (text: (cpu: number) => string): string =>
    Array.from({ length: cpus }, (_, cpu) => text(cpu).padEnd(COLUMN))
      .join('')
      .trimEnd();
  return [
    '',
    'Possible unsafe locking scenario:',
    '',
    `      ${heads((cpu) => `CPU${cpu}`)}`,
    `      ${heads(() => '----')}`,
    ...rows.map(([column, text]) => at(column, text)),
    '',
    '*** DEADLOCK ***',
  ];
}
