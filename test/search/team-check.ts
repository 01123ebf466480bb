/** A random program as a check that every thread of a team makes for itself. */
import * as heddle from 'heddle';
import type { Program } from '../oracle/program.ts';
import { translate } from '../oracle/translate.ts';

export interface Source {
  readonly program: Program;
  readonly kcsan: heddle.FacilityMode;
}

/** With a goal for each property that always holds, met where it does. */
export function checkOf({ program, kcsan }: Source): heddle.Check {
  const check = translate(program);
  const properties = { ...check.properties } as Record<string, heddle.Property<never>>;
  for (const [id, property] of Object.entries(properties))
    if (property.kind === 'always') properties[`goal_${id}`] = heddle.reachable(property.predicate);
  return {
    ...check,
    properties,
    facilities: { ...check.facilities, KCSAN: kcsan },
  } as heddle.Check;
}
