/** Where this installation of heddle is, seen from dist/ and, in the tests, from src/: what runs is always dist/. */
import { fileURLToPath } from 'node:url';

// As far down as this file lies what the build makes of it: dist/chunks holds what its entries share.
const packageUrl = new URL('../../', import.meta.url);

/** The folder of the package, with a slash at its end. */
export const packageFolder = fileURLToPath(packageUrl);

/** What `import 'heddle'` means in a user's file. */
export const libraryUrl = new URL('dist/index.js', packageUrl).href;

/** The script of the worker threads that search. */
export const workerUrl = new URL('dist/session/worker.js', packageUrl);

/** The page without its content. */
export const pageUrl = new URL('dist/page/index.html', packageUrl);
