/** The bar above a schedule: where one stands, in words and as buttons, each with its key. */
import { goTo, nextSwitch, othersHere, type Position, press, previousSwitch } from './position.ts';

export function Controls({ position }: { position: Position }) {
  const { at, schedule, whole, diffOnly } = position;
  const { steps, cpus } = schedule;
  const step = steps[at.value - 1];
  const isFirst = at.value === 0;
  const isLast = at.value === steps.length;
  const context = step === undefined || step.context === 'task' ? '' : ` ${step.context}`;
  return (
    <div class="walk" role="group" aria-label="Step through the schedule">
      <div class="buttons">
        <button
          type="button"
          disabled={isFirst}
          onClick={() => goTo(position, previousSwitch(position))}
          title="previous switch of CPU (key [)"
        >
          <span aria-hidden="true">{'\u00ab'}</span> switch
        </button>
        <button
          type="button"
          disabled={isFirst}
          onClick={() => goTo(position, at.value - 1)}
          title="one step back (left arrow)"
        >
          <span aria-hidden="true">{'\u2039'}</span> step
        </button>
        <label class="at">
          <span class="unseen">step</span>
          <input
            type="number"
            min="0"
            max={steps.length}
            value={at.value}
            data-part="number"
            title="go to a step (key g)"
            onChange={(event) => goTo(position, Number(event.currentTarget.value))}
          />
          <span> of {steps.length}</span>
        </label>
        <button
          type="button"
          disabled={isLast}
          onClick={() => goTo(position, at.value + 1)}
          title="one step on (right arrow)"
        >
          step <span aria-hidden="true">{'\u203a'}</span>
        </button>
        <button
          type="button"
          disabled={isLast}
          onClick={() => goTo(position, nextSwitch(position))}
          title="next switch of CPU (key ])"
        >
          switch <span aria-hidden="true">{'\u00bb'}</span>
        </button>
        <button
          type="button"
          disabled={othersHere(position).length === 0}
          aria-pressed={position.chosen.value !== undefined}
          onClick={() => press(position, 's')}
          title="what could have moved here instead, one after the other (key s)"
        >
          other move <kbd>s</kbd>
        </button>
        <span class="gap" />
        <button
          type="button"
          aria-pressed={diffOnly.value}
          onClick={() => (diffOnly.value = !diffOnly.value)}
          title="hides the columns of the schedule (key d)"
        >
          only what changed <kbd>d</kbd>
        </button>
        <button
          type="button"
          aria-pressed={whole.value}
          onClick={() => (whole.value = !whole.value)}
          title="every word of the state (key f)"
        >
          whole state <kbd>f</kbd>
        </button>
      </div>
      <p class="where" aria-live="polite">
        {step === undefined ? (
          <>
            <b>initial state</b>
            {schedule.initial === '' || schedule.initial === 'initial'
              ? ''
              : ` ${schedule.initial}`}
          </>
        ) : (
          <>
            <b>
              step {at.value} of {steps.length}
            </b>{' '}
            <span class={`who cpu${step.cpu % 6}`}>
              {cpus[step.cpu]}
              {context}
            </span>{' '}
            <span class="stack">{step.stack.join(' \u203a ')}</span> <code>{step.label}</code>
          </>
        )}
      </p>
    </div>
  );
}
