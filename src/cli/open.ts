/** The project that a command is about, with all its checks. */
import { HeddleError } from '../design/errors.ts';
import { type Checks, loadChecks } from '../load/checks.ts';
import { shortPath } from '../load/place.ts';
import { openProject, type Project } from '../load/project.ts';

/** @throws HeddleError `no-checks` where there is not even a broken one. */
export async function openChecks(folder: string): Promise<Checks & { readonly project: Project }> {
  const project = await openProject(folder);
  const checks = await loadChecks(project);
  if (checks.loaded.length === 0 && checks.broken.length === 0) {
    const place = shortPath(project.checksFolder, folder);
    throw new HeddleError('no-checks', `there are no checks in ${place}`);
  }
  return { ...checks, project };
}
