import { describe, expect, test } from 'vitest';
import { junitXml } from '../../src/formats/junit.ts';
import { ended, HOSTILE, hostileCheck } from './hostile.ts';
import { readXml as read } from './xml.ts';

describe('JUnit XML', () => {
  const suites = read(junitXml(ended));

  test('has a suite for each folder and a test case for each check, with their counts', () => {
    expect(suites.name).toBe('testsuites');
    expect(suites.attributes).toEqual({
      ...{ name: 'heddle', tests: '6', failures: '0', errors: '3', skipped: '2', time: '1.750' },
    });
    expect(suites.children.map(({ attributes }) => attributes)).toEqual([
      { name: 'queue', tests: '2', failures: '0', errors: '1', skipped: '0', time: '1.750' },
      { name: 'checks', tests: '4', failures: '0', errors: '2', skipped: '2' },
    ]);
    const names = suites.children.flatMap(({ children }) =>
      children.map((one) => one.attributes.name),
    );
    expect(names).toEqual(['queue/v1', 'queue/v2', 'top', 'waiting', 'broken', 'short']);
  });

  test('says of each check how it ended, in the element that readers look for', () => {
    const cases = suites.children.flatMap(({ children }) => children);
    const said = cases.map(({ children }) =>
      children.map(({ name, attributes, text }) => [name, attributes.type ?? '', text].join('|')),
    );
    expect(said).toEqual([
      ['system-out||queue/v1\n  block'],
      ['error|incomplete|block'],
      ['error|bad-model|error[bad-model]: no such field'],
      ['skipped||', 'system-out||interrupted'],
      ['error|bug|error[internal-error]'],
      ['skipped||', 'system-out||block'],
    ]);
    expect(cases[0].attributes).toEqual({
      ...{
        name: 'queue/v1',
        classname: 'queue',
        file: 'checks/queue/v1.ts',
        line: '3',
        time: '0.500',
      },
    });
  });

  test('gives back every character of hostile text, but those that XML has no way to write', () => {
    const [suite] = read(junitXml([hostileCheck])).children;
    const [testcase] = suite.children;
    const [failure] = testcase.children;
    const legal = HOSTILE.replace('\u0001', '\u{fffd}');
    const flat = legal.replace(/\s+/g, ' ');
    expect(testcase.attributes.name).toBe(flat);
    expect(failure.attributes).toEqual({ message: flat, type: flat });
    expect(failure.text).toBe(`${legal.replaceAll('\r\n', '\n')}\n  second line`);
  });
});
