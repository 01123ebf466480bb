/** XML documents from plain objects. */
import { XMLBuilder } from 'fast-xml-parser';

/** Elements by name, attributes by `@name`, text under `#text`; a list is an element for each of its entries. */
export type Element = { readonly [key: string]: string | number | Element | readonly Element[] };

/** A document with one root, indented by a blank for each level; the same object gives the same bytes. */
export function xmlDocument(root: Element): string {
  const builder = new XMLBuilder({
    attributeNamePrefix: '@',
    ignoreAttributes: false,
    format: true,
    indentBy: ' ',
    suppressEmptyNode: true,
    suppressBooleanAttributes: false,
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(clean(root) as Element)}`;
}

/** In attributes a parser makes blanks of newlines, and XML 1.0 has no way to write most control characters. */
function clean(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => clean(one));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, clean(one, name)]));
  }
  if (typeof value !== 'string') return value;
  const legal = value.replace(ILLEGAL, '\u{fffd}');
  return key.startsWith('@') ? legal.replace(/\s+/g, ' ').trim() : legal.replace(/\r\n?/g, '\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it looks for.
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/gu;
