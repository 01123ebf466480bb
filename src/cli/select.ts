/** Which checks a command means: names, path prefixes, globs; and what was probably meant where none fits. */
import { HeddleError } from '../design/errors.ts';

export interface Named {
  readonly name: string;
  readonly size: 'small' | 'large';
  /** What its file is called, without the ending: where no name fits, that means all checks in it. */
  readonly file?: string;
}

export interface Selection<T> {
  readonly chosen: readonly T[];
  /** Large ones that a prefix or glob also fits. */
  readonly leftOut: readonly T[];
}

/**
 * The checks that patterns mean, in the order of `all`; without a pattern, all small ones.
 * A large check needs its full name, `large: true`, or a pattern that only large ones fit.
 * @throws HeddleError `unknown-name` for a pattern that nothing fits.
 */
export function select<T extends Named>(
  all: readonly T[],
  patterns: readonly string[],
  options: { readonly large?: boolean } = {},
): Selection<T> {
  const wanted = new Set<T>();
  const met = new Set<T>();
  for (const pattern of patterns.length === 0 ? ['**'] : patterns.map(plainName)) {
    const fits = fitting(all, pattern);
    if (fits.length === 0) {
      if (patterns.length === 0) continue;
      throw unknownName(
        pattern,
        all.map(({ name }) => name),
      );
    }
    const small = fits.filter(({ size }) => size === 'small');
    const named = fits.filter(({ name }) => name === pattern);
    for (const one of fits) met.add(one);
    const isAskedFor = options.large === true || small.length === 0;
    for (const one of isAskedFor ? fits : [...small, ...named]) wanted.add(one);
  }
  return {
    chosen: all.filter((one) => wanted.has(one)),
    leftOut: all.filter((one) => met.has(one) && !wanted.has(one)),
  };
}

/** What a pattern means: checks by their names, or else all that a file of that name declares. */
export function fitting<T extends { readonly name: string; readonly file?: string }>(
  all: readonly T[],
  pattern: string,
): readonly T[] {
  const named = all.filter(({ name }) => matches(name, pattern));
  return named.length > 0 ? named : all.filter(({ file }) => file === pattern);
}

/** "no check 'x'. Did you mean y?" */
export function unknownName(name: string, known: readonly string[]): HeddleError {
  const near = nearest(name, known);
  const hint = near === undefined ? '' : `. Did you mean ${near}?`;
  return new HeddleError('unknown-name', `no check '${name}'${hint}`);
}

/** Whether a name is the pattern, lies below it, or fits it as a glob of `*`, `**`, `?` and `{a,b}`. */
export function matches(name: string, pattern: string): boolean {
  if (name === pattern || name.startsWith(`${pattern}/`)) return true;
  return /[*?{]/.test(pattern) && globToRegExp(pattern).test(name);
}

/** The known name, or folder of names, that takes the fewest changes; undefined where all are far. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const candidates = new Set(known.flatMap(withFolders));
  const limit = Math.max(2, Math.floor(name.length / 3));
  let best: string | undefined;
  let fewest = limit + 1;
  for (const candidate of candidates) {
    const changes = distance(name.toLowerCase(), candidate.toLowerCase());
    if (changes < fewest) {
      fewest = changes;
      best = candidate;
    }
  }
  return best ?? [...candidates].find((one) => one.split('/').at(-1) === name);
}

/** A check may be given as its file, as a shell completes it. */
export function plainName(pattern: string): string {
  return pattern
    .replace(/^\.\//, '')
    .replace(/^checks\/(?=.*\.[mc]?[jt]s$)/, '')
    .replace(/(\.check)?\.[mc]?[jt]s$/, '')
    .replace(/\/+$/, '');
}

function withFolders(name: string): readonly string[] {
  const parts = name.split('/');
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

function globToRegExp(glob: string): RegExp {
  let depth = 0;
  const source = glob.replace(/\*\*\/?|[*?{},]|[\\^$.|+()[\]]/g, (token) => {
    if (token.startsWith('**')) return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token === '{') {
      depth += 1;
      return '(?:';
    }
    if (token === '}' && depth > 0) {
      depth -= 1;
      return ')';
    }
    if (token === ',') return depth > 0 ? '|' : ',';
    return `\\${token}`;
  });
  return new RegExp(`^${source}${')'.repeat(depth)}(?:/.*)?$`);
}

/** Letters added, dropped, changed, or swapped with their neighbour. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      next[column] = Math.min(
        last[column] + 1,
        next[column - 1] + 1,
        last[column - 1] + (same ? 0 : 1),
      );
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) next[column] = Math.min(next[column], beforeLast[column - 2] + 1);
    }
    beforeLast = last;
    last = next;
  }
  return last[to.length];
}
