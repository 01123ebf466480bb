/** Two jugs and a tap, from the TLA+ examples: measure 4 gallons with a jug of 3 and a jug of 5. */
import { cpu, machine, model, range } from 'heddle';

const jugs = machine({ small: range(3), big: range(5) });

/** Six actions, each of them always enabled: filling a full jug is a step that leads back to the same state. */
const pour = jugs.fn('pour', (b) => [
  b.loop([
    b.choose(
      b.step('fill small', (s) => {
        s.small = 3;
      }),
      b.step('fill big', (s) => {
        s.big = 5;
      }),
      b.step('empty small', (s) => {
        s.small = 0;
      }),
      b.step('empty big', (s) => {
        s.big = 0;
      }),
      b.atomic(
        'a TLA+ action is atomic',
        b.step('small into big', (s) => {
          const poured = Math.min(s.small, 5 - s.big);
          s.small -= poured;
          s.big += poured;
        }),
      ),
      b.atomic(
        'a TLA+ action is atomic',
        b.step('big into small', (s) => {
          const poured = Math.min(s.big, 3 - s.small);
          s.big -= poured;
          s.small += poured;
        }),
      ),
    ),
  ]),
]);

export default model({
  machine: jugs,
  cpus: [cpu({ task: pour })],
  source: 'DieHard.tla (tlaplus/Examples), all six actions',
});
