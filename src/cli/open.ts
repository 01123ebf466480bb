/** The project that a command is about, with the checks it means. */
import { HeddleError } from '../design/errors.ts';
import { type Checks, loadChecks } from '../load/checks.ts';
import { mayDeclare } from '../load/names.ts';
import { shortPath } from '../load/place.ts';
import { checkFiles, openProject, type Project } from '../load/project.ts';
import { fitting, plainName } from './select.ts';

/**
 * Loads the files that may declare what the patterns mean; all of them where there is no pattern, or one that nothing fits, for then
 * somebody wants to know what there is.
 * @throws HeddleError `no-checks` where there is not even a broken one.
 */
export async function openChecks(
  folder: string,
  patterns: readonly string[] = [],
): Promise<Checks & { readonly project: Project }> {
  const project = await openProject(folder);
  if (checkFiles(project).length > 0 && patterns.length > 0) {
    const names = patterns.map(plainName);
    const some = await loadChecks(project, (path) => names.some((name) => mayDeclare(path, name)));
    const known = [...some.loaded, ...some.broken.map(({ name }) => ({ name }))];
    if (names.every((name) => fitting(known, name).length > 0)) return { ...some, project };
  }
  const checks = await loadChecks(project);
  if (checks.loaded.length === 0 && checks.broken.length === 0) {
    const place = shortPath(project.checksFolder, folder);
    throw new HeddleError('no-checks', `there are no checks in ${place}`);
  }
  return { ...checks, project };
}
