/** What is recorded of moves that were executed: 32-bit words, which the search and its inner loop both read. */

/** How a move ends: as an `Attempt`, those not enabled left out. */
export const DONE = 0;
export const SPUN = 1;
export const REFUSED = 2;

/** What a CPU's moves are recorded as, by word: how many, who is waited for, then the moves. */
export const MOVES = 0;
/** A bit per CPU that owns a lock a variant waits for; `FREE` where some variant waits for none. */
export const WAITS = 1;
/** Allocations that found no free object. */
export const SHORTAGES = 2;
/** Where the CPU stood; see `LearnedMoves`. */
export const PLACE = 3;
/** How often the moves were made. */
export const USES = 4;
/** What the moves would race with, as a number: see `Executed.races`. */
export const RACES = 5;
export const FIRST_MOVE = 6;

/** Of who is waited for: some variant waits for no lock. */
export const FREE = 1 << 31;

/** What a move is recorded as: how it ends, its number, how many words it stores; then three for each: which, bits kept, bits set. */
export const OUTCOME = 0;
export const NUMBER = 1;
export const STORES = 2;
export const FIRST_STORE = 3;
export const EACH_STORE = 3;
