/** Which mutants a check calls equivalent: by name, by id, or by a pattern of names, each with the reason why. */
import type { Mutant } from './mutant.ts';

/** As a check declares them: `{ 'free: *before smp_mb()': 'nobody else has the object yet' }`. */
export type Equivalents = Readonly<Record<string, string>>;

export interface Reason {
  /** As the check has it. */
  readonly key: string;
  readonly why: string;
}

/**
 * The reason why a mutant does what the model does; undefined where none is given. Its whole name or its id comes before patterns, in
 * which `*` stands for any text, and of these the first that fits.
 */
export function reasonFor({ id, name }: Mutant, equivalent: Equivalents): Reason | undefined {
  const keys = Object.keys(equivalent);
  const key =
    keys.find((one) => one === name) ??
    keys.find((one) => one === id) ??
    keys.find((one) => one.includes('*') && patternOf(one).test(name));
  return key === undefined ? undefined : { key, why: equivalent[key] as string };
}

function patternOf(key: string): RegExp {
  const parts = key.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
