/** What the documents say that can be tried: files to write and commands with what they print. */

/** A fenced block of a document. Lines count from 1, at the opening fence. */
export interface Block {
  readonly language: string;
  /** Words after the language: `console exit=1`. */
  readonly flags: readonly string[];
  readonly line: number;
  readonly text: string;
}

export function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { language: string; flags: string[]; line: number; rows: string[] } | undefined;
  for (const [index, row] of markdown.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(row);
    if (open === undefined) {
      const [language = '', ...flags] = fence?.[1]?.trim().split(/\s+/) ?? [];
      if (fence !== null) open = { language, flags, line: index + 1, rows: [] };
    } else if (fence === null) {
      open.rows.push(row);
    } else {
      const { rows, ...block } = open;
      blocks.push({ ...block, text: rows.map((one) => `${one}\n`).join('') });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`line ${open.line}: a block is not closed`);
  return blocks;
}

/** `// file: models/a.ts` starts a file, `// more: models/a.ts` goes on with it. */
export interface FilePart {
  readonly path: string;
  readonly goesOn: boolean;
}

export function fileOf(block: Block): FilePart | undefined {
  const match = /^\/\/ (file|more): (\S+)\n/.exec(block.text);
  return match === null ? undefined : { path: match[2], goesOn: match[1] === 'more' };
}

/** One command of a console block and the output written below it. */
export interface Command {
  /** `npx heddle ...` or `node FILE`. */
  readonly line: string;
  readonly output: readonly string[];
  /** The exit code that the block declares with `exit=1`; 0 when it says nothing. */
  readonly exit: number;
}

/** The commands of a block that is marked `console`; other blocks are not run. */
export function commandsOf(block: Block): readonly Command[] {
  if (block.language !== 'console') return [];
  const exit = Number(block.flags.find((flag) => flag.startsWith('exit='))?.slice(5) ?? 0);
  const found: { line: string; output: string[]; exit: number }[] = [];
  for (const row of block.text.trimEnd().split('\n')) {
    const match = /^\$ ((?:npx heddle|node)(?: .*)?)$/.exec(row);
    if (match !== null) found.push({ line: match[1], output: [], exit });
    else if (found.length === 0) throw new Error(`line ${block.line}: no command first`);
    else found[found.length - 1].output.push(row);
  }
  return found;
}

/** Whether output is as written. A written line `...` stands for any number of lines. */
export function isAsWritten(written: readonly string[], actual: readonly string[]): boolean {
  const [first, ...rest] = written;
  if (first === undefined) return actual.length === 0;
  if (first === '...') {
    return actual.some((_, at) => isAsWritten(rest, actual.slice(at))) || rest.length === 0;
  }
  return first === actual[0] && isAsWritten(rest, actual.slice(1));
}

/** A document with the output of one console block replaced. */
export function withOutput(markdown: string, block: Block, outputs: readonly string[]): string {
  const rows = markdown.split('\n');
  const commands = block.text.split('\n').filter((row) => row.startsWith('$ '));
  const text = commands.flatMap((command, at) => [command, ...outputs[at].trimEnd().split('\n')]);
  const size = block.text.split('\n').length - 1;
  rows.splice(block.line, size, ...text);
  return rows.join('\n');
}
