/** The reference names everything there is: each word, facility, kind of report, builder word, option and error. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as heddle from 'heddle';
import { describe, expect, test } from 'vitest';
import { slugs } from '../../src/design/errors.ts';
import { FACILITIES } from '../../src/design/processor.ts';
import { DEFAULT_MODES } from '../../src/machine/engine.ts';
import { blocksOf, fileOf } from './blocks.ts';
import { root, ScratchProject } from './project.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const reference = read('docs/writing-a-model.md');

/** Exported for the tool itself and its tests, not for models. */
const internal = [
  'accessCount',
  'builder',
  'Cursor',
  'HeddleError',
  'propertyId',
  'UNION',
  'defineConfig',
];

describe('docs/writing-a-model.md', () => {
  test('names every word that a model can import', () => {
    const words = Object.keys(heddle).filter((name) => !internal.includes(name));
    const missing = words.filter((name) => !new RegExp(`\\b${name}\\b`).test(reference));
    expect(missing).toEqual([]);
  });

  test('shows every word of the builder', () => {
    const missing = Object.keys(heddle.builder).filter(
      (name) => !reference.includes(`\`b.${name}(`),
    );
    expect(missing).toEqual([]);
  });

  test('has a row for each facility with its default', () => {
    for (const facility of FACILITIES) {
      expect(reference).toContain(`| \`${facility}\` | ${DEFAULT_MODES[facility]} |`);
    }
  });

  test('names every kind of report', () => {
    const kinds = ['src/kernel', 'src/machine', 'src/search'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) => kindsIn(read(`${folder}/${file}`))),
    );
    expect(kinds.length).toBeGreaterThan(25);
    const missing = kinds.filter((kind) => !reference.includes(`\`${kind}\``));
    expect(missing).toEqual([]);
  });
});

/** Arguments of `report(facility, kind, ...)` and `kind: '...'` of findings. */
function kindsIn(source: string): string[] {
  const names = FACILITIES.join('|');
  const reported = new RegExp(`'(?:${names})',\\s*'([a-z_-]+)'`, 'g');
  const made = /facility: '[\w-]+',\s*kind: '([\w-]+)'/g;
  const chosen = /\? '([a-z]+-[a-z-]+)'\s*:\s*(?:\w+ < \w+\s*\?\s*)?'([a-z]+-[a-z-]+)'/g;
  return [reported, made, chosen].flatMap((pattern) =>
    [...source.matchAll(pattern)].flatMap((match) => match.slice(1).filter(Boolean)),
  );
}

describe('docs/architecture.md', () => {
  const map = read('docs/architecture.md');
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && path.includes('/'))
    .toSorted();

  test('has a line for each file of src, and for no other', () => {
    const named = [...map.matchAll(/^\| `(\w+\/[\w./-]+\.tsx?)` \|/gm)].map((match) => match[1]);
    expect(named.toSorted()).toEqual(sources);
  });
});

describe('docs/semantics.md', () => {
  const sections = [...read('docs/semantics.md').matchAll(/^## (\d+)\./gm)].map(
    (match) => match[1],
  );

  test('has every section that the code cites', () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    const cited = sources
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) => [...read(`src/${path}`).matchAll(/semantics\.md sections? (\d+)/g)]);
    expect(cited.length).toBeGreaterThan(0);
    for (const [, section] of cited) expect(sections).toContain(section);
  });
});

describe('docs/errors.md', () => {
  const errors = read('docs/errors.md');

  test('has a section for each error, and no other', () => {
    const sections = [...errors.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    expect(sections.toSorted()).toEqual(slugs().toSorted());
  });

  test('has examples that trip the error of their section', { timeout: 120_000 }, async () => {
    const project = new ScratchProject();
    try {
      for (const block of blocksOf(errors)) {
        const path = fileOf(block)?.path;
        if (path?.startsWith('checks/errors/') === true) project.write(path, block.text);
      }
      const { output } = await project.command("npx heddle check 'errors/*' --json --stable");
      const verdicts = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ type }) => type === 'verdict');
      expect(verdicts.length).toBe(project.files.size);
      for (const { check, error, properties } of verdicts) {
        const kinds = properties.flatMap(
          (one: { finding?: { kind: string } }) => one.finding?.kind ?? [],
        );
        expect(`errors/${error?.code ?? kinds[0]}`).toBe(check);
      }
    } finally {
      project.remove();
    }
  });
});

describe('docs/formats.md', () => {
  const formats = read('docs/formats.md');

  test.each(['trace.json', 'check-output.json', 'evidence.json'])(
    'names every field of schema/%s',
    (schema) => {
      const fields = fieldsOf(JSON.parse(read(`schema/${schema}`)));
      expect(fields.size).toBeGreaterThan(20);
      const missing = [...fields].filter((field) => !new RegExp(`\\b${field}\\b`).test(formats));
      expect(missing).toEqual([]);
    },
  );
});

/** Names of properties anywhere in a JSON Schema. */
function fieldsOf(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  for (const [key, value] of Object.entries(schema)) {
    const isFields =
      key === 'properties' && Object.values(value).every((one) => typeof one === 'object');
    if (isFields) for (const name of Object.keys(value)) found.add(name);
    fieldsOf(value, found);
  }
  return found;
}
