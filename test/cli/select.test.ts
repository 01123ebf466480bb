import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { matches, nearest, plainName, select } from '../../src/cli/select.ts';
import { checkName, keyedName, mayDeclare } from '../../src/load/names.ts';

const all = [
  { name: 'counter', size: 'small' },
  { name: 's390_pgtable/base', size: 'small' },
  { name: 's390_pgtable/v1', size: 'small' },
  { name: 's390_pgtable/v3', size: 'large' },
  { name: 'spinlock/ticket', size: 'small' },
  { name: 'spinlock/ticket_4', size: 'large' },
] as const;

function chosen(patterns: readonly string[], large = false): readonly string[] {
  return select(all, patterns, { large }).chosen.map(({ name }) => name);
}

describe('select', () => {
  test('takes all small checks where nothing is named, and all of them with --all', () => {
    expect(chosen([])).toEqual([
      'counter',
      's390_pgtable/base',
      's390_pgtable/v1',
      'spinlock/ticket',
    ]);
    expect(chosen([], true)).toHaveLength(6);
    expect(select(all, []).leftOut.map(({ name }) => name)).toEqual([
      's390_pgtable/v3',
      'spinlock/ticket_4',
    ]);
    expect(select([], []).chosen).toEqual([]);
  });

  test('takes the file of several checks for all of them, unless a check has its name', () => {
    const several = [
      { name: 'now', file: 'stack', size: 'small' },
      { name: 'later', file: 'stack', size: 'small' },
      { name: 'list', file: 'list', size: 'small' },
      { name: 'list_large', file: 'list', size: 'small' },
    ] as const;
    const of = (pattern: string) => select(several, [pattern]).chosen.map(({ name }) => name);
    expect(of('stack')).toEqual(['now', 'later']);
    expect(of('checks/stack.ts')).toEqual(['now', 'later']);
    expect(of('list')).toEqual(['list']);
    expect(() => of('stac')).toThrow("no check 'stac'");
  });

  test('takes names, folders, globs and files', () => {
    expect(chosen(['counter'])).toEqual(['counter']);
    expect(chosen(['s390_pgtable'])).toEqual(['s390_pgtable/base', 's390_pgtable/v1']);
    expect(chosen(['spinlock/'])).toEqual(['spinlock/ticket']);
    expect(chosen(['*/*1', 'counter'])).toEqual(['counter', 's390_pgtable/v1']);
    expect(chosen(['checks/s390_pgtable/v1.ts'])).toEqual(['s390_pgtable/v1']);
    expect(chosen(['./checks/counter.check.ts'])).toEqual(['counter']);
  });

  test('takes a large one by its name, and where nothing small fits', () => {
    expect(chosen(['s390_pgtable/v3'])).toEqual(['s390_pgtable/v3']);
    expect(chosen(['s390_pgtable', 's390_pgtable/v3'])).toHaveLength(3);
    expect(chosen(['*/v3'])).toEqual(['s390_pgtable/v3']);
  });

  test('says what was probably meant', () => {
    expect(() => chosen(['s390_pgtabel'])).toThrow(
      "no check 's390_pgtabel'. Did you mean s390_pgtable?",
    );
    expect(() => chosen(['counter', 'zebra'])).toThrow(/^no check 'zebra'$/);
  });
});

describe('matches', () => {
  test('globs as a shell does, and all below what they fit', () => {
    expect(matches('a/b', '*')).toBe(true);
    expect(matches('a/b/c', 'a/*/c')).toBe(true);
    expect(matches('a/b/c', 'a/?')).toBe(true);
    expect(matches('a/bb', 'a/?')).toBe(false);
    expect(matches('a/b/c', '**/c')).toBe(true);
    expect(matches('c', '**/c')).toBe(true);
    expect(matches('a/v1', 'a/{v1,v3}')).toBe(true);
    expect(matches('a/v2', 'a/{v1,v3}')).toBe(false);
    expect(matches('a+b', 'a+*')).toBe(true);
    expect(matches('ab', 'a')).toBe(false);
  });
});

describe('mayDeclare', () => {
  const word = fc.constantFrom('a', 'b', 'ab', 'v1');
  const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const glob = fc
    .array(fc.constantFrom('a', 'b', 'v1', '/', '*', '**', '?', '{a,b}'), { maxLength: 6 })
    .map((parts) => parts.join(''));

  property.prop([path, path, fc.oneof(path, glob)])(
    'leaves out no file with a check that the pattern fits',
    (file, key, pattern) => {
      const names = [checkName(`${file}.ts`), keyedName(`${file}.ts`, key)];
      const plain = plainName(pattern);
      if (names.some((name) => matches(name, plain)))
        expect(mayDeclare(`${file}.ts`, plain)).toBe(true);
    },
  );

  test('leaves out other folders', () => {
    expect(mayDeclare('spinlock/ticket.ts', 'spinlock/mcs')).toBe(true);
    expect(mayDeclare('counter.ts', 'spinlock/mcs')).toBe(true);
    expect(mayDeclare('list/add.ts', 'spinlock/mcs')).toBe(false);
    expect(mayDeclare('list/add.ts', 'spinlock/*')).toBe(false);
    expect(mayDeclare('list/add.ts', '**/add')).toBe(true);
  });
});

describe('nearest', () => {
  test('counts swapped neighbours as one change, and knows last names', () => {
    expect(nearest('conuter', ['counter', 'courier'])).toBe('counter');
    expect(nearest('ticket', ['spinlock/ticket', 'spinlock/mcs'])).toBe('spinlock/ticket');
    expect(nearest('COUNTER', ['counter'])).toBe('counter');
    expect(nearest('x', ['spinlock'])).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });
});
