/** Numbers that say how states and what belongs to them lie in memory: the search and its inner loop both go by them. */

/** Parts of the table: a power of two, so that some bits of a hash say which. */
export const PARTS = 64;
export const PART_BITS = 6;
/**
 * Where a search begins: at a multiple of as many slots, a line of the cache. Of what lies there, all is known of the hash that a larger
 * part asks for, unless it may belong to the slots before.
 */
export const GROUP = 16;

/** States in a segment of states, of parents, of roots; rows in a segment of a component. */
export const SEGMENT_BITS = 18;
export const ROW_SEGMENT_BITS = 14;

/** Parents below 0, which stand for initial states by name, are counted before all others; there are fewer than this. */
export const NAMES = 1048576;
/** Bits of a parent that stand beside its state. */
export const LOW_BITS = 8;
/** Notes of first children in a page. */
export const PAGE_BITS = 14;

/** Properties in a word of a profile. */
export const ROWS_PER_WORD = 16;
