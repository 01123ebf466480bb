/** What checks are called: paths below the folder of checks. */

/** A file below checks/ that declares checks: not a test, not a declaration, nothing that starts with `_` or a dot. */
export function isCheckFile(path: string): boolean {
  const parts = path.split('/');
  if (parts.some((part) => /^[_.]/.test(part) || part === 'node_modules')) return false;
  return /\.(ts|js|mts|mjs)$/.test(path) && !/\.(test|d)\.\w+$/.test(path);
}

/** The name of the single check of a file: its path without the ending. `path` is relative to checks/, with slashes. */
export function checkName(path: string): string {
  return path.replace(/(\.check)?\.\w+$/, '');
}

/** The name of one check of a file that exports several: the file's folder and the key. */
export function keyedName(path: string, key: string): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return `${folder}${key}`;
}

/**
 * Whether a file may declare a check that a name, a folder or a glob means. Keys may have slashes in them, so a file
 * declares any name below its own folder.
 */
export function mayDeclare(path: string, pattern: string): boolean {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const [start] = pattern.split(/[*?{]/, 1);
  return start.startsWith(folder) || folder.startsWith(start);
}

/** Names in the order a reader expects: folders last, `x_2` before `x_10`. */
export function inOrder(first: string, second: string): number {
  return ORDER.compare(first, second);
}

const ORDER = new Intl.Collator('en', { numeric: true });
