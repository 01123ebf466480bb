/** KASAN: an object is touched after it was freed, before it was initialised, or through no pointer at all. */
import {
  alloc,
  array,
  check,
  cpu,
  deref,
  free,
  heap,
  INIT_LIST_HEAD,
  list_add,
  list_del,
  list_del_init,
  list_head,
  machine,
  model,
  NONE,
  rcu_read_lock,
  rcu_read_unlock,
  record,
  ref,
  synchronize_rcu,
  uint,
  word,
  xchg,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found } from '../outcome.ts';

const boxes = machine({
  published: ref('box'),
  box: heap(1, record({ value: uint(2) })),
});

const published = (s: { published: number; box: never }) => {
  s.published = alloc(s.box, { value: 1 } as never);
};

type Access = 'read' | 'write';

/** A reader looks at the published box, the remover takes it off and frees it at once. */
function removed_at_once(access: Access) {
  const reader = boxes.fn('reader', { locals: { p: ref('box'), value: uint(2) } }, (b) => [
    b.step('p = published', (s, l) => {
      l.p = s.published;
    }),
    b.when('p', (l) => l.p !== NONE, [
      access === 'read'
        ? b.step('read p->value', (s, l) => {
            l.value = s.box[l.p].value;
          })
        : b.step('p->value = 2', (s, l) => {
            s.box[l.p].value = 2;
          }),
    ]),
  ]);
  const remover = boxes.fn('remover', (b) => [
    b.step('published = NULL', (s) => {
      s.published = NONE;
    }),
    b.step('free', (s) => free(s.box, 0)),
  ]);
  return check(
    model({
      machine: boxes,
      cpus: [cpu({ task: reader }), cpu({ task: remover })],
      initial: published as never,
    }),
    { expected: { KASAN: 'violated' } },
  );
}

/** The same, but the remover waits for readers before it frees. */
function removed_after_a_grace_period(access: Access) {
  const reader = boxes.fn('reader', { locals: { p: ref('box'), value: uint(2) } }, (b) => [
    b.call(rcu_read_lock),
    b.step('p = published', (s, l) => {
      l.p = s.published;
    }),
    b.when('p', (l) => l.p !== NONE, [
      access === 'read'
        ? b.step('read p->value', (s, l) => {
            l.value = s.box[l.p].value;
          })
        : b.step('p->value = 2', (s, l) => {
            s.box[l.p].value = 2;
          }),
    ]),
    b.call(rcu_read_unlock),
  ]);
  const remover = boxes.fn('remover', (b) => [
    b.step('published = NULL', (s) => {
      s.published = NONE;
    }),
    b.call(synchronize_rcu),
    b.step('free', (s) => free(s.box, 0)),
  ]);
  return check(
    model({
      machine: boxes,
      cpus: [cpu({ task: reader }), cpu({ task: remover })],
      initial: published as never,
    }),
  );
}

describe('use after free', () => {
  test.each(['read', 'write'] as const)('a %s of a freed object', (access) => {
    expect(found(removed_at_once(access), 'KASAN')).toEqual({
      facility: 'KASAN',
      kind: 'use-after-free',
      object: 'box[0].value',
      steps: 4,
      switches: 2,
    });
  });

  test('not when the object is freed after a grace period', () => {
    // 5 states before the removal, 6 after it, 8 while waiting (4 with the reader waited for), 4 after that, 4 freed.
    expect(counts(removed_after_a_grace_period('read'))).toEqual(clean(27, 42));
  });

  test('not for a write either, whose value stays until the object is freed', () => {
    expect(counts(removed_after_a_grace_period('write'))).toEqual(clean(30, 45));
  });
});

describe('double free', () => {
  test('two CPUs see the object and free it', () => {
    const drop = boxes.fn('drop', { locals: { p: ref('box') } }, (b) => [
      b.step('p = published', (s, l) => {
        l.p = s.published;
      }),
      b.when('p', (l) => l.p !== NONE, [
        b.step('published = NULL', (s) => {
          s.published = NONE;
        }),
        b.step('free(p)', (s, l) => free(s.box, l.p)),
      ]),
    ]);
    const twice = check(
      model({
        machine: boxes,
        cpus: [cpu({ count: 2, task: drop })],
        initial: published as never,
      }),
      { expected: { KASAN: 'violated' } },
    );
    expect(found(twice, 'KASAN')).toEqual({
      facility: 'KASAN',
      kind: 'double-free',
      object: 'box[0]',
      steps: 6,
      switches: 2,
    });
  });

  test('not when one exchange decides who frees', () => {
    const drop = boxes.fn('drop', { locals: { p: ref('box') } }, (b) => [
      b.step('p = xchg(published, NULL)', (s, l) => {
        l.p = xchg(s, 'published', NONE);
      }),
      b.when('p', (l) => l.p !== NONE, [b.step('free(p)', (s, l) => free(s.box, l.p))]),
    ]);
    const once = check(
      model({
        machine: boxes,
        cpus: [cpu({ count: 2, task: drop })],
        initial: published as never,
      }),
    );
    expect(counts(once)).toEqual(clean(8, 11));
  });
});

describe('uninitialised', () => {
  const handOver = (early: boolean) => {
    const publish = boxes.fn('publish', { locals: { p: ref('box') } }, (b) => {
      const initialise = b.step('p->value = 1', (s, l) => {
        s.box[l.p].value = 1;
      });
      const show = b.step('published = p', (s, l) => {
        s.published = l.p;
      });
      return [
        b.step('p = alloc', (s, l) => {
          l.p = alloc(s.box);
        }),
        early ? [show, initialise] : [initialise, show],
      ];
    });
    const reader = boxes.fn('reader', { locals: { p: ref('box'), value: uint(2) } }, (b) => [
      b.step('p = published', (s, l) => {
        l.p = s.published;
      }),
      b.when('p', (l) => l.p !== NONE, [
        b.step('read p->value', (s, l) => {
          l.value = s.box[l.p].value;
        }),
      ]),
    ]);
    return check(
      model({ machine: boxes, cpus: [cpu({ task: publish }), cpu({ task: reader })] }),
      early ? { expected: { KASAN: 'violated' } } : {},
    );
  };

  test('an object is published before its field is stored', () => {
    expect(found(handOver(true), 'KASAN')).toEqual({
      facility: 'KASAN',
      kind: 'uninitialised',
      object: 'box[0].value',
      steps: 4,
      switches: 1,
    });
  });

  test('not when it is published afterwards', () => {
    expect(counts(handOver(false))).toEqual(clean(9, 12));
  });
});

describe('NULL', () => {
  const slots = machine({
    current: ref('slot'),
    slot: array(1, record({ value: uint(2) })),
  });
  const clear = slots.fn('clear', (b) => [
    b.step('current = NULL', (s) => {
      s.current = NONE;
    }),
  ]);
  const start = (s: { current: number }) => {
    s.current = 0;
  };

  test('a pointer is tested and then read again', () => {
    const reader = slots.fn('reader', { locals: { p: ref('slot'), value: uint(2) } }, (b) => [
      b.test('current', (s) => s.current !== NONE, [
        b.step('p = current', (s, l) => {
          l.p = s.current;
        }),
        b.step('read p->value', (s, l) => {
          l.value = s.slot[l.p].value;
        }),
      ]),
    ]);
    const again = check(
      model({
        machine: slots,
        cpus: [cpu({ task: reader }), cpu({ task: clear })],
        initial: start,
      }),
      { expected: { KASAN: 'violated' } },
    );
    expect(found(again, 'KASAN')).toEqual({
      facility: 'KASAN',
      kind: 'null-dereference',
      object: 'slot',
      steps: 4,
      switches: 2,
    });
  });

  test('not when it is read once', () => {
    const reader = slots.fn('reader', { locals: { p: ref('slot'), value: uint(2) } }, (b) => [
      b.step('p = current', (s, l) => {
        l.p = s.current;
      }),
      b.when('p', (l) => l.p !== NONE, [
        b.step('read p->value', (s, l) => {
          l.value = s.slot[l.p].value;
        }),
      ]),
    ]);
    const once = check(
      model({
        machine: slots,
        cpus: [cpu({ task: reader }), cpu({ task: clear })],
        initial: start,
      }),
    );
    expect(counts(once)).toEqual(clean(6, 8));
  });

  test('a word that is NULL is dereferenced', () => {
    const pointers = machine({ head: list_head() });
    const follow = pointers.fn('follow', { locals: { p: word() } }, (b) => [
      b.step('p = head->next', (s, l) => {
        l.p = s.head.next;
      }),
      b.step('p = p->next', (_s, l) => {
        l.p = deref(l.p, 'list_head').next;
      }),
    ]);
    const null_list = check(model({ machine: pointers, cpus: [cpu({ task: follow })] }), {
      expected: { KASAN: 'violated' },
    });
    expect(found(null_list, 'KASAN')).toEqual({
      facility: 'KASAN',
      kind: 'null-dereference',
      object: 'NULL',
      steps: 2,
      switches: 0,
    });
  });
});

describe('poison', () => {
  const lists = machine({ head: list_head(), node: list_head() });
  const walker = lists.fn('walker', { locals: { p: word() } }, (b) => [
    b.step('p = head->next', (s, l) => {
      l.p = s.head.next;
    }),
    b.step('p = p->next', (_s, l) => {
      l.p = deref(l.p, 'list_head').next;
    }),
    b.step('read p->prev', (_s, l) => {
      l.p = deref(l.p, 'list_head').prev;
    }),
  ]);
  const removed = (by: typeof list_del, bad: boolean) => {
    const remover = lists.fn('remover', (b) => [
      b.atomic(
        'this test is about the pointers left in the node',
        b.step('remove', (s) => by(s.node)),
      ),
    ]);
    return check(
      model({
        machine: lists,
        cpus: [cpu({ task: walker }), cpu({ task: remover })],
        initial: (s) => {
          INIT_LIST_HEAD(s.head);
          list_add(s.node, s.head);
        },
      }),
      bad ? { expected: { KASAN: 'violated' } } : {},
    );
  };

  test('a walker follows the poison that list_del leaves', () => {
    expect(found(removed(list_del, true), 'KASAN')).toEqual({
      facility: 'KASAN',
      kind: 'poison-dereference',
      object: 'LIST_POISON1',
      steps: 4,
      switches: 2,
    });
  });

  test('not after list_del_init, which leaves the node pointing to itself', () => {
    expect(counts(removed(list_del_init, false))).toEqual(clean(10, 13));
  });
});
