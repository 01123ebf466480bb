import { describe, expect, test } from 'vitest';
import { type Key, press, START } from '../../src/cli/stepper.ts';
import { trace } from '../load/records.ts';

/** CPU0 twice, CPU1 three times, CPU0 once. */
const walked = {
  ...trace,
  steps: [0, 0, 1, 1, 1, 0].map((cpu) => ({ ...trace.steps[0], cpu })),
};

const named: Readonly<Record<string, Key>> = {
  '>': { name: 'right' },
  '<': { name: 'left' },
  '!': { name: 'return', sequence: '\r' },
  '~': { name: 'escape', sequence: '\x1b' },
  '^': { name: 'backspace' },
};

function standing(keys: string) {
  return [...keys].reduce((position, key) => {
    const letter = /[a-z]/.test(key) ? { name: key, sequence: key } : { sequence: key };
    return press(position, named[key] ?? letter, walked);
  }, START);
}

describe('the keys of replay', () => {
  test('step forwards and backwards, not past the ends', () => {
    expect(standing('>>').at).toBe(2);
    expect(standing('>>><').at).toBe(2);
    expect(standing('<').at).toBe(0);
    expect(standing('>>>>>>>>>').at).toBe(6);
  });

  test('go to where another CPU has just moved', () => {
    expect(standing(']').at).toBe(3);
    expect(standing(']]').at).toBe(6);
    expect(standing(']]]').at).toBe(6);
    expect(standing(']][').at).toBe(3);
    expect(standing(']][[').at).toBe(0);
    expect(standing('>>>>[').at).toBe(3);
  });

  test('go to a step by its number', () => {
    expect(standing('g4!').at).toBe(4);
    expect(standing('g 4!')).toMatchObject({ at: 0 });
    expect(standing('g17!').at).toBe(6);
    expect(standing('g17^^3!').at).toBe(3);
    expect(standing('>g4~')).toMatchObject({ at: 1, typed: undefined });
    expect(standing('>g!').at).toBe(1);
    expect(standing('g4').typed).toBe('4');
  });

  test('show only the changes, or the whole state, and leave', () => {
    expect(standing('d')).toMatchObject({ diffOnly: true });
    expect(standing('dd')).toMatchObject({ diffOnly: false });
    expect(standing('da')).toMatchObject({ diffOnly: false, wholeState: true });
    expect(standing('q').done).toBe(true);
    expect(press(START, { name: 'c', ctrl: true }, walked).done).toBe(true);
    expect(press(standing('g4'), { name: 'c', ctrl: true }, walked).done).toBe(true);
    expect(standing('z')).toEqual(START);
  });
});

describe('the keys that leave a schedule', () => {
  const listed = { count: 3, shown: 3 };
  const asked = (keys: string, list = listed) =>
    [...keys].reduce((position, key) => {
      const one =
        named[key] ?? (/[a-z]/.test(key) ? { name: key, sequence: key } : { sequence: key });
      return press(position, one, walked, list);
    }, START);

  test('open a list of what can move, and close it', () => {
    expect(asked('s')).toMatchObject({ panel: 'moves', wish: { kind: 'moves' } });
    expect(asked('ss')).toMatchObject({ panel: undefined, wish: undefined });
    expect(asked('s~')).toMatchObject({ panel: undefined, wish: { kind: 'stop' } });
    expect(asked('s>')).toMatchObject({ panel: 'moves', at: 1, wish: undefined });
  });

  test('take an entry by its number, and none that is not there', () => {
    expect(asked('>s2')).toMatchObject({ at: 1, panel: 'moves', wish: { kind: 'take', index: 1 } });
    expect(asked('s4').wish).toBeUndefined();
    expect(asked('s0').wish).toBeUndefined();
    expect(asked('2').wish).toBeUndefined();
    const found = press({ ...START, panel: 'found' }, { sequence: '1' }, walked, listed);
    expect(found).toMatchObject({ panel: undefined, wish: { kind: 'append', index: 0 } });
  });

  test('of more than nine entries take a number with enter', () => {
    const many = { count: 12, shown: 5 };
    expect(asked('s1', many)).toMatchObject({ typed: '1', wish: undefined });
    expect(asked('s12!', many)).toMatchObject({
      typed: undefined,
      wish: { kind: 'take', index: 11 },
    });
    expect(asked('s13!', many).wish).toBeUndefined();
    expect(asked('s1~', many)).toMatchObject({ typed: undefined, wish: undefined, panel: 'moves' });
  });

  test('show the rest of a list, and then its beginning', () => {
    const many = { count: 12, shown: 5 };
    expect(asked('n', many).from).toBe(0);
    expect(asked('sn', many).from).toBe(5);
    expect(asked('snn', many).from).toBe(10);
    expect(asked('snnn', many).from).toBe(0);
    expect(asked('sn>', many).from).toBe(0);
  });

  test('ask for a search, a way back and a file', () => {
    expect(asked('f').wish).toEqual({ kind: 'find' });
    expect(asked('u').wish).toEqual({ kind: 'undo' });
    expect(asked('b').wish).toEqual({ kind: 'original' });
    expect(asked('w').wish).toEqual({ kind: 'save' });
    // What was asked for once is not asked for again by the next key.
    expect(asked('w>').wish).toBeUndefined();
  });
});
