/**
 * Random programs about things that are alike: pages, CPUs, list entries, sets and words that name them. Mostly nobody tells one from
 * another; now and then somebody names one, goes through all in their order, or stores what is there already.
 */
import fc from 'fast-check';
import {
  address_of,
  alloc,
  type Builder,
  type Check,
  call_rcu,
  check,
  claim,
  claimed,
  container_of,
  cpu,
  cpu_id,
  find_live,
  free,
  heap,
  list_add,
  list_add_tail,
  list_del,
  list_del_init,
  list_empty,
  list_head,
  machine,
  model,
  NONE,
  type Nodes,
  NULL,
  never,
  per_cpu,
  rcu_head,
  rcu_read_lock,
  rcu_read_unlock,
  record,
  ref,
  type StateOf,
  set_of,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
  word,
  xchg,
} from 'heddle';

const fields = {
  n: uint(1),
  owner: cpu_id(),
  other: ref('page'),
  lru: list_head(),
  cpus: set_of('cpu'),
  rcu: rcu_head(),
};
const machineOf = (pages: number) =>
  machine(
    {
      slot: word(),
      first: ref('page'),
      last: cpu_id(),
      cpus: set_of('cpu'),
      pages: set_of('page'),
      list: list_head(),
      lock: spinlock(),
      x: uint(1),
      t: per_cpu(uint(1)),
      mine: per_cpu(ref('page')),
      page: heap(pages, record('page', fields)),
    },
    { callbacks: ['free_page'] },
  );
const machines = new Map([2, 3].map((pages) => [pages, machineOf(pages)]));
type M = ReturnType<typeof machineOf>;
type State = StateOf<M>;
interface Locals {
  page: number;
  seen: number;
}
type B = Builder<State, Locals>;

/** What is done in one step: with the page at hand, where there is one, or without. */
interface Deed {
  readonly name: string;
  readonly needs?: 'page' | 'none';
  /** One that tells things apart: drawn more rarely. */
  readonly odd?: boolean;
  does(s: State, l: Locals, cpu: number): void;
}

const deeds: readonly Deed[] = [
  {
    name: 'alloc',
    needs: 'none',
    does: (s, l) => {
      l.page = alloc(s.page, { n: 0, owner: NONE });
    },
  },
  { name: 'free', needs: 'page', does: (s, l) => free(s.page, l.page) },
  {
    name: 'publish',
    needs: 'page',
    does: (s, l) => {
      s.slot = address_of(s.page[l.page]);
    },
  },
  {
    name: 'grab',
    needs: 'none',
    does: (s, l) => {
      const at = xchg(s, 'slot', NULL);
      l.page = at === NULL ? NONE : indexOf(s, at);
    },
  },
  {
    name: 'find',
    needs: 'none',
    does: (s, l) => {
      l.page = s.slot === NULL ? NONE : indexOf(s, s.slot);
    },
  },
  {
    name: 'swap first',
    does: (s, l) => {
      l.page = xchg(s, 'first', l.page);
    },
  },
  {
    name: 'swap mine',
    does: (s, l, at) => {
      const { page } = l;
      l.page = s.mine[at] as number;
      s.mine[at] = page;
    },
  },
  {
    name: 'own it',
    needs: 'page',
    does: (s, l, at) => {
      s.page[l.page].owner = at;
    },
  },
  {
    name: 'is it own',
    needs: 'page',
    does: (s, l, at) => {
      l.seen = s.page[l.page].owner === at ? 1 : 0;
    },
  },
  {
    name: 'link',
    needs: 'page',
    does: (s, l) => {
      s.page[l.page].other = s.first;
    },
  },
  {
    name: 'follow',
    needs: 'page',
    does: (s, l) => {
      l.page = s.page[l.page].other;
    },
  },
  {
    name: 'n = 1',
    needs: 'page',
    does: (s, l) => {
      s.page[l.page].n = 1;
    },
  },
  {
    name: 'n = 0',
    needs: 'page',
    does: (s, l) => {
      s.page[l.page].n = 0;
    },
  },
  {
    name: 'see n',
    needs: 'page',
    does: (s, l) => {
      l.seen = s.page[l.page].n;
    },
  },
  {
    name: 'come',
    does: (s, _, at) => {
      s.cpus |= 1 << at;
    },
  },
  {
    name: 'go',
    does: (s, _, at) => {
      s.cpus &= ~(1 << at);
    },
  },
  {
    name: 'is anybody there',
    does: (s, l) => {
      l.seen = s.cpus === 0 ? 0 : 1;
    },
  },
  {
    name: 'mark for me',
    needs: 'page',
    does: (s, l, at) => {
      s.page[l.page].cpus |= 1 << at;
    },
  },
  {
    name: 'is it marked for me',
    needs: 'page',
    does: (s, l, at) => {
      l.seen = (s.page[l.page].cpus >> at) & 1;
    },
  },
  {
    name: 'note page',
    needs: 'page',
    does: (s, l) => {
      s.pages |= 1 << l.page;
    },
  },
  {
    name: 'last = me',
    does: (s, _, at) => {
      s.last = at;
    },
  },
  {
    name: 'was it me',
    does: (s, l, at) => {
      l.seen = s.last === at ? 1 : 0;
    },
  },
  {
    name: 't = 1',
    does: (s, _, at) => {
      s.t[at] = 1;
    },
  },
  {
    name: 't = 0',
    does: (s, _, at) => {
      s.t[at] = 0;
    },
  },
  {
    name: 'x = seen',
    does: (s, l) => {
      s.x = l.seen;
    },
  },
  {
    name: 'see x',
    does: (s, l) => {
      l.seen = s.x;
    },
  },
  { name: 'claim', does: (s, l) => claim('C', s.x !== l.seen) },
  {
    name: 'list_add',
    needs: 'page',
    does: (s, l) => {
      if (list_empty(s.page[l.page].lru)) list_add(s.page[l.page].lru, s.list);
    },
  },
  {
    name: 'list_add_tail',
    needs: 'page',
    does: (s, l) => list_add_tail(s.page[l.page].lru, s.list),
  },
  { name: 'list_del_init', needs: 'page', does: (s, l) => list_del_init(s.page[l.page].lru) },
  { name: 'list_del', needs: 'page', does: (s, l) => list_del(s.page[l.page].lru) },
  {
    name: 'first of list',
    needs: 'none',
    does: (s, l) => {
      l.page = list_empty(s.list) ? NONE : container_of(s.list.next, 'page', 'lru');
    },
  },
  { name: 'call_rcu', needs: 'page', does: (s, l) => call_rcu(s.page[l.page].rcu, 'free_page') },
  // Somebody is told from others.
  {
    name: 't of CPU0 = 0',
    odd: true,
    does: (s) => {
      s.t[0] = 0;
    },
  },
  {
    name: 'see t of CPU1',
    odd: true,
    does: (s, l) => {
      l.seen = s.t[1] as number;
    },
  },
  {
    name: 'does anybody have t',
    odd: true,
    does: (s, l) => {
      l.seen = [0, 1].some((at) => s.t[at] === 1) ? 1 : 0;
    },
  },
  {
    name: 'who has t first',
    odd: true,
    does: (s) => {
      s.last = [0, 1].find((at) => s.t[at] === 1) ?? NONE;
    },
  },
  {
    name: 'clear what is set',
    odd: true,
    does: (s) => {
      for (const at of [0, 1]) if (s.t[at] === 1) s.t[at] = 0;
    },
  },
  {
    name: 'is CPU0 there',
    odd: true,
    does: (s, l) => {
      l.seen = s.cpus & 1;
    },
  },
  {
    name: 'page 0',
    odd: true,
    needs: 'none',
    does: (_, l) => {
      l.page = 0;
    },
  },
  {
    name: 'n of page 1 = 0',
    odd: true,
    does: (s) => {
      s.page[1].n = 0;
    },
  },
  {
    name: 'the first page that lives',
    odd: true,
    needs: 'none',
    does: (s, l) => {
      l.page = find_live(s.page, () => true);
    },
  },
  {
    name: 'does any page have n',
    odd: true,
    does: (s, l) => {
      l.seen = find_live(s.page, ({ n }) => n === 1) === NONE ? 0 : 1;
    },
  },
  {
    name: 'the last of the set',
    odd: true,
    needs: 'none',
    does: (s, l) => {
      l.page = s.pages === 0 ? NONE : 31 - Math.clz32(s.pages);
    },
  },
];
const plain = deeds.filter(({ odd }) => odd !== true);
const odd = deeds.filter((one) => one.odd === true);

function indexOf(s: State, at: number): number {
  for (let index = 0; index < s.page.length; index += 1)
    if (address_of(s.page[index]) === at) return index;
  return NONE;
}

export type Part =
  | { readonly deed: string }
  | { readonly locked: readonly Part[] }
  | { readonly reading: readonly Part[] }
  | { readonly ifSeen: readonly Part[] };

export interface Alike {
  readonly pages: number;
  readonly cpus: readonly { readonly count: number; readonly body: readonly Part[] }[];
  readonly published: boolean;
  readonly rcu: 'softirq' | 'offloaded';
  readonly fatal: boolean;
  /** Asked of all states, by the name of a test below. */
  readonly never: string | undefined;
}

const nevers: Readonly<Record<string, (s: State) => boolean>> = {
  'x is set': (s) => s.x === 1,
  'CPU0 has t': (s) => s.t[0] === 1,
  'some CPU has t': (s) => [0, 1].some((at) => s.t[at] === 1),
  'CPU1 was last': (s) => s.last === 1,
  'some page has n': (s) => find_live(s.page, ({ n }) => n === 1) !== NONE,
  'page 0 is published': (s) => s.first === 0,
  'the list has an entry and x is set': (s) => s.x === 1 && !list_empty(s.list),
};

const deed: fc.Arbitrary<Part> = fc
  .oneof(
    { weight: 9, arbitrary: fc.constantFrom(...plain) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  )
  .map(({ name }) => ({ deed: name }));
const some = fc.array(deed, { minLength: 1, maxLength: 3 });
const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 8, arbitrary: deed },
  { weight: 2, arbitrary: some.map((locked): Part => ({ locked })) },
  { weight: 1, arbitrary: some.map((reading): Part => ({ reading })) },
  { weight: 2, arbitrary: some.map((ifSeen): Part => ({ ifSeen })) },
);
const body = fc.array(part, { minLength: 2, maxLength: 6 });

export const alike: fc.Arbitrary<Alike> = fc.record({
  pages: fc.constantFrom(2, 2, 3),
  cpus: fc.oneof(
    { weight: 3, arbitrary: body.map((one) => [{ count: 2, body: one }]) },
    {
      weight: 1,
      arbitrary: fc
        .array(part, { minLength: 1, maxLength: 2 })
        .map((one) => [{ count: 3, body: one }]),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(body, body).map((both) => both.map((one) => ({ count: 1, body: one }))),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.array(part, { minLength: 1, maxLength: 2 }),
          fc.array(part, { minLength: 1, maxLength: 3 }),
        )
        .map(([one, other]) => [
          { count: 2, body: one },
          { count: 1, body: other },
        ]),
    },
  ),
  published: fc.boolean(),
  rcu: fc.constantFrom('softirq', 'offloaded'),
  fatal: fc.boolean(),
  never: fc.option(fc.constantFrom(...Object.keys(nevers)), { freq: 3, nil: undefined }),
});

/** Steps have names of their own. */
class Writer {
  private steps = 0;
  private readonly b: B;

  constructor(b: B) {
    this.b = b;
  }

  body(parts: readonly Part[]): Nodes {
    return parts.map((one) => this.part(one));
  }

  private part(one: Part): Nodes {
    const { b } = this;
    if ('locked' in one)
      return [
        b.call(spin_lock, (s) => s.lock, 'lock'),
        this.body(one.locked),
        b.call(spin_unlock, (s) => s.lock, 'lock'),
      ];
    if ('reading' in one)
      return [b.call(rcu_read_lock), this.body(one.reading), b.call(rcu_read_unlock)];
    this.steps += 1;
    if ('ifSeen' in one)
      return [b.when(`seen ${this.steps}`, (l) => l.seen === 1, [this.body(one.ifSeen)])];
    const { name, needs, does } = deeds.find((each) => each.name === one.deed) as Deed;
    const step = b.atomic(
      'as one',
      b.step(`${name} ${this.steps}`, (s, l, { cpu: at }) => does(s, l, at)),
    );
    if (needs === undefined) return [step];
    const has = needs === 'page';
    return [b.when(`${needs} ${this.steps}`, (l) => (l.page !== NONE) === has, [step])];
  }
}

export function checkOfAlike(one: Alike): Check {
  const m = machines.get(one.pages) as M;
  const locals = { page: ref('page'), seen: uint(1) };
  const cpus = one.cpus.map(({ count, body: parts }, at) =>
    cpu({ count, task: m.fn(`task${at}`, { locals }, (b) => new Writer(b).body(parts)) }),
  );
  const free_page = m.fn('free_page', { params: { head: word() } }, (b) => [
    b.step('free', (s, l) => free(s.page, container_of(l.head, 'page', 'rcu'))),
  ]);
  return check(
    model({
      machine: m,
      cpus,
      callbacks: { free_page },
      rcu: { callbacks: one.rcu },
      initial: (s) => {
        if (one.published) s.first = alloc(s.page, { n: 1, owner: NONE });
      },
    }),
    {
      properties: {
        'C: what is seen is not x': claimed(),
        ...(one.never === undefined
          ? {}
          : { N: never(nevers[one.never] as (s: State) => boolean) }),
      },
      facilities: {
        leak: 'off',
        KASAN: one.fatal ? 'fatal' : 'soft',
        DEBUG_LIST: one.fatal ? 'fatal' : 'soft',
      },
    },
  );
}
