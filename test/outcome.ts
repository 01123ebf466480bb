/** What tests ask of a search, as plain values to compare. */
import { type Check, explore } from 'heddle';

type Outcomes = ReturnType<typeof explore>;

/** The shortest violation of one property or facility: what was found, and how far away it is. */
export interface Found {
  readonly facility: string;
  readonly kind: string;
  readonly object: string;
  readonly steps: number;
  readonly switches: number;
}

/** What the search says of `id`, a property's id or a facility's name, where it is violated. */
export function found(check: Check, id: string): Found {
  const row = rowOf(explore(check), id);
  if (row.verdict !== 'violated' || row.finding === undefined) {
    throw new Error(`${id} is ${row.verdict}, not violated`);
  }
  const { facility, kind, object } = row.finding;
  return { facility, kind, object, steps: row.steps ?? -1, switches: row.switches ?? -1 };
}

/** The verdict and the exact size of the search; what is violated is named, so that nothing unforeseen passes. */
export function counts(check: Check): {
  verdict: string;
  violated: string[];
  states: number;
  generated: number;
  dead: number;
} {
  const { verdict } = explore(check);
  if (verdict.error !== undefined) throw new Error(`${verdict.error.code}: ${verdict.error.fact}`);
  const violated = verdict.properties
    .filter((row) => row.verdict === 'violated')
    .map((row) => row.id);
  const { states, generated, dead } = verdict;
  return { verdict: verdict.verdict, violated, states, generated, dead };
}

/** What a search that violates nothing says. */
export function clean(states: number, generated: number, dead = 1) {
  return { verdict: 'holds', violated: [], states, generated, dead };
}

/** The slug and fact of a check that the tool refuses, before the search or during it. */
export function refusal(make: () => Check): { code: string; fact: string; schedule?: string } {
  try {
    const { error } = explore(make()).verdict;
    if (error === undefined) return { code: 'not refused', fact: '' };
    const { code, fact, schedule } = error;
    return { code, fact, ...(schedule === undefined ? {} : { schedule }) };
  } catch (thrown) {
    const { code, message } = thrown as Error & { code?: string };
    return { code: code ?? 'not an error of heddle', fact: message };
  }
}

/** The steps of the shortest schedule that violates `id`, as `CPU0 softirq function: label`. */
export function schedule(check: Check, id: string): string[] {
  const outcomes = explore(check);
  const trace = outcomes.traces.find((one) => one.property.split(':')[0] === id);
  if (trace === undefined) throw new Error(`no trace for ${id}`);
  return trace.steps.map(({ cpu, context, label, stack }) => {
    const where = context === 'task' ? '' : ` ${context}`;
    return `${trace.cpus[cpu]}${where} ${stack.at(-1) ?? ''}: ${label}`;
  });
}

export function rowOf({ verdict }: Outcomes, id: string) {
  if (verdict.error !== undefined) throw new Error(`${verdict.error.code}: ${verdict.error.fact}`);
  const row = verdict.properties.find((one) => one.id === id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
}
