/** A look around before a search begins, so that what steps touch is known and need not be retracted: random walks, the same each time. */
import type { Limits } from '../limits.ts';
import { Chance } from '../orders/chance.ts';
import type { Search } from '../search.ts';

const SEED = 1;
/** Walks from each initial state, and steps of a walk, at most. */
const WALKS = 24;
const STEPS = 256;
/** States in all, at most. */
const MOST_STATES = 2_000;

/** Learns the moves of the states that walks come through, and asks the properties of each. */
export function tour(search: Search, limits: Limits): void {
  const { successors, visited, answers } = search;
  const { batch } = successors;
  const chance = new Chance(SEED);
  let seen = 0;
  for (let walk = 0; walk < WALKS * search.initialNames.length; walk += 1) {
    batch.begin();
    successors.gather(walk % visited.count, false);
    for (let step = 0; step < STEPS && seen < MOST_STATES; step += 1) {
      const first = batch.startOf(batch.origins - 1);
      if (first === batch.count || limits.stopped !== undefined) break;
      const at = first + chance.below(batch.count - first);
      search.level = step;
      answers.state(batch.words, at * batch.width, search.atSuccessor, false);
      successors.gatherFrom(at);
      seen += 1;
    }
  }
}
