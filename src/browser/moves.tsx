/** Who could have moved at a point of a schedule, and the command that goes on with another move than the one that was taken. */
import { laneName } from '../replay/trace.ts';
import { branchCommand, choose, type Position } from './position.ts';

type Alternative = NonNullable<Position['schedule']['states']>['moves'][number][number];

export function Moves({ position }: { position: Position }) {
  const { at, schedule, chosen } = position;
  const moves = schedule.states?.moves[at.value] ?? [];
  const isEnd = at.value === schedule.steps.length;
  if (schedule.states === undefined) return null;
  return (
    <section class="moves" aria-label="Who could move here">
      <p class="title">{isEnd ? 'Who could move on' : 'Who could move here'}</p>
      {moves.length === 0 && <p class="nothing">{isEnd ? 'The schedule ends here.' : 'Nobody.'}</p>}
      {isEnd && schedule.blocked.length > 0 && (
        <ul class="blocked">
          {schedule.blocked.map(({ cpu, on }) => (
            <li key={cpu}>
              <span class={`who cpu${cpu % 6}`}>{schedule.cpus[cpu]}</span> waits: <code>{on}</code>
            </li>
          ))}
        </ul>
      )}
      <ul>
        {moves.map((one) => {
          const isTaken = one.move === schedule.moves[at.value];
          const isChosen = one.move === chosen.value;
          return (
            <li key={one.move} class={isTaken ? 'taken' : isChosen ? 'chosen' : ''}>
              {isTaken ? (
                <Move one={one} cpus={schedule.cpus} sign={'\u25b6 '} />
              ) : (
                <button
                  type="button"
                  class="move"
                  aria-pressed={isChosen}
                  title="go another way here (key s)"
                  onClick={() => choose(position, isChosen ? undefined : one.move)}
                >
                  <Move one={one} cpus={schedule.cpus} sign={isChosen ? '\u25b7 ' : ''} />
                </button>
              )}
              <Ahead alternative={one} taken={isTaken ? takenWords(position) : ''} />
              {isChosen && <Branch position={position} move={one.move} />}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

interface MoveProps {
  readonly one: Alternative;
  readonly cpus: readonly string[];
  readonly sign: string;
}

function Move({ one, cpus, sign }: MoveProps) {
  const where = one.stack.at(-1);
  return (
    <>
      <span class={`who cpu${one.cpu % 6}`}>
        {sign}
        {laneName(cpus, one)}
      </span>{' '}
      <code>
        {where === undefined ? '' : `${where}: `}
        {one.label}
        {one.picked === undefined ? '' : ` [${one.picked}]`}
      </code>
    </>
  );
}

/** How a schedule goes on with a move that was not taken: a page runs nothing, so it says what does. */
function Branch({ position, move }: { position: Position; move: string }) {
  const command = branchCommand(position, move);
  const ways = [
    ['Go this way', command],
    ['and search what can still go wrong', `${command} --search`],
  ] as const;
  return (
    <div class="branch">
      {ways.map(([words, text]) => (
        <p key={words}>
          {words}:{' '}
          <button type="button" class="copy" onClick={(event) => copy(event.currentTarget, text)}>
            copy
          </button>
          <code>{text}</code>
        </p>
      ))}
    </div>
  );
}

/** Puts a command where it can be pasted; where the browser does not allow that, it is selected. */
function copy(button: HTMLElement, text: string): void {
  const code = button.nextElementSibling;
  const select = () => {
    if (code !== null) getSelection()?.selectAllChildren(code);
  };
  const done = () => {
    button.textContent = 'copied';
  };
  if (navigator.clipboard === undefined) select();
  else navigator.clipboard.writeText(text).then(done, select);
}

/** What the step that the schedule takes leads to on it. */
function takenWords({ at, schedule }: Position): string {
  const left = schedule.steps.length - at.value;
  if (!schedule.isBad) return 'taken; ';
  const property = schedule.property.replace(/:.*$/s, '');
  return left === 1 ? `taken: violates ${property}` : `taken: ${property} in ${left} steps`;
}

/** What a move leads to, as a sign and in words. */
function Ahead({
  alternative: { leadsTo, stays },
  taken,
}: {
  alternative: Alternative;
  taken: string;
}) {
  const [kind, sign, words] = aheadOf(leadsTo);
  // The schedule itself is a proof, whatever the search has found.
  const isProof = taken.includes(':');
  const steps = Number(/ in (\d+) steps$/.exec(taken)?.[1] ?? 1);
  const isNearer = leadsTo.kind === 'violation' && leadsTo.steps < steps;
  return (
    <em class={isProof ? 'bad' : kind}>
      <span aria-hidden="true">{isProof ? '\u2717' : sign}</span> {taken}
      {stays === true && (isProof ? '; changes nothing' : 'changes nothing; ')}
      {isProof ? isNearer && `; ${words}` : words}
    </em>
  );
}

function aheadOf(
  leadsTo: Alternative['leadsTo'],
): readonly [kind: string, sign: string, words: string] {
  switch (leadsTo.kind) {
    case 'violation': {
      const { steps, atMost } = leadsTo;
      const property = leadsTo.property.replace(/:.*$/s, '');
      if (steps <= 1) return ['bad', '\u2717', `a violation at once: ${property}`];
      return [
        'bad',
        '\u2717',
        `nearest violation: ${property}, in ${atMost === true ? 'at most ' : ''}${steps} steps`,
      ];
    }
    case 'fine':
      return ['good', '\u2713', 'fine, whatever follows'];
    case 'unknown':
      return ['none', '?', `nothing found in ${leadsTo.states.toLocaleString('en-US')} states`];
  }
}
