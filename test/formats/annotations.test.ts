import { describe, expect, test } from 'vitest';
import { githubAnnotations } from '../../src/formats/annotations.ts';
import { ended, HOSTILE, hostileCheck } from './hostile.ts';

/** Reads commands as the runner of GitHub does: a line each, fields between commas, what is escaped put back. */
function read(text: string): { level: string; fields: Record<string, string>; message: string }[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, level, fields, message] = /^::(\w+) (.*?)::(.*)$/s.exec(line) as RegExpExecArray;
      const pairs = fields.split(',').map((field) => field.split(/=(.*)/s, 2).map(plain));
      return { level, fields: Object.fromEntries(pairs), message: plain(message) };
    });
}

function plain(text: string): string {
  const marks: Record<string, string> = {
    '%0D': '\r',
    '%0A': '\n',
    '%3A': ':',
    '%2C': ',',
    '%25': '%',
  };
  return text.replace(/%(0D|0A|3A|2C|25)/g, (mark) => marks[mark]);
}

describe('annotations of GitHub', () => {
  test('speak of what is not as declared, and of nothing else', () => {
    const lines = read(githubAnnotations(ended));
    expect(lines.map(({ level, fields }) => `${level} ${fields.title}`)).toEqual([
      'warning heddle: queue/v2',
      'error heddle: top',
      'notice heddle: waiting',
      'error heddle: broken',
      'notice heddle: short',
    ]);
    expect(lines[1].fields).toEqual({
      file: 'checks/top.ts',
      line: '1',
      col: '1',
      title: 'heddle: top',
    });
    expect(lines[1].message).toBe('no such field\n\nerror[bad-model]: no such field');
    expect(githubAnnotations(ended.slice(0, 1))).toBe('');
  });

  test('stand at the last step of the schedule, one line each whatever its text', () => {
    const text = githubAnnotations([hostileCheck]);
    expect(text.match(/[\r\n]/g)).toEqual(['\n']);
    const [{ level, fields, message }] = read(text);
    expect(level).toBe('error');
    expect(fields).toEqual({
      file: 'models/é%20.ts',
      line: '7',
      col: '9',
      title: `heddle: ${HOSTILE}: ${HOSTILE}`,
    });
    expect(message).toContain(`${HOSTILE}: ${HOSTILE}\n`);
    expect(message).toMatch(/next: npx heddle replay .* --schedule '0\.1'$/s);
  });
});
