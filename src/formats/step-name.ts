/** What a step is called in graphs and diagrams: as traces by name write it. */
import { laneName, type TraceStep } from '../replay/trace.ts';

/** `CPU0 softirq page_table_free: take lock [1]`. */
export function stepName(
  cpus: readonly string[],
  step: Pick<TraceStep, 'cpu' | 'context' | 'label' | 'stack' | 'picked'>,
): string {
  return `${laneName(cpus, step)} ${callName(step)}`;
}

/** `page_table_free: take lock [1]`: without whose step it is. */
export function callName({
  label,
  stack,
  picked,
}: Pick<TraceStep, 'label' | 'stack' | 'picked'>): string {
  const where = stack.at(-1);
  return `${where === undefined ? '' : `${where}: `}${label}${picked === undefined ? '' : ` [${picked}]`}`;
}
