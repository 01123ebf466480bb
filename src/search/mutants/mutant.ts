/** A mutant: the model with one thing wrong in it, as plain data. What it is called says what is wrong. */
import type { Declared } from '../../design/errors.ts';

/** In which way a model is made wrong, in the order of a table. */
export const MUTANT_KINDS = [
  'left out',
  'swapped',
  'unlocked',
  'unmasked',
  'condition',
  'once',
  'torn',
  'number',
  'grace period',
] as const;
export type MutantKind = (typeof MUTANT_KINDS)[number];

export interface Mutant {
  /** Eight hexadecimal digits, made of the name alone. */
  readonly id: string;
  /** `page_free: without ClearPageActive(page)`: the same for as long as function and step are called so. */
  readonly name: string;
  readonly kind: MutantKind;
  /** The function that is wrong, and the steps of it that are. */
  readonly fn: string;
  readonly steps: readonly string[];
  /** Where the first of them is declared. */
  readonly place: Declared;
}

/** The id of a name: 32 bits of FNV-1a. */
export function mutantId(name: string): string {
  let hash = 0x811c9dc5;
  for (const letter of name) {
    hash ^= letter.codePointAt(0) as number;
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}
