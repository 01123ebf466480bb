/** `--json`: a line of JSON for each event; schema/check-output.json says what is in it. */
import { VERSION } from '../design/version.ts';
import type { OutputRecord, VerdictRecord } from '../load/schemas.ts';
import type { Result, SessionEvent } from '../session/events.ts';
import { inTurn, type Reporter, type ReporterOptions } from './reporter.ts';

/** Records come as events do; with `stable`, check by check, without progress and times. */
export function jsonReporter({ write, stable, checks }: ReporterOptions): Reporter {
  const tool = `heddle ${VERSION}`;
  const tell = (event: SessionEvent) => {
    const record = recordOf(event, tool, stable);
    if (record !== undefined) write(`${JSON.stringify(record)}\n`);
  };
  return { onEvent: stable ? inTurn(checks, tell) : tell, finish: () => undefined };
}

export function recordOf(
  event: SessionEvent,
  tool: string,
  stable: boolean,
): OutputRecord | undefined {
  const { check } = event;
  switch (event.type) {
    case 'start':
      return {
        type: 'start',
        schemaVersion: 1,
        check,
        tool,
        modelHash: event.modelHash,
        bounds: event.bounds,
      };
    case 'progress':
      return stable ? undefined : { type: 'progress', schemaVersion: 1, ...event.progress };
    case 'violation':
      return {
        type: 'violation',
        schemaVersion: 1,
        check,
        property: event.property.name,
        id: event.property.id,
        expected: event.property.ok,
        violation: event.trace.violation,
        schedule: event.trace.schedule,
        initial: event.trace.initial,
        steps: event.trace.steps.length,
        switches: event.trace.switches,
        trace: event.file,
      };
    case 'kept':
    case 'resumed':
      return stable ? undefined : checkpointRecord(event);
    case 'end':
      return verdictRecord(event.result, stable);
  }
}

function checkpointRecord(
  event: Extract<SessionEvent, { type: 'kept' | 'resumed' }>,
): OutputRecord | undefined {
  const { check } = event;
  const schemaVersion = 1;
  if (event.type === 'resumed') {
    const { file, states } = event.resumed;
    return { type: 'resumed', schemaVersion, check, file, states };
  }
  const { file, states, failure } = event.kept;
  return failure === undefined ? { type: 'kept', schemaVersion, check, file, states } : undefined;
}

function verdictRecord(result: Result, stable: boolean): VerdictRecord | undefined {
  if (result.end.kind !== 'decided') return undefined;
  const { schemaVersion, check, seconds, ...verdict } = result.end.outcomes.verdict;
  const { modelHash } = result;
  const record = { type: 'verdict', schemaVersion, check, modelHash, ...verdict } as const;
  if (stable) return { ...record, ...withoutStack(record) };
  return { ...record, seconds };
}

/** Stacks name folders of this machine. */
function withoutStack({ error }: Pick<VerdictRecord, 'error'>): Pick<VerdictRecord, 'error'> {
  if (error === undefined) return {};
  const { stack: _stack, ...rest } = error;
  return { error: rest };
}
