/** A check that counts for a very long time. */
export const ENDLESS = `import { check, cpu, machine, model, range } from 'heddle';
const m = machine({ x: range(4_000_000_000), y: range(4_000_000_000) });
const count = m.fn('count', (b) => [
  b.loop([
    b.atomic('a test', b.step('x += 1', (s) => { s.x = s.x + 1; })),
    b.atomic('a test', b.step('y += 1', (s) => { s.y = s.y + 1; })),
  ]),
]);
export default check(model({ machine: m, cpus: [cpu({ count: 2, task: count })] }));
`;
