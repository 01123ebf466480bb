/** Diagrams of what the explorer really finds, as they would be pasted into a mail. */
import { explore } from 'heddle';
import { expect, test } from 'vitest';
import lost_update from '../../checks/classic/lost_update.ts';
import philosophers from '../../checks/classic/philosophers.ts';
import { renderTrace } from '../../src/report/diagram.ts';

test.each([
  ['lost_update_2', lost_update.lost_update_2],
  ['philosophers_4', philosophers.philosophers_4],
])('the diagram of classic/%s is as agreed', async (name, check) => {
  const { traces } = explore(check, { name: `classic/${name}` });
  const text = renderTrace(traces[0]);
  for (const line of text.split('\n')) {
    expect(line).toMatch(/^(?:[\x20-\x7e]*[\x21-\x7e])?$/);
    expect(line.length, line).toBeLessThanOrEqual(72);
  }
  await expect(`${text}\n`).toMatchFileSnapshot(`../golden/report/classic-${name}.txt`);
});
