/** How the states of a search are kept: whole, compressed without loss, or only told apart by what is left of them. */
import { HeddleError } from '../../design/errors.ts';

/** Bits of the table of bitstate, as a power of two. */
export const DEFAULT_BITS = 30;
export const FEWEST_BITS = 10;
export const MOST_BITS = 35;

/**
 * `plain` keeps whole states (the default), `tree` the same compressed; `fingerprint` 64 bits of each, `bitstate` three bits in a table of
 * 2 to the power of `bits`, from 10 to 35. The last two keep with `parents` which move led to each state, in two bytes: schedules then
 * come from there, and not from a second search that keeps whole states.
 * @example explore(lostUpdate, { store: { name: 'tree' } })
 */
export type StoreChoice =
  | { readonly name: 'plain' }
  | { readonly name: 'tree' }
  | { readonly name: 'fingerprint'; readonly parents?: boolean }
  | { readonly name: 'bitstate'; readonly bits: number; readonly parents?: boolean };

export const PLAIN: StoreChoice = { name: 'plain' };
export const TREE: StoreChoice = { name: 'tree' };

/** @throws HeddleError `bad-check` for a store that does not exist. */
export function storeOf(choice: StoreChoice = PLAIN): StoreChoice {
  if (['plain', 'tree', 'fingerprint', 'bitstate'].includes(choice.name)) return choice;
  const known = 'there are plain, tree, fingerprint and bitstate';
  throw new HeddleError('bad-check', `store ${JSON.stringify(choice)}: ${known}`);
}

/** Whether it is kept which move led to each state. */
export function keepsParents(choice: StoreChoice): boolean {
  return keepsAll(choice) || ('parents' in choice && choice.parents === true);
}

/** Whether all states can be looked at again. */
export function keepsAll({ name }: StoreChoice): boolean {
  return name === 'plain' || name === 'tree';
}
