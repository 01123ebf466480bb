/** What the functions of a design take and give back, and how their steps are listed. */
import type { Fields, Fn, ScalarType } from 'heddle';

export type Nothing = Record<never, never>;
/** Names a table: its page, and which of its tables. */
export type TableParams = { page: ScalarType<number>; h: ScalarType<number> };
/** A function that gets a table. */
export type TableFn = Fn<TableParams, Nothing>;
/** A function that gets an mmu_gather, whose batch comes back in `tlb`. */
export type GatherFn = Fn<{ tlb: ScalarType<number> }, Nothing>;
/** A function that gets both. */
export type GatherTableFn = Fn<TableParams & { tlb: ScalarType<number> }, Nothing>;
/** Its locals `page` and `h` hold the table it returns; `page` is NONE where there was no memory. */
export type AllocFn = Fn<Nothing, TableParams>;
/** A function that a CPU can run as it is. */
export type Operation = Fn<Nothing, Fields>;

/** Locals that name a table. */
export interface Table {
  page: number;
  h: number;
}

/**
 * Numbered steps of a description, by function: the labels of the model that each of them is.
 * `{ page_table_free: { 2: ['m = ...'] } }`. A label may end in ` *` for all steps of that kernel
 * word.
 */
export type Steps = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
