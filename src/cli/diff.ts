/** `heddle diff`: what changed between two revisions of a design, as their evidence has it. */
import { resolve } from 'node:path';
import { readEvidence } from '../load/evidence.ts';
import { renderComparison } from '../report/comparison.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Output } from './output.ts';

export interface DiffFlags {
  /** Every figure that differs. */
  readonly full?: boolean;
}

/** Prints what differs between two folders of evidence. Nothing is searched. */
export async function diff(
  before: string,
  after: string,
  flags: DiffFlags,
  output: Output,
): Promise<ExitCode> {
  const [first, second] = await Promise.all(
    [before, after].map((folder) => readEvidence(resolve(output.folder, folder))),
  );
  if (first === undefined || second === undefined) return EXIT.invalid;
  const { text, isSame } = renderComparison(first.manifest, second.manifest, {
    full: flags.full === true,
    paint: output.paint,
    names: [before, after],
  });
  output.print(`${text}\n`);
  return isSame ? EXIT.asDeclared : EXIT.surprise;
}
