/** Users' TypeScript: one file and all it imports, as one module with source maps, and the hash that is its identity. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as esbuild from 'esbuild';
import type { BuildFailure, BuildOptions, Message } from 'esbuild';
import { HeddleError } from '../design/errors.ts';
import { libraryUrl } from './library.ts';
import { stackAt } from './place.ts';

export interface Bundle {
  /** The user's file. */
  readonly file: string;
  /** The module to import. */
  readonly url: string;
  /** SHA-256 of the bundled source: the same on every machine, other than the path of this library. */
  readonly hash: string;
  /** The user's files in it, from the project's folder, in order. */
  readonly inputs: readonly string[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Bundles one file of a project.
 *
 * @param file absolute path of a .ts or .js module.
 * @param folder the project's folder, from which the paths inside the bundle count.
 * @throws HeddleError `cannot-load` at the line and column of a syntax error or an import that is not there.
 */
export async function bundle(file: string, folder: string): Promise<Bundle> {
  const cache = cacheFolder(folder);
  // Required, not imported, for the reason given in cli/arguments.ts.
  const { build } = createRequire(import.meta.url)('esbuild') as typeof esbuild;
  const result = await build(buildOptions(file, folder, cache)).catch((error: BuildFailure) => {
    throw loadError(error, folder);
  });
  const outputs = result.outputFiles ?? [];
  const code = outputs.find((output) => !output.path.endsWith('.map'))?.text ?? '';
  const map = outputs.find((output) => output.path.endsWith('.map'))?.text ?? '';
  const hash = createHash('sha256').update(code.replaceAll(libraryUrl, 'heddle')).digest('hex');
  // The same design may be bundled against two installations of heddle, so the file's name takes in both.
  const key = createHash('sha256').update(code).update(map).digest('hex').slice(0, 16);
  const name = `${basename(file).replace(/\W+/g, '_')}-${key}.mjs`;
  const path = join(cache, name);
  if (!existsSync(path)) {
    dropOld(cache);
    write(`${path}.map`, map);
    write(path, `${code}//# sourceMappingURL=${name}.map\n`);
  }
  const inputs = Object.keys(result.metafile?.inputs ?? {}).sort();
  return { file, url: pathToFileURL(path).href, hash, inputs };
}

function buildOptions(file: string, folder: string, cache: string): BuildOptions {
  return {
    absWorkingDir: folder,
    entryPoints: [file],
    // Nothing is written here: the place tells where the paths of the source map start.
    outfile: join(cache, 'bundle.mjs'),
    write: false,
    metafile: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'external',
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    plugins: [
      {
        name: 'heddle',
        setup: (build) => {
          build.onResolve({ filter: /^heddle$/ }, () => ({ path: libraryUrl, external: true }));
        },
      },
    ],
  };
}

function loadError(error: BuildFailure, folder: string): unknown {
  const first: Message | undefined = error.errors?.[0];
  if (first === undefined) return error;
  const { location } = first;
  const others = error.errors.length - 1;
  const more = others === 0 ? '' : ` (and ${others} more ${others === 1 ? 'error' : 'errors'})`;
  const place =
    location === null
      ? undefined
      : // esbuild counts columns from 0 and in bytes.
        stackAt({
          file: resolve(folder, location.file),
          line: location.line,
          column: Buffer.from(location.lineText).subarray(0, location.column).toString().length + 1,
        });
  return new HeddleError('cannot-load', `${first.text}${more}`, place);
}

/** `.heddle/cache` of the project, or a folder of the system's where the project cannot be written to. */
function cacheFolder(folder: string): string {
  const own = join(folder, '.heddle', 'cache');
  try {
    if (!existsSync(own)) {
      mkdirSync(own, { recursive: true });
      // Nothing below belongs into anybody's repository.
      writeFileSync(join(folder, '.heddle', '.gitignore'), '*\n');
    }
    return own;
  } catch {
    const key = createHash('sha256').update(folder).digest('hex').slice(0, 12);
    const other = join(tmpdir(), `heddle-${key}`, 'cache');
    mkdirSync(other, { recursive: true });
    return other;
  }
}

/** Another heddle may be reading: what it sees is whole or not there. */
function write(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}

function dropOld(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    try {
      if (Date.now() - statSync(path).mtimeMs > DAY_MS) rmSync(path);
    } catch {
      // Another heddle was faster.
    }
  }
}
