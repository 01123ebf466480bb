/** Lines of an indented block, wrapped to a width. */
import { type Paint, type Style, wrap } from './text.ts';

/** Where the text of an entry starts. */
const ENTRY = 13;

/** A block under construction. */
export class Block {
  private readonly lines: string[] = [];
  private readonly width: number;
  readonly paint: Paint;

  constructor(width: number, paint: Paint) {
    this.width = width;
    this.paint = paint;
  }

  raw(text: string): void {
    this.lines.push(text);
  }

  /** Prose, wrapped. */
  say(text: string, indent: number, hang = indent): void {
    const lines = wrap(text, this.width - indent, { hang: hang - indent });
    for (const line of lines) this.lines.push(' '.repeat(indent) + line);
  }

  /** A word in a column of its own, then prose. */
  entry(word: string, style: Style, text: string): void {
    const [first, ...rest] = wrap(text, this.width - ENTRY);
    // Blanks are counted without the colour around the word.
    const blanks = ' '.repeat(Math.max(1, ENTRY - 2 - word.length));
    this.lines.push(`  ${word === '' ? '' : this.paint(style, word)}${blanks}${first}`);
    for (const line of rest) this.lines.push(' '.repeat(ENTRY) + line);
  }

  text(): string {
    return this.lines.join('\n');
  }
}
