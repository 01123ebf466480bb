/** leak: at rest, a live object that nothing leads to. */
import {
  address_of,
  alloc,
  atomic_cmpxchg,
  check,
  container_of,
  cpu,
  free,
  heap,
  INIT_LIST_HEAD,
  list_add,
  list_del,
  list_head,
  machine,
  model,
  NONE,
  record,
  ref,
  uint,
  word,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found } from '../outcome.ts';

const boxes = machine({ published: ref('box'), box: heap(2, record({ value: uint(1) })) });

describe('leak', () => {
  test('the second publisher overwrites the only pointer to the first box', () => {
    const publish = boxes.fn('publish', { locals: { p: ref('box') } }, (b) => [
      b.step('p = alloc', (s, l) => {
        l.p = alloc(s.box, { value: 0 });
      }),
      b.step('published = p', (s, l) => {
        s.published = l.p;
      }),
    ]);
    const overwritten = check(model({ machine: boxes, cpus: [cpu({ count: 2, task: publish })] }), {
      expected: { leak: 'violated' },
    });
    expect(found(overwritten, 'leak')).toEqual({
      facility: 'leak',
      kind: 'leak',
      object: 'box[0]',
      steps: 4,
      switches: 1,
    });
  });

  test('not when the one who comes too late frees its box', () => {
    const publish = boxes.fn('publish', { locals: { p: ref('box') } }, (b) => [
      b.step('p = alloc', (s, l) => {
        l.p = alloc(s.box, { value: 0 });
      }),
      b.scope({ old: ref('box') }, (c) => [
        c.step('old = cmpxchg(published, NULL, p)', (s, l) => {
          l.old = atomic_cmpxchg(s, 'published', NONE, l.p);
        }),
        c.when('old', (l) => l.old !== NONE, [c.step('free(p)', (s, l) => free(s.box, l.p))]),
      ]),
    ]);
    const decided = check(model({ machine: boxes, cpus: [cpu({ count: 2, task: publish })] }));
    // Dead: one box or the other is published.
    expect(counts(decided)).toEqual(clean(21, 29, 2));
  });

  test('a pointer inside an object counts only where that object is reachable itself', () => {
    const chain = machine({
      head: list_head(),
      page: heap(1, record('page', { lru: list_head() })),
    });
    const drop = (forget: boolean) =>
      check(
        model({
          machine: chain,
          cpus: [
            cpu({
              task: chain.fn('drop', { locals: { p: word() } }, (b) => [
                b.step('p = head->next', (s, l) => {
                  l.p = s.head.next;
                }),
                b.atomic(
                  'one CPU alone',
                  b.step('list_del', (s) => list_del(s.page[0].lru)),
                ),
                forget
                  ? []
                  : b.step('free(container_of(p))', (s, l) => {
                      free(s.page, container_of(l.p, 'page', 'lru'));
                    }),
              ]),
            }),
          ],
          initial: (s) => {
            INIT_LIST_HEAD(s.head);
            alloc(s.page);
            list_add(s.page[0].lru, s.head);
          },
        }),
        forget ? { expected: { leak: 'violated' } } : {},
      );
    expect(found(drop(true), 'leak')).toMatchObject({ object: 'page[0]', steps: 2, switches: 0 });
    expect(counts(drop(false))).toEqual(clean(4, 4));
  });

  test('the address of any word of an object keeps it', () => {
    const pointers = machine({ p: word(), page: heap(1, record('page', { lru: list_head() })) });
    const keep = pointers.fn('keep', (b) => [
      b.step('p = &page->lru.prev', (s) => {
        s.p = address_of(s.page[0].lru, 'prev');
      }),
    ]);
    const kept = check(
      model({ machine: pointers, cpus: [cpu({ task: keep })], initial: (s) => void alloc(s.page) }),
    );
    expect(counts(kept)).toEqual(clean(2, 2));
  });
});
