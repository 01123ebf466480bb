/** Objects that come and go: `kmalloc`, `alloc_page`, `kfree`, and what KASAN watches of them. */
import { processor } from '../design/processor.ts';
import { type HeapView, NONE, type View } from '../design/schema.ts';

type Values<V> = { [K in keyof V as V[K] extends View ? never : K]?: V[K] };

/**
 * Allocates an object of `heap`: every free slot is tried. Returns its index, or `NONE` where all
 * are live, an outcome the model must handle. `initial` are the fields the allocator itself sets;
 * all others are uninitialised and must be stored before they are read (KASAN).
 * @example l.page = alloc(s.page, { refcount: 0 });
 */
export function alloc<V>(heap: HeapView<V>, initial?: Values<V>): number {
  return processor().allocate(heap, initial as Record<string, unknown> | undefined);
}

/**
 * Frees an object: every later access is use-after-free, until its slot is allocated again. Freeing
 * twice is a report.
 */
export function free<V>(heap: HeapView<V>, index: number): void {
  processor().release(heap, index);
}

/**
 * Whether an object is live; for properties, claims and the client, never for a design (no kernel
 * can ask).
 */
export function is_live(object: View): boolean {
  return processor().isLive(object);
}

/**
 * Accesses a struct whose object may be gone, without a report: what `try_grab_folio` may do with a
 * struct page.
 */
export function speculative<T>(body: () => T): T {
  return processor().speculate(body);
}

/**
 * The index of an object that is live in `heap` and satisfies `predicate`, or `NONE`; for
 * properties and clients.
 */
export function find_live<V>(
  heap: HeapView<V>,
  predicate: (object: V, index: number) => boolean,
): number {
  for (let index = 0; index < heap.length; index += 1) {
    const object = heap[index] as V;
    if (is_live(object as View) && predicate(object, index)) return index;
  }
  return NONE;
}
