/** The plan of a tree, by which states are folded: 32-bit words that both sides know by these numbers. Places are addresses in bytes. */

/** How many components there are; the numbers in a `TreeStore` that have these names. */
export const COMPONENTS = 0;
export const LEFT = 1;
export const RIGHT = 2;
export const MIDDLE = 3;
/** Room for the words of one state, and for a number of each component behind them. */
export const VALUES = 4;
/** What components are made of, and where that of each begins; the segments of roots, by address. */
export const PARTS_OF = 5;
export const STARTS = 6;
export const ROOTS = 7;
/** Of each component so many words, which follow. */
export const FIRST_COMPONENT = 8;
export const EACH_COMPONENT = 9;

/** Words of a row, and words that are kept of it. */
export const ROW_WIDTH = 0;
export const KEPT = 1;
/** The slots that its rows are found by, and how many they are. */
export const SLOTS = 2;
export const SLOT_COUNT = 3;
/** The segments of rows, by address; how many numbers were given out. */
export const ROWS_AT = 4;
export const GIVEN = 5;
/** The row that was put in last, and its number; a number that could not be used. */
export const LAST_ROW = 6;
export const LAST_NUMBER = 7;
export const SPARE = 8;

/** Where there is no such number. */
export const NONE = -1;
