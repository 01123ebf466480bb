import { check, never, reachable } from 'heddle';
import two_phase_commit from '../../models/classic/two_phase_commit.ts';

const of = (managers: number, size: 'small' | 'large') =>
  check(two_phase_commit(managers), {
    properties: {
      'T1: no one aborts what another has committed': never((s) => {
        const states = [...s.rm].map((one) => one.state);
        return states.includes('committed') && states.includes('aborted');
      }),
      'T2: all commit': reachable((s) =>
        [...s.rm].slice(0, managers).every((one) => one.state === 'committed'),
      ),
    },
    // TLA+ lets what has happened happen again: the protocol ends in states whose steps all lead back to them.
    facilities: { deadlock: 'off' },
    size,
  });

export default {
  two_phase_commit_3: of(3, 'small'),
  two_phase_commit_5: of(5, 'small'),
  two_phase_commit_7: of(7, 'large'),
};
