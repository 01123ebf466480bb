/** Dining philosophers who all reach for the left fork first, as BEEM's phils.1: the textbook deadlock. */
import { array, bool, cpu, machine, model } from 'heddle';

/** `seats` philosophers round a table; fork i lies to the left of philosopher i. */
export default function philosophers(seats: number) {
  const table = machine({ fork: array(seats, bool()) });
  const dine = table.fn('dine', (b) => [
    b.loop([
      b.until(
        'take left',
        (s, _l, ctx) => !s.fork[ctx.cpu],
        (s, _l, ctx) => {
          s.fork[ctx.cpu] = true;
        },
      ),
      b.until(
        'take right',
        (s, _l, ctx) => !s.fork[(ctx.cpu + 1) % seats],
        (s, _l, ctx) => {
          s.fork[(ctx.cpu + 1) % seats] = true;
        },
      ),
      b.step('drop left', (s, _l, ctx) => {
        s.fork[ctx.cpu] = false;
      }),
      b.step('drop right', (s, _l, ctx) => {
        s.fork[(ctx.cpu + 1) % seats] = false;
      }),
    ]),
  ]);
  return model({
    machine: table,
    cpus: [cpu({ count: seats, name: 'philosopher', task: dine })],
    source:
      'phils.1 (BEEM): forks are shared flags, four steps each, the left fork is dropped first',
  });
}
