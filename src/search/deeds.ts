/** What making a move does beside storing: which step it is, which claims it evaluates, which properties are asked after it. */
import type { Finding } from '../design/processor.ts';
import type { StepInstruction } from '../machine/instructions.ts';
import type { Row } from './board.ts';

/** Equal ones have one number, so that states share them. */
export class Deeds {
  /** By number: how often it was done. */
  private readonly taken: number[] = [];
  /** By number: the properties that are asked of the state after it, if any. */
  readonly after: (readonly Row[] | undefined)[] = [];
  /** Whether any property is asked after a deed. */
  asksAfter = false;
  /** By number: whether something was found, or is asked of the state after it. */
  readonly tells: boolean[] = [];
  /** By number: the same, or a claim is evaluated: it matters that it is done. */
  readonly matters: boolean[] = [];
  /** By number: the step; absent for a move that is none of a program. */
  readonly steps: (StepInstruction | undefined)[] = [];
  private readonly stepNumbers = new Map<StepInstruction | undefined, number>();
  private readonly counters: number[] = [];
  private readonly claims: (readonly Row[])[] = [];
  private readonly numbers = new Map<string, number>();

  /** `counter` is where the step is counted, or -1. */
  number(
    step: StepInstruction | undefined,
    counter: number,
    claims: readonly Row[],
    after: readonly Row[],
    findings: readonly Finding[],
  ): number {
    const tells = findings.length + after.length > 0;
    const key = JSON.stringify([this.stepNumber(step), counter, ids(claims), ids(after), tells]);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.taken.push(0) - 1;
    this.steps.push(step);
    this.counters.push(counter);
    this.claims.push(claims);
    this.asksAfter ||= after.length > 0;
    this.after.push(after.length === 0 ? undefined : after);
    this.tells.push(tells);
    this.matters.push(tells || claims.length > 0);
    this.numbers.set(key, number);
    return number;
  }

  take(number: number, times: number): void {
    this.taken[number] = (this.taken[number] as number) + times;
  }

  private stepNumber(step: StepInstruction | undefined): number {
    const known = this.stepNumbers.get(step);
    if (known !== undefined) return known;
    this.stepNumbers.set(step, this.stepNumbers.size);
    return this.stepNumbers.size - 1;
  }

  /** Adds what was done to the counts of steps and of claims. */
  settle(stepCounts: Float64Array): void {
    for (const [number, times] of this.taken.entries()) {
      const counter = this.counters[number] as number;
      if (counter !== -1) stepCounts[counter] = (stepCounts[counter] as number) + times;
      for (const row of this.claims[number] as readonly Row[]) row.evaluated += times;
      this.taken[number] = 0;
    }
  }
}

/** Places of rows change where another's are added; what they are called does not. */
function ids(rows: readonly Row[]): string[] {
  return rows.map(({ id }) => id);
}
