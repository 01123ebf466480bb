/** A scratch project that a document's files are written to and its commands are run in. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blocksOf, commandsOf, fileOf } from './blocks.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export class ScratchProject {
  readonly folder: string;
  private readonly texts = new Map<string, string>();
  private readonly untyped = new Set<string>();

  constructor() {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-docs-')));
    mkdirSync(join(this.folder, 'node_modules'));
    symlinkSync(root, join(this.folder, 'node_modules/heddle'));
  }

  get files(): ReadonlyMap<string, string> {
    return this.texts;
  }

  /** `untyped`: left out of `typeErrors`. */
  write(path: string, text: string, untyped = false): void {
    this.texts.set(path, text);
    if (untyped) this.untyped.add(path);
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs `npx heddle ...` or `node FILE` as a shell would, both streams together; in this project or another folder. */
  command(line: string, folder = this.folder): Promise<{ output: string; exit: number }> {
    const node = `"${process.execPath}"`;
    const heddle = `${node} "${join(root, 'dist/cli/main.js')}"`;
    return this.run(
      `${line.replace(/^npx heddle/, heddle).replace(/^node /, `${node} `)} 2>&1`,
      folder,
    );
  }

  /** What the compiler says about every file, as a reader's editor would. */
  async typeErrors(): Promise<string> {
    const compilerOptions = {
      target: 'es2023',
      module: 'preserve',
      moduleResolution: 'bundler',
      allowImportingTsExtensions: true,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
    };
    const files = [...this.texts.keys()].filter(
      (path) => path.endsWith('.ts') && !this.untyped.has(path),
    );
    const config = JSON.stringify({ compilerOptions, files });
    writeFileSync(join(this.folder, 'tsconfig.docs.json'), config);
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { output } = await this.run(
      `"${process.execPath}" "${compiler}" --pretty false -p tsconfig.docs.json 2>&1`,
    );
    return output;
  }

  private run(command: string, folder = this.folder): Promise<{ output: string; exit: number }> {
    const { FORCE_COLOR: _, ...environment } = process.env;
    const env = { ...environment, NO_COLOR: '1', CI: 'true', COLUMNS: '80' };
    const options = { cwd: folder, env, maxBuffer: 1 << 26 };
    return new Promise((resolve) => {
      execFile('sh', ['-c', command], options, (error, stdout) => {
        const exit = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
        resolve({ output: stdout, exit });
      });
    });
  }
}

/** Told of every command of a document once it has run; `block` counts from the document's first. */
export interface Ran {
  readonly line: number;
  readonly command: string;
  readonly written: readonly string[];
  readonly output: string;
  readonly exit: number;
  readonly wantedExit: number;
}

/** Does what a reader of the document would do, from the top: writes each file, runs each command. */
export async function follow(markdown: string, project: ScratchProject): Promise<readonly Ran[]> {
  const ran: Ran[] = [];
  for (const block of blocksOf(markdown)) {
    const part = fileOf(block);
    if (part !== undefined) {
      const before = part.goesOn ? (project.files.get(part.path) ?? '') : '';
      project.write(part.path, before + block.text, block.flags.includes('untyped'));
    }
    for (const { line: command, output: written, exit: wantedExit } of commandsOf(block)) {
      // `root`: in this repository, whose designs the document talks about.
      const folder = block.flags.includes('root') ? root : project.folder;
      const { output, exit } = await project.command(command, folder);
      ran.push({ line: block.line, command, written, output, exit, wantedExit });
    }
  }
  return ran;
}
