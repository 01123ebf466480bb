/** The code of the inner loop is what its source says. `npm run inner` writes it anew. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Each exports what the search calls. */
const SOURCES = ['moves', 'states', 'growth', 'shares'].map(
  (name) => `src/search/inner/assembly/${name}.ts`,
);
const TARGET = 'src/search/inner/code.ts';
const LINE = 120;

/** `-O3`, with memory that threads share and nothing of its own in it. */
const FLAGS = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'threads', '--enable', 'simd'],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1024', '--maximumMemory', '65536'],
];

function codeOf(sources: readonly string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-inner-'));
  const outFile = join(folder, 'inner.wasm');
  try {
    execFileSync('node_modules/.bin/asc', [...sources, '--outFile', outFile, ...FLAGS]);
    return readFileSync(outFile);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function asModule(code: Uint8Array): string {
  const letters = Buffer.from(code).toString('base64');
  const lines = letters.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return [
    '/** The inner loop, compiled from assembly by `npm run inner`, in base64. */',
    'export const CODE =',
    ...lines.map((line, at) => `  '${line}'${at === lines.length - 1 ? ';' : ' +'}`),
    '',
  ].join('\n');
}

test('the code of the inner loop is what its source becomes', () => {
  const code = asModule(codeOf(SOURCES));
  if (process.env.HEDDLE_WRITE_INNER === '1') writeFileSync(TARGET, code);
  expect(readFileSync(TARGET, 'utf8')).toBe(code);
});
