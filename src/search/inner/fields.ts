/** The control block of the inner loop: 32-bit words that both sides know by these numbers. Places are addresses in bytes. */

/** 32-bit words of a packed state; CPUs. */
export const WIDTH = 0;
export const CPUS = 1;
/** Of the batch: its arrays as in `Batch`, and how many moves and origins they have room for. */
export const WORDS = 2;
export const SOURCES = 3;
export const HASHES = 4;
export const NUMBERS = 5;
export const LOOPS = 6;
export const ENTRIES = 7;
export const END_OF = 8;
export const ROOM = 9;
export const ORIGIN_ROOM = 10;
/** States led to, and states whose moves were added. */
export const COUNT = 11;
export const ORIGINS = 12;
/** Moves after which a block ends. */
export const MOST = 13;
/** What was learned of moves: the records, how often each place was used, and by CPU the nodes of its tree. */
export const RECORDS = 14;
export const USES = 15;
export const TREES = 16;
/** By CPU, for the state at hand: its record, and whom it waits for. */
export const FOUND = 17;
export const WAITS_OF = 18;
/** Whether deadlocks are looked for. */
export const DEADLOCKS = 19;
/** Which moves have met, as a matrix of bytes with so many in a row; 0 where races are not watched. */
export const MET = 20;
export const MEETINGS = 21;
/** The segments of states, and those of parents by their low bits, by address; and the pages of first children. */
export const SEGMENTS = 22;
export const LOWS = 23;
export const FIRSTS = 24;
/** The parts of the table: of each its address and its slots. How many are taken, and how many may be. */
export const PARTS_AT = 25;
export const TAKEN = 26;
export const FULL_AT = 27;
/** States stored. */
export const STATES = 28;
/** The state that the first origin is. */
export const FIRST = 29;
/** Where the insertion goes on: an origin and a move. */
export const ORIGIN = 30;
export const AT = 31;
/** The last parent put in, all of it but its low bits. */
export const HIGH = 32;
/** By the number of a deed, a byte: whether something is asked after it. */
export const AFTER = 33;
/** What properties say: how many rows, words of a profile, profiles of both levels, the first states of both. */
export const ROWS = 34;
export const PROFILE = 35;
export const CURRENT = 36;
export const NEXT = 37;
export const LEVEL_FROM = 38;
export const NEXT_FROM = 39;
/** By word and row what was looked at; by row the nodes of its tree, and how often it was used; by word what is violated. */
export const LOOKS = 40;
export const ANSWERS = 41;
export const ANSWER_USES = 42;
export const VIOLATIONS = 43;
/** The row that is about leaks, or the number of rows. */
export const LEAKS = 44;
/** Profiles that were met, of so many words each, with how many states have each in the word before. */
export const TALLY = 45;
export const TALLIES = 46;
/** Rows that are asked again. */
export const STALE = 47;
/** The state that the last move led to, and whether it is new. */
export const RESULT = 48;
export const IS_NEW = 49;

/** Of the outbox: words and marks by place, what is known of chunks; and what place 0 counts as. */
export const OUT_WORDS = 50;
export const OUT_MARKS = 51;
export const OUT_CHUNKS = 52;
export const OUT_BASE = 53;
/** The first state of the block, and states of a chunk. */
export const BLOCK_FROM = 54;
export const CHUNK_STATES = 55;
/** The place that comes next, and where they end; slots claimed, by part. */
export const PLACE = 56;
export const LAST_PLACE = 57;
export const CLAIMED = 58;
/** States of a part that is filled whose hash has to be made again, at most `UNSURE_ROOM` at once. */
export const UNSURE = 59;
/** Words that a move has changed, each with its bits. */
export const CHANGES = 60;
/** Of what was looked at: entries of a word, a multiple of four. */
export const STRIDE = 61;
/** How states are folded, where they are, and then `SEGMENTS` is 0: the plan of the tree. Room for the words of one. */
export const TREE = 62;
export const SOURCE_ROOM = 63;

/** Words of the block. */
export const FIELDS = 64;
export const UNSURE_ROOM = 256;

/** Why the insertion has stopped. */
export const FINISHED = 0;
/** A part of the table is full: `RESULT` says which. */
export const GROW = 1;
/** The move at hand is for the other side to note; and, where it leads to a new state, to ask of that. */
export const NOTE = 2;
/** The new state is for the other side to ask of. */
export const ASK = 3;

/** Why claiming has stopped: there are no places left; a part of the table is full. */
export const NO_PLACE = 1;
export const NO_SLOT = 2;

/** What is known of a place beside the words there: the state that leads there, the slot of the table, the hash. */
export const PARENT = 0;
export const SLOT = 1;
export const HASH = 2;
export const MARKS = 3;

/** What is known of a chunk: where its places begin and end, and how many of them are new states. */
export const START = 0;
export const END = 1;
export const NEW = 2;
export const KNOWN = 3;
