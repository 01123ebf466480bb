/** Relative links of the documents lead to files and headings that exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './project.ts';

/** Every document of the repository, with its text outside of fenced blocks. */
const documents = new Map(
  ['.', 'docs', 'models', 'checks', 'schema']
    .flatMap(markdownIn)
    .map((path) => [path, proseOf(path)]),
);

function markdownIn(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const recursive = folder !== '.';
  return readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => (folder === '.' ? name : `${folder}/${name}`));
}

function proseOf(path: string): string {
  return readFileSync(join(root, path), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
}

interface Link {
  readonly path: string;
  readonly anchor: string | undefined;
}

function linksOf(text: string): Link[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path, anchor] = target.split('#');
      return { path, anchor };
    });
}

/** As forges make anchors of headings: lower case, no punctuation, a dash for each blank. */
function anchorsOf(path: string): string[] {
  const text = documents.get(path) ?? proseOf(path);
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replace(/ /g, '-'),
  );
}

describe.each([...documents])('%s', (path, text) => {
  test('its links lead somewhere', () => {
    for (const link of linksOf(text)) {
      const target = link.path === '' ? path : join(dirname(path), link.path);
      expect(existsSync(join(root, target)), `${path}: ${link.path}`).toBe(true);
      if (link.anchor !== undefined && target.endsWith('.md'))
        expect(anchorsOf(target), `${path}: #${link.anchor}`).toContain(link.anchor);
    }
  });
});
