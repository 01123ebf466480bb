/** JSON for people and for diffs: what fits a line stands on one, everything else is broken down. */

const WIDEST = 160;

/** The text of a value, with a newline at its end; the same value gives the same bytes. Fields that are undefined are left out. */
export function compactJson(value: unknown): string {
  return `${written(value, '')}\n`;
}

function written(value: unknown, indent: string): string {
  const line = JSON.stringify(value) ?? 'null';
  if (typeof value !== 'object' || value === null) return line;
  if (indent.length + line.length <= WIDEST && isFlat(value)) return spaced(value);
  const inner = `${indent} `;
  if (Array.isArray(value)) {
    if (value.every((one) => typeof one === 'number')) return numbers(value, inner, indent);
    return `[\n${value.map((one) => inner + written(one, inner)).join(',\n')}\n${indent}]`;
  }
  const fields = Object.entries(value).filter(([, one]) => one !== undefined);
  const lines = fields.map(
    ([key, one]) => `${inner}${JSON.stringify(key)}: ${written(one, inner)}`,
  );
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
}

/** Nothing in it has parts of its own, so a change of one line is a change of one thing. */
function isFlat(value: object): boolean {
  return Object.values(value).every((one) => typeof one !== 'object' || one === null);
}

function spaced(value: object): string {
  if (Array.isArray(value)) return `[${value.map((one) => JSON.stringify(one)).join(', ')}]`;
  const fields = Object.entries(value).filter(([, one]) => one !== undefined);
  if (fields.length === 0) return '{}';
  return `{ ${fields.map(([key, one]) => `${JSON.stringify(key)}: ${JSON.stringify(one)}`).join(', ')} }`;
}

function numbers(all: readonly number[], inner: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const [at, one] of all.entries()) {
    const text = `${one}${at === all.length - 1 ? '' : ','}`;
    if (line !== '' && inner.length + line.length + 1 + text.length > WIDEST) {
      lines.push(inner + line);
      line = '';
    }
    line += line === '' ? text : ` ${text}`;
  }
  return `[\n${[...lines, inner + line].join('\n')}\n${indent}]`;
}
