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
    expect(standing('df')).toMatchObject({ diffOnly: false, wholeState: true });
    expect(standing('q').done).toBe(true);
    expect(press(START, { name: 'c', ctrl: true }, walked).done).toBe(true);
    expect(press(standing('g4'), { name: 'c', ctrl: true }, walked).done).toBe(true);
    expect(standing('z')).toEqual(START);
  });
});
