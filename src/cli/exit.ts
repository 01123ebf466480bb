/** Exit codes, and which one wins where checks end differently. */
import type { Result } from '../session/events.ts';

export const EXIT = {
  asDeclared: 0,
  surprise: 1,
  invalid: 2,
  incomplete: 3,
  bug: 70,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** First is strongest. */
const PRECEDENCE: readonly ExitCode[] = [
  EXIT.bug,
  EXIT.interrupted,
  EXIT.invalid,
  EXIT.surprise,
  EXIT.incomplete,
  EXIT.asDeclared,
];

export function strongest(codes: readonly ExitCode[]): ExitCode {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.asDeclared;
}

/**
 * The exit code that one check asks for.
 * @param allowIncomplete a search that a bound ended, with nothing bad so far, is good enough.
 */
export function exitCodeOf(result: Result, allowIncomplete: boolean): ExitCode {
  switch (result.end.kind) {
    case 'bug':
      return EXIT.bug;
    case 'not_started':
      return EXIT.interrupted;
    case 'decided': {
      const { verdict } = result.end.outcomes;
      if (verdict.stopped?.bound === 'interrupt') return EXIT.interrupted;
      if (verdict.verdict === 'invalid') return EXIT.invalid;
      const undecided = verdict.verdict === 'incomplete' || !verdict.complete;
      if (!undecided) return verdict.ok ? EXIT.asDeclared : EXIT.surprise;
      // What was found is found; what was not may still lie beyond the bound.
      if (verdict.properties.some((one) => !one.ok && one.verdict === 'violated')) {
        return EXIT.surprise;
      }
      return allowIncomplete ? EXIT.asDeclared : EXIT.incomplete;
    }
  }
}
