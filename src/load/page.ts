/** The page that reports are written into, as `npm run build` has left it beside the library. */
import { readFileSync } from 'node:fs';
import { pageUrl } from './library.ts';

/** The page without its content: see `PageOptions.template`. */
export function pageTemplate(): string {
  return readFileSync(pageUrl, 'utf8');
}
