/** Why a step is there: the schedule that it prevents, and what becomes of the model with it done wrongly in other ways. */
import type { Trace } from '../replay/trace.ts';
import { renderTrace, type TraceOptions } from './diagram.ts';
import { type KillTable, lineOf, type MutantRow } from './kill-table.ts';
import { replayCommand } from './summary.ts';
import { plain, wrap } from './text.ts';

export interface Reason {
  /** `function: label`. */
  readonly step: string;
  /** All mutants of the step. */
  readonly table: KillTable;
  /** The one whose schedule is shown, where one was killed with a schedule. */
  readonly shown: MutantRow | undefined;
  readonly trace: Trace | undefined;
}

function isEquivalent(row: MutantRow): row is MutantRow & { readonly why: string } {
  return row.survived === 'equivalent' && row.why !== undefined;
}

export function renderReason({ step, table, shown, trace }: Reason, options: TraceOptions): string {
  const { paint = plain } = options;
  const place = shown?.place ?? table.mutants[0]?.place ?? '';
  const lines = [paint('heading', step), ...(place === '' ? [] : [`  ${place}`]), ''];
  if (shown === undefined || trace === undefined) {
    lines.push(
      ...wrap('No check that was searched needs it as it is: no schedule is prevented.', 72),
    );
  } else {
    lines.push(...wrap(`It prevents this. The model is '${shown.what}':`, 72), '');
    lines.push(renderTrace(trace, options), '');
    const check = shown.killedBy?.check ?? '';
    lines.push(`next: ${replayCommand(check, trace, 'npx heddle')} --mutant ${shown.id}`);
  }
  lines.push('', ...table.mutants.map((row) => lineOf(row, table, paint)));
  const reasons = new Set(table.mutants.flatMap((row) => (isEquivalent(row) ? [row.why] : [])));
  for (const why of reasons) lines.push('', ...wrap(`Equivalent: ${why}.`, 72));
  return lines.join('\n');
}
