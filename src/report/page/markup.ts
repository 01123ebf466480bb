/** HTML as text, in which whatever is put into it is escaped unless it is HTML itself. */

/** Finished HTML. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What can be put into HTML: text and numbers are escaped, lists are put one after the other, the rest is left out. */
export type Piece = string | number | Markup | undefined | false | readonly Piece[];

/**
 * HTML with pieces in it.
 * @example html`<td title="${'a "b"'}">${'<i>'}</td>`.text === '<td title="a &quot;b&quot;">&lt;i&gt;</td>'
 */
export function html(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  let plain = TEXTS.get(texts);
  if (plain === undefined) {
    plain = texts.map((text) => text.replace(/\n\s+/g, '\n'));
    TEXTS.set(texts, plain);
  }
  return new Markup(plain.map((text, at) => text + render(pieces[at])).join(''));
}

/** What stands between pieces, without the indentation it has in the program. */
const TEXTS = new WeakMap<TemplateStringsArray, readonly string[]>();

function render(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (piece instanceof Markup) return piece.text;
  if (Array.isArray(piece)) return piece.map((one: Piece) => render(one)).join('');
  return escaped(String(piece));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  // What no text file has would end the page for a parser that minds.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const printable = text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '\ufffd');
  return printable.replace(/[&<>"']/g, (one) => ENTITIES[one] as string);
}

/** The head of a table; a column whose name ends in `#` holds numbers. */
export function tableHead(names: readonly string[]): Markup {
  const cells = names.map((name) =>
    name.endsWith('#')
      ? html`<th scope="col" class="number">${name.slice(0, -1)}</th>`
      : html`<th scope="col">${name}</th>`,
  );
  return html`<thead><tr>${cells}</tr></thead>`;
}

/** What may be wider than the window and then scrolls by itself; `name` is told to those who cannot see it. */
export function scrolled(name: string, content: Markup): Markup {
  return html`<div class="wide" tabindex="0" role="group" aria-label="${name}">${content}</div>`;
}

/** Data as the text of a `<script type="application/json">`: no text in it can end the element or open a comment. */
export function jsonText(data: unknown): string {
  return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, (one) => {
    return `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** An anchor for a name: letters, digits and dashes, with a number where two would be the same. */
export class Anchors {
  private readonly taken = new Set<string>();

  of(...parts: readonly string[]): string {
    const plain = parts
      .join('-')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '');
    let anchor = plain === '' ? 'part' : plain;
    for (let number = 2; this.taken.has(anchor); number += 1) anchor = `${plain}-${number}`;
    this.taken.add(anchor);
    return anchor;
  }
}
