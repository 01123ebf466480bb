/** The moves of a stored state, executed once more: for what is to be shown of a search, and not while it goes on. */
import type { Attempt } from '../machine/engine.ts';
import { expand, type Move } from '../machine/moves.ts';
import type { Expander } from './expander.ts';

/** Tells of every move that is enabled in a stored state, or of those of one CPU; engine and memory hold what it did. */
export function tryMoves(
  search: Expander,
  state: number,
  visit: (move: Move, outcome: Attempt) => void,
  only = -1,
): void {
  const { engine } = search;
  search.show(state);
  expand(
    engine,
    {
      restore: () => search.restore(),
      visit: ({ cpu, level }, _entering, outcome) => {
        if (outcome !== 'disabled') visit({ cpu, level, choice: engine.choices.ordinal }, outcome);
      },
    },
    only,
  );
}

/** Tells of every move that leads from one stored state to another, or of those of one CPU. */
export function movesBetween(
  search: Expander,
  from: number,
  to: number,
  visit: (move: Move) => void,
  only = -1,
): void {
  tryMoves(
    search,
    from,
    (move, outcome) => {
      if (outcome === 'done' && search.visited.find(search.engine.memory.words) === to) visit(move);
    },
    only,
  );
}
