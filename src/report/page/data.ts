/** What the page's program is given of each schedule: plain data, written once into the page. */
import { formatMove, parseSchedule } from '../../replay/schedule.ts';
import type { Section } from '../../replay/sections.ts';
import type { StateLog } from '../../replay/states.ts';
import type { Access, Trace, TraceStep } from '../../replay/trace.ts';
import type { Alternative } from '../../search/alternatives.ts';
import type { PropertyStatus, Said } from '../../search/status.ts';
import type { TraceDetails } from './details.ts';

export interface PageData {
  readonly schemaVersion: 1;
  /** Names of words and objects, once for all schedules that have the same. */
  readonly names: readonly Pick<StateLog, 'objects' | 'words'>[];
  readonly schedules: readonly ScheduleData[];
}

export interface ScheduleData {
  readonly check: string;
  readonly property: string;
  readonly initial: string;
  /** How heddle replays it. */
  readonly command: string;
  readonly cpus: readonly string[];
  /** Whether its end violates the property. */
  readonly isBad: boolean;
  /** CPUs that cannot move at the end. */
  readonly blocked: Trace['blocked'];
  readonly steps: readonly StepData[];
  /** By step, as schedules write it: `1`, `0s`, `1:2`. */
  readonly moves: readonly string[];
  /** Absent where only the trace is known, and not the check it was made from. */
  readonly states?: StatesData;
}

export type StepData = Pick<TraceStep, 'cpu' | 'context' | 'label' | 'stack' | 'refused'> & {
  /** What it read, and what it stored without changing it. */
  readonly accesses: readonly Access[];
  readonly findings: readonly string[];
};

export interface StatesData extends Pick<StateLog, 'first' | 'changes'> {
  /** Index into `PageData.names`. */
  readonly names: number;
  readonly sections: readonly Section[];
  readonly status: readonly StatusData[];
  readonly moves: readonly (readonly Alternative[])[];
}

export interface StatusData extends Pick<PropertyStatus, 'id' | 'name' | 'kind'> {
  /** By number of steps done, a letter: see `SAID`. */
  readonly said: string;
}

export const SAID: Readonly<Record<Said, string>> = {
  true: 't',
  false: 'f',
  silent: '.',
  asked: 'a',
};

/** Collects the data of schedules while the page is written. */
export class DataOfPage {
  private readonly names: { readonly key: string; readonly value: PageData['names'][number] }[] =
    [];
  private readonly schedules: ScheduleData[] = [];

  /** Adds a schedule and returns its index. */
  add(trace: Trace, details: TraceDetails | undefined, command: string): number {
    const { check, property, initial, cpus, steps, blocked, finding } = trace;
    this.schedules.push({
      check,
      property,
      initial,
      command,
      cpus,
      isBad: finding.kind !== '',
      blocked,
      steps: steps.map(stepData),
      moves: parseSchedule(trace.schedule).map(formatMove),
      ...(details === undefined ? {} : { states: this.statesData(details) }),
    });
    return this.schedules.length - 1;
  }

  data(): PageData {
    return {
      schemaVersion: 1,
      names: this.names.map(({ value }) => value),
      schedules: this.schedules,
    };
  }

  private statesData({ states, sections, status, moves }: TraceDetails): StatesData {
    const { objects, words, first, changes } = states;
    return {
      names: this.namesOf({ objects, words }),
      first,
      changes,
      sections,
      status: status.map(({ id, name, kind, said }) => {
        return { id, name, kind, said: said.map((one) => SAID[one]).join('') };
      }),
      moves,
    };
  }

  private namesOf(value: PageData['names'][number]): number {
    const key = JSON.stringify(value);
    const known = this.names.findIndex((one) => one.key === key);
    if (known !== -1) return known;
    this.names.push({ key, value });
    return this.names.length - 1;
  }
}

function stepData({
  cpu,
  context,
  label,
  stack,
  refused,
  accesses,
  findings,
}: TraceStep): StepData {
  return {
    cpu,
    context,
    label,
    stack,
    refused,
    accesses,
    findings: findings.map(({ message }) => message),
  };
}
