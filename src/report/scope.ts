/** What a verdict covers, in lines. */
import type { Verdict } from '../search/verdict.ts';
import type { Block } from './block.ts';
import { counted } from './text.ts';

const MEMORY_MODEL = 'sequentially consistent; barrier placement not checked';

/** How the lines begin that name a step declared to be one on hardware. */
const DECLARED = 'one step by declaration';

/** The scope as lines of a block; without `full` a violated check counts the declared steps instead of naming them. */
export function writeScope(write: Block, verdict: Verdict, full: boolean): void {
  const holds = verdict.verdict === 'holds';
  if (!holds && verdict.properties.every((one) => one.verdict !== 'holds')) return;
  write.raw(`  ${holds ? 'HOLDS for this model at this size' : 'scope'}:`);
  const lines = scopeOf(verdict);
  const shown = holds || full ? lines : lines.filter((line) => !line.startsWith(DECLARED));
  for (const line of shown) write.say(line, 4, 6);
  const hidden = verdict.scope.filter((line) => line.startsWith(DECLARED)).length;
  if (shown.length < lines.length) {
    write.say(
      `${counted(hidden, 'step')} declared to be one on hardware (--full lists them)`,
      4,
      6,
    );
  }
}

/** The lines of a verdict's scope, the memory model always among them; steps declared for one reason share a line. */
export function scopeOf(verdict: Verdict): readonly string[] {
  const lines: string[] = [];
  const declared = new Map<string, string[]>();
  for (const line of verdict.scope) {
    const match = /^one step by declaration: (.+?) \((.+)\)$/s.exec(line);
    if (match === null) lines.push(line);
    else declared.set(match[2], [...(declared.get(match[2]) ?? []), match[1]]);
  }
  if (!lines.some((line) => line.includes('sequentially consistent'))) lines.push(MEMORY_MODEL);
  const grouped = [...declared].map(
    ([reason, steps]) => `${DECLARED} (${reason}): ${steps.join('; ')}`,
  );
  return [...lines, ...grouped];
}
