/** Two-phase commit (Gray and Lamport, ACM TODS 31(1), 2006), action by action as TwoPhase.tla. */
import { bool, cpu, enumeration, machine, model, per_cpu, record, type StateOf } from 'heddle';

function protocol() {
  return machine({
    tm: enumeration('init', 'committed', 'aborted'),
    /** One per CPU; that of the transaction manager itself, the last, is not used. */
    rm: per_cpu(
      record({
        state: enumeration('working', 'prepared', 'committed', 'aborted'),
        /** The manager has taken note that this one is prepared. */
        noted: bool(),
        /** The message 'Prepared' is on the network; messages are never taken off. */
        prepared_sent: bool(),
      }),
    ),
    commit_sent: bool(),
    abort_sent: bool(),
  });
}

/** What a property sees of the protocol. */
export type Protocol = StateOf<ReturnType<typeof protocol>>;

/** `managers` identical resource managers and one transaction manager; every action that may happen may happen again. */
export default function two_phase_commit(managers: number) {
  const state = protocol();

  const resource_manager = state.fn('resource_manager', (b) => {
    const action = (
      label: string,
      guard: (s: Protocol, own: Protocol['rm'][number]) => boolean,
      effect: (s: Protocol, own: Protocol['rm'][number]) => void,
    ) =>
      b.atomic(
        'a TLA+ action is atomic',
        b.until(
          label,
          (s, _l, ctx) => guard(s, s.rm[ctx.cpu]),
          (s, _l, ctx) => effect(s, s.rm[ctx.cpu]),
        ),
      );
    return [
      b.loop([
        b.choose(
          action(
            'RMPrepare',
            (_s, own) => own.state === 'working',
            (_s, own) => {
              own.state = 'prepared';
              own.prepared_sent = true;
            },
          ),
          action(
            'RMChooseToAbort',
            (_s, own) => own.state === 'working',
            (_s, own) => {
              own.state = 'aborted';
            },
          ),
          action(
            'RMRcvCommitMsg',
            (s) => s.commit_sent,
            (_s, own) => {
              own.state = 'committed';
            },
          ),
          action(
            'RMRcvAbortMsg',
            (s) => s.abort_sent,
            (_s, own) => {
              own.state = 'aborted';
            },
          ),
        ),
      ]),
    ];
  });

  const transaction_manager = state.fn('transaction_manager', (b) => [
    b.loop([
      b.choose(
        b.atomic(
          'a TLA+ action is atomic',
          b.pick('TMRcvPrepared', managers, (s, _l, from) => {
            if (s.tm !== 'init' || !s.rm[from].prepared_sent) return false;
            s.rm[from].noted = true;
            return true;
          }),
        ),
        b.atomic(
          'a TLA+ action is atomic',
          b.until(
            'TMCommit',
            (s) => s.tm === 'init' && [...s.rm].slice(0, managers).every((one) => one.noted),
            (s) => {
              s.tm = 'committed';
              s.commit_sent = true;
            },
          ),
        ),
        b.atomic(
          'a TLA+ action is atomic',
          b.until(
            'TMAbort',
            (s) => s.tm === 'init',
            (s) => {
              s.tm = 'aborted';
              s.abort_sent = true;
            },
          ),
        ),
      ),
    ]),
  ]);

  return model({
    machine: state,
    cpus: [
      cpu({ count: managers, name: 'RM', task: resource_manager }),
      cpu({ name: 'TM', task: transaction_manager }),
    ],
    source: 'TwoPhase.tla (tlaplus/Examples, transaction_commit), all seven actions',
  });
}
