/** What is measured: each row a check, and the ways to search it that are compared with each other. */
import type { Twin } from './spin.ts';

export type Way =
  | {
      readonly kind: 'spin';
      readonly name: string;
      readonly twin: Omit<Twin, 'file'> & { readonly file: string };
    }
  /** `flags` of `heddle check`; a way whose flags it does not know is left out. */
  | {
      readonly kind: 'search' | 'start' | 'heap';
      readonly name: string;
      readonly check: string;
      readonly flags: readonly string[];
    }
  | { readonly kind: 'frozen'; readonly name: string };

export interface Row {
  readonly name: string;
  /** Left out unless it is asked for. */
  readonly big?: boolean;
  /** The first is what the others are compared with. */
  readonly ways: readonly Way[];
}

interface Subject {
  readonly name: string;
  readonly check: string;
  readonly twin?: Extract<Way, { kind: 'spin' }>['twin'];
}

/** Four models of 4 to 8 million states. */
const FULL: readonly Subject[] = [
  {
    name: 'fragment_allocator',
    check: 'bench/fragment_allocator_3x4',
    twin: { file: 'fragment_allocator.pml', defines: { N: 3, R: 4 }, hashBits: 24 },
  },
  {
    name: 'philosophers',
    check: 'bench/philosophers_14',
    twin: { file: 'philosophers.pml', defines: { N: 14 }, hashBits: 24, maxDepth: 5_000_000 },
  },
  {
    name: 'ticket_lock',
    check: 'bench/ticket_lock',
    twin: { file: 'ticket_lock.pml', defines: { N: 6, R: 3 }, hashBits: 24 },
  },
  {
    name: 'counter',
    check: 'bench/counter',
    twin: { file: 'counter.pml', defines: { N: 4, R: 4 }, hashBits: 24 },
  },
];

/** The same at sizes of some hundred thousand. */
const QUICK: readonly Subject[] = [
  {
    name: 'fragment_allocator',
    check: 'bench/fragment_allocator_3x2',
    twin: { file: 'fragment_allocator.pml', defines: { N: 3, R: 2 }, hashBits: 22 },
  },
  {
    name: 'philosophers',
    check: 'bench/philosophers_12',
    twin: { file: 'philosophers.pml', defines: { N: 12 }, hashBits: 22, maxDepth: 500_000 },
  },
  {
    name: 'ticket_lock',
    check: 'bench/ticket_lock_5x3',
    twin: { file: 'ticket_lock.pml', defines: { N: 5, R: 3 }, hashBits: 22 },
  },
  {
    name: 'counter',
    check: 'bench/counter_4x3',
    twin: { file: 'counter.pml', defines: { N: 4, R: 3 }, hashBits: 22 },
  },
];

/** Measured only where its name is given: minutes, and 4 GiB for SPIN. */
const BIG: Subject = {
  name: 'fragment_allocator',
  check: 'bench/fragment_allocator_4x2',
  twin: { file: 'fragment_allocator.pml', defines: { N: 4, R: 2 }, hashBits: 27 },
};

/** A design with states of about 90 bytes: V3, two CPUs and a walker. */
const V3: readonly Subject[] = [{ name: 'v3', check: 's390_pgtable/v3_large' }];
const QUICK_V3: readonly Subject[] = [{ name: 'v3', check: 's390_pgtable/v3' }];

/** Every state: what is compared with a search that reduces nothing. */
const WHOLE = ['--reduce', 'none'];

/** A check of about a thousand states. */
const THOUSAND = 'classic/peterson_3';

const SETS = {
  threads: [
    { name: '1 thread', flags: ['--threads', '1'] },
    { name: '2 threads', flags: ['--threads', '2'] },
  ],
  stores: [
    { name: 'plain', flags: ['--store', 'plain'] },
    { name: 'tree', flags: ['--store', 'tree'] },
    { name: 'fingerprint', flags: ['--store', 'fingerprint'] },
    { name: 'and parents', flags: ['--store', 'fingerprint', '--parents'] },
  ],
  orders: [
    { name: 'bfs', flags: ['--order', 'bfs'] },
    { name: 'dfs', flags: ['--order', 'dfs'] },
  ],
} as const;

/** All rows. Where `heddle check` knows `--threads`, everything but the rows of threads is searched by one. */
export function rowsOf(quick: boolean, isKnown: (flags: readonly string[]) => boolean): Row[] {
  const subjects = quick ? QUICK : FULL;
  const designs = quick ? QUICK_V3 : V3;
  const allocator = subjects.slice(0, 1);
  const one = [...WHOLE, ...(isKnown(['--threads']) ? ['--threads', '1'] : [])];
  const against = (set: keyof typeof SETS, subject: Subject, base: readonly string[]): Row => ({
    name: `${set}/${subject.name}`,
    ways: SETS[set]
      .filter(({ flags }) => isKnown(flags))
      .map(({ name, flags }) => search(name, subject.check, [...base, ...flags])),
  });
  const withTwin = (set: string, { name, check, twin }: Subject): Row => ({
    name: `${set}/${name}`,
    big: set === 'big',
    ways: [
      ...(twin === undefined ? [] : [{ kind: 'spin', name: 'SPIN', twin } as const]),
      search('heddle', check, one),
    ],
  });
  const rows: Row[] = [
    ...subjects.map((subject) => withTwin('spin', subject)),
    withTwin('big', BIG),
    reduced(BIG),
    ...designs.map(({ name, check }) => ({
      name: `design/${name}`,
      ways: [search('heddle', check, one)],
    })),
    ...[...subjects, ...designs].map((subject) => against('threads', subject, WHOLE)),
    ...[...allocator, ...designs].map((subject) => against('stores', subject, one)),
    ...allocator.map((subject) => against('orders', subject, one)),
    {
      name: 'engines',
      ways: [{ kind: 'frozen', name: 'frozen' }, search('packed', QUICK[0]?.check as string, one)],
    },
    ...subjects.map(
      ({ name, check }): Row => ({
        name: `heap/${name}`,
        ways: [{ kind: 'heap', name: 'heap', check, flags: one }],
      }),
    ),
    {
      name: 'start',
      ways: [{ kind: 'start', name: 'command line', check: THOUSAND, flags: [] }],
    },
  ];
  // A row of flags that are not known, or with nothing to compare, says nothing.
  return rows.filter(
    ({ name, ways }) => ways.length > (/^(threads|stores|orders)/.test(name) ? 1 : 0),
  );
}

/** SPIN with its partial-order reduction, and heddle as users start it: from the prompt to the verdict. */
function reduced({ name, check, twin }: Subject): Row {
  const spin: Way[] =
    twin === undefined
      ? []
      : [{ kind: 'spin', name: 'SPIN, reduced', twin: { ...twin, reduces: true } }];
  return {
    name: `reduced/${name}`,
    big: true,
    ways: [...spin, { kind: 'start', name: 'heddle', check, flags: [] }],
  };
}

function search(name: string, check: string, flags: readonly string[]): Way {
  return { kind: 'search', name, check, flags };
}
