/** Sets of pages, as `set_of('page')` keeps them: bit `page` of a number. */
import { NONE } from 'heddle';

export function has(set: number, page: number): boolean {
  return page !== NONE && ((set >>> page) & 1) === 1;
}

export function plus(set: number, page: number): number {
  return (set | (1 << page)) >>> 0;
}

export function minus(set: number, page: number): number {
  return (set & ~(1 << page)) >>> 0;
}
