/** `heddle init`: a first model and a check of it, in the folder where it is called. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Output } from './output.ts';

const MODEL = `// Two CPUs increment one counter without a lock. Each takes two steps, and the other CPU may come in between.
import { cpu, machine, model, READ_ONCE, uint, WRITE_ONCE } from 'heddle';

const counter = machine({ x: uint(2) });

const increment = counter.fn('increment', { locals: { r0: uint(2) } }, (b) => [
  b.step('r0 = READ_ONCE(x)', (s, l) => {
    l.r0 = READ_ONCE(s, 'x');
  }),
  b.step('WRITE_ONCE(x, r0 + 1)', (s, l) => {
    WRITE_ONCE(s, 'x', l.r0 + 1);
  }),
]);

// To mend it: import spinlock, spin_lock and spin_unlock, add \`lock: spinlock()\` to the machine, and put
// \`b.call(spin_lock, (s) => s.lock)\` before the two steps and \`b.call(spin_unlock, (s) => s.lock)\` after them.
export default model({ machine: counter, cpus: [cpu({ count: 2, task: increment })] });
`;

const CHECK = `// What must be true of the counter, whatever order its CPUs run in.
import { at_rest, check } from 'heddle';
import counter from '../models/counter/lost_update.ts';

export default check(counter, {
  properties: { 'every increment is counted': at_rest((s) => s.x === 2) },
});
`;

const CONFIG = `import { defineConfig } from 'heddle';

export default defineConfig({
  // For every check that does not set its own; a flag such as --time-limit 10m wins over both.
  bounds: { maxStates: 50_000_000 },
});
`;

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2023",
    "module": "preserve",
    "moduleResolution": "bundler",
    "allowImportingTsExtensions": true,
    "strict": true,
    "noEmit": true
  },
  "include": ["models", "checks", "heddle.config.ts"]
}
`;

interface Starter {
  readonly path: string;
  readonly text: string;
  readonly about: string;
  /** Left as it is where there is one already. */
  readonly optional?: boolean;
}

const FILES: readonly Starter[] = [
  {
    path: 'models/counter/lost_update.ts',
    text: MODEL,
    about: 'a model: two CPUs, one counter, no lock',
  },
  { path: 'checks/counter.ts', text: CHECK, about: 'a check: every increment is counted' },
  { path: 'heddle.config.ts', text: CONFIG, about: 'bounds for all checks' },
  { path: 'tsconfig.json', text: TSCONFIG, about: 'for your editor', optional: true },
];

/**
 * Writes the files to start from.
 * @throws HeddleError `file-exists` before anything is written.
 */
export function init(output: Output): ExitCode {
  for (const { path, optional } of FILES) {
    if (optional !== true && existsSync(join(output.folder, path))) {
      throw new HeddleError('file-exists', `${path} exists already`);
    }
  }
  const written = FILES.filter(({ path }) => !existsSync(join(output.folder, path)));
  const column = Math.max(...written.map(({ path }) => path.length));
  for (const { path, text, about } of written) {
    mkdirSync(dirname(join(output.folder, path)), { recursive: true });
    writeFileSync(join(output.folder, path), text);
    output.print(`  ${path.padEnd(column)}   ${output.paint('dim', about)}\n`);
  }
  output.print(`  next: ${output.paint('heading', 'npx heddle check')}\n`);
  return EXIT.asDeclared;
}
