/** Anything thrown, as the data of a mistake. */
import { HeddleError, type Slug } from '../design/errors.ts';
import type { Mistake } from '../search/verdict.ts';
import { type Place, placeOf, stackAt } from './place.ts';

/**
 * What was thrown, as data that goes through workers and into JSON.
 *
 * @param otherwise the slug of an error that is not heddle's own: `cannot-load` while a user's module runs.
 */
export function mistakeOf(error: unknown, otherwise: Slug): Mistake {
  if (isHeddleError(error)) {
    return {
      code: error.code,
      fact: error.message,
      reason: error.reason,
      next: error.next,
      stack: error.place ?? error.stack,
      ...('schedule' in error && typeof error.schedule === 'string'
        ? { schedule: error.schedule }
        : {}),
    };
  }
  const fact = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return mistake(otherwise, fact, { stack });
}

/** A mistake that nobody threw, with the advice of its slug unless something better is known. */
export function mistake(
  code: Slug,
  fact: string,
  more: { stack?: string; at?: Place; reason?: string; next?: string } = {},
): Mistake {
  const { reason, next } = new HeddleError(code, fact);
  const stack = more.at === undefined ? more.stack : stackAt(more.at);
  return { code, fact, reason: more.reason ?? reason, next: more.next ?? next, stack };
}

/** Two copies of the library may meet (a user's and this one), so errors are known by their shape. */
export function isHeddleError(error: unknown): error is HeddleError {
  return (
    error instanceof Error && error.name === 'HeddleError' && 'code' in error && 'next' in error
  );
}

/** Whether the user has anything to do with it: a frame of the stack is in one of their files. */
export function isTheirs(found: Mistake): boolean {
  return found.stack !== undefined && placeOf(found.stack) !== undefined;
}
