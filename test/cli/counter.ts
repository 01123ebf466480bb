/** A counter of which one step is needed by nobody: two CPUs add to it under a lock, and say so afterwards. */
import { folderWith } from '../load/folder.ts';

const MODEL = `
import { at_rest, check, cpu, machine, model, per_cpu, spin_lock, spin_unlock, spinlock, uint } from 'heddle';
const m = machine({ lock: spinlock(), x: uint(2), t: per_cpu(uint(2)), told: uint(1) });
const add = m.fn('add', (b) => [
  b.call(spin_lock, (s) => s.lock, 'lock'),
  b.step('t = x', (s, _l, { cpu }) => { s.t[cpu] = s.x; }),
  b.step('x = t + 1', (s, _l, { cpu }) => { s.x = s.t[cpu] + 1; }),
  b.call(spin_unlock, (s) => s.lock, 'lock'),
  b.step('told = 1', (s) => { s.told = 1; }),
]);
const two = model({ machine: m, cpus: [cpu({ count: 2, task: add })] });
const properties = { 'C1: nothing is lost': at_rest((s) => s.x === 2) };`;

/** A folder with checks of it: by name what is said of each, where `properties` are at hand. */
export function folderWithCounter(checks: Readonly<Record<string, string>>): string {
  const all = Object.entries(checks).map(([name, said]) => `${name}: check(two, { ${said} }),`);
  const text = `${MODEL}\nexport default {\n${all.join('\n')}\n};`;
  return folderWith({ 'checks/counter.ts': text, 'package.json': '{ "type": "module" }' });
}
