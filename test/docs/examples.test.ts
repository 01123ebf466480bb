/**
 * Every example of the documents, tried as a reader would: files are written, commands run from top to bottom, and what they
 * print is compared with what the document shows, verdicts and state counts included.
 *
 * With HEDDLE_UPDATE_DOCS set, the documents are rewritten to show what is printed now, where no line is `...`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksOf, commandsOf, isAsWritten, withOutput } from './blocks.ts';
import { follow, type Ran, root, ScratchProject } from './project.ts';

const update = process.env.HEDDLE_UPDATE_DOCS !== undefined;
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

describe.each(documents)('%s', (path) => {
  test('its examples run and print what it says', { timeout: 300_000 }, async () => {
    const markdown = readFileSync(join(root, path), 'utf8');
    const project = new ScratchProject();
    try {
      const ran = await follow(markdown, project);
      if (update) writeFileSync(join(root, path), updated(markdown, ran));
      if (project.files.size > 0) expect(await project.typeErrors()).toBe('');
      for (const one of ran) compare(path, one);
    } finally {
      project.remove();
    }
  });
});

function compare(path: string, { line, command, written, output, exit, wantedExit }: Ran): void {
  const where = `${path}:${line}: ${command}`;
  const actual = linesOf(output);
  const isRewritten = update && !written.includes('...');
  if (!isAsWritten(written, actual) && !isRewritten)
    expect(actual.join('\n'), where).toBe(written.join('\n'));
  expect(exit, `${where}: exit code`).toBe(wantedExit);
}

function linesOf(output: string): string[] {
  const text = output.trimEnd();
  return text === '' ? [] : text.split('\n');
}

/** The document with the output that was printed, from the last block to the first so that lines keep their numbers. */
function updated(markdown: string, ran: readonly Ran[]): string {
  let text = markdown;
  for (const block of blocksOf(markdown).toReversed()) {
    const own = ran.filter(({ line }) => line === block.line);
    const isOpen = own.some(({ written }) => written.includes('...'));
    if (commandsOf(block).length === 0 || isOpen) continue;
    text = withOutput(
      text,
      block,
      own.map(({ output }) => output),
    );
  }
  return text;
}
