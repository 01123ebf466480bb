/** What users get: verdicts with the shortest schedules, which are those of the whole graph also where it was searched reduced. */
import { type Check, explore } from 'heddle';
import type { Rules } from '../../src/search/reduce/rules.ts';
import { RULES } from '../../src/search/reduce/rules.ts';
import { ways } from './ways.ts';

/** Empty where they agree, and nothing is thrown. */
export function scheduleDifference(check: Check, asked: readonly string[], rules: Rules): string {
  try {
    const whole = told(check, 'none', rules);
    const parts = asked.slice(-1).map((way) => {
      const reduced = told(check, ways[way], rules);
      const lost = whole.filter((row) => !reduced.includes(row));
      const added = reduced.filter((row) => !whole.includes(row));
      if (lost.length + added.length === 0) return '';
      return `${way}: lost ${lost.slice(0, 4).join(', ')}, new ${added.slice(0, 4).join(', ')}`;
    });
    return parts.filter((part) => part !== '').join('; ');
  } catch (thrown) {
    return thrown instanceof Error ? `thrown: ${thrown.message}` : String(thrown);
  }
}

function told(
  check: Check,
  reduce: NonNullable<Parameters<typeof explore>[1]>['reduce'],
  rules: Rules = RULES,
): string[] {
  const { verdict } = explore(check, { reduce, rules });
  if (verdict.error !== undefined) return [`invalid ${verdict.error.code}`];
  return verdict.properties.map(
    ({ id, verdict: said, schedule }) =>
      `${id} ${said}${schedule === undefined ? '' : ` by ${schedule}`}`,
  );
}
