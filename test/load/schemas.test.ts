import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { jsonSchemas, outputRecord, parseTrace } from '../../src/load/schemas.ts';
import { dropTraces, latestTrace, readTrace, saveTrace, setLatest } from '../../src/load/traces.ts';
import { addFiles, folderWith } from './folder.ts';
import { trace, verdict } from './records.ts';

const schemas = fileURLToPath(new URL('../../schema/', import.meta.url));

describe('the published JSON Schemas', () => {
  for (const [name, schema] of Object.entries(jsonSchemas())) {
    test(`${name} is what the code says (npm run schema writes it)`, () => {
      // Compared as data: how the file is laid out is the formatter's.
      if (process.env.HEDDLE_WRITE_SCHEMA === '1') {
        mkdirSync(schemas, { recursive: true });
        writeFileSync(schemas + name, `${JSON.stringify(schema, undefined, 2)}\n`);
      }
      expect(JSON.parse(readFileSync(schemas + name, 'utf8'))).toEqual(schema);
    });
  }

  test('describe a verdict with and without its time', () => {
    const { seconds, ...stable } = verdict;
    const record = { type: 'verdict', modelHash: '00', ...stable };
    expect(outputRecord.parse({ ...record, seconds })).toEqual({ ...record, seconds });
    expect(outputRecord.parse(record)).toEqual(record);
    expect(outputRecord.safeParse({ ...record, states: -1 }).success).toBe(false);
  });
});

describe('a trace file', () => {
  test('comes back as it was saved', async () => {
    const folder = folderWith({});
    const path = saveTrace(folder, trace, { maxStates: 9 });
    expect(path).toBe('.heddle/traces/queue/v1/P5.json');
    expect(await readTrace(`${folder}/${path}`)).toEqual({ ...trace, bounds: { maxStates: 9 } });
  });

  test('is the latest until its check is run again', () => {
    const folder = folderWith({});
    expect(latestTrace(folder)).toBeUndefined();
    setLatest(folder, saveTrace(folder, trace, {}));
    saveTrace(folder, { ...trace, check: 'queue/v1/below' }, {});
    expect(latestTrace(folder)).toBe(`${folder}/.heddle/traces/queue/v1/P5.json`);
    dropTraces(folder, 'queue');
    expect(latestTrace(folder)).toBeDefined();
    dropTraces(folder, 'queue/v1');
    expect(latestTrace(folder)).toBeUndefined();
    expect(readFileSync(`${folder}/.heddle/traces/queue/v1/below/P5.json`)).toBeDefined();
  });

  test('is refused with what is wrong in it', async () => {
    expect(parseTrace('{')).toBe('it is not JSON');
    expect(parseTrace('[]')).toContain('the file: ');
    const changed = { ...trace, bounds: {}, steps: [{ ...trace.steps[0], cpu: 'CPU0' }] };
    expect(parseTrace(JSON.stringify(changed))).toMatch(/^steps\.0\.cpu: .*number/);
    const folder = folderWith({});
    addFiles(folder, { 'a.json': '{}' });
    await expect(readTrace(`${folder}/a.json`)).rejects.toMatchObject({ code: 'bad-trace' });
    await expect(readTrace(`${folder}/b.json`)).rejects.toMatchObject({ code: 'bad-trace' });
  });
});
