/** The check of a trial: the program's own, with goals, what is asked after a step, and how facilities react. */
import * as heddle from 'heddle';
import { sharedTest, translate } from '../oracle/translate.ts';
import type { Trial } from './arbitrary.ts';

interface State {
  readonly x: number;
  readonly y: number;
  readonly t: Readonly<Record<number, number>>;
}

export function checkOf(trial: Trial): heddle.Check {
  const { program, kcsan, lockdep, after, goals, named, together } = trial;
  const labels: string[] = [];
  const base = translate(program, labels);
  // biome-ignore lint/suspicious/noExplicitAny: of any state.
  const properties: Record<string, heddle.Property<any>> = { ...base.properties };
  for (const [at, test] of goals.entries())
    properties[`goal${at}`] = heddle.reachable((s) => sharedTest(program, s, test));
  for (const [at, { label, test }] of after.entries())
    if (labels.length > 0)
      properties[`after${at}`] = heddle.after(labels[label % labels.length], (s) =>
        sharedTest(program, s, test),
      );
  // Which kind is seen depends on the way there: reductions are refused where a property tells them apart.
  for (const id of Object.keys(properties)) if (id.startsWith('deadlock ')) delete properties[id];
  if (named !== undefined && 't' in program.perCpu)
    properties.named = heddle.never<State>((s) => s.t[named.cpu] === named.value);
  if (together !== undefined && 'x' in program.shared && 'y' in program.shared)
    properties.together = heddle.never<State>((s) => s.x === together.x && s.y === together.y);
  const facilities = { KCSAN: kcsan ? 'soft' : 'off', LOCKDEP: lockdep } as const;
  return heddle.check(base.model, { properties, facilities });
}
