/** How the states of a search are kept: whole, compressed without loss, or only told apart by what is left of them. */
import { HeddleError } from '../../design/errors.ts';

/**
 * `plain` keeps whole states (the default), `tree` the same compressed.
 * @example explore(lostUpdate, { store: { name: 'tree' } })
 */
export type StoreChoice = { readonly name: 'plain' } | { readonly name: 'tree' };

export const PLAIN: StoreChoice = { name: 'plain' };

/** @throws HeddleError `bad-check` for a store that does not exist. */
export function storeOf(choice: StoreChoice = PLAIN): StoreChoice {
  switch (choice.name) {
    case 'plain':
    case 'tree':
      return choice;
    default:
      throw new HeddleError(
        'bad-check',
        `store ${JSON.stringify(choice)}: there are plain and tree`,
      );
  }
}
