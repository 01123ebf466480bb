/** Initial states. */
import { HeddleError } from '../design/errors.ts';
import { Fault } from '../design/processor.ts';
import type { Engine } from './engine.ts';

/**
 * Puts the memory (all codes 0) into the initial state `name`: the model's own code, then every CPU
 * at its first step.
 */
export function initialise(engine: Engine, name: string): void {
  const { model, cpus } = engine.compiled;
  const prepare = model.initial[name];
  if (prepare === undefined) {
    throw new HeddleError('bad-schedule', `the model has no initial state '${name}'`, model.place);
  }
  engine.attach();
  try {
    engine.prepare(() => prepare(engine.state));
    for (const cpu of cpus) {
      const slot = cpu.slots[0];
      if (cpu.kind === 'cpu' && slot !== undefined) engine.startTask(slot);
    }
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    throw new HeddleError(
      'bad-model',
      `the initial state '${name}' is refused: ${thrown.finding.message}`,
      model.place,
    );
  }
}
