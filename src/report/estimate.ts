/** What a probe expects of a search, in words. */
import type { Estimate } from '../search/orders/estimate.ts';
import { Block } from './block.ts';
import { counted, duration, grouped, type Paint, plain } from './text.ts';

export interface EstimateTextOptions {
  readonly width?: number;
  readonly paint?: Paint;
  /** Leaves out times and rates; default false. */
  readonly stable?: boolean;
}

/** A few lines for one check: how many states, how long, how much memory, and what that is taken from. */
export function renderEstimate(one: Estimate, options: EstimateTextOptions = {}): string {
  const { width = 80, paint = plain, stable = false } = options;
  const write = new Block(width, paint);
  write.raw(`${paint('heading', one.check)}  ${headline(one)}`);
  if (one.error !== undefined) {
    write.say(`error[${one.error.code}]: ${one.error.fact}`, 2, 4);
    write.say(`next: ${one.error.next}`, 2, 8);
    return write.text();
  }
  write.say(costs(one, stable), 2, 4);
  if (!one.complete) {
    const { probed, levels, descended, deepest } = one;
    const time = stable ? '' : ` in ${duration(one.seconds)}`;
    const probe = `probed: ${counted(probed, 'state')} in ${counted(levels, 'level')}`;
    const descents = `${counted(descended, 'state')} in random descents of up to ${counted(deepest, 'step')}`;
    write.say(`${probe}, ${descents}${time}`, 2, 4);
    if (one.byDescents !== undefined)
      write.say(`the descents alone say ${rounded(one.byDescents)}, which is mostly too low`, 2, 4);
  }
  return write.text();
}

function headline({ complete, states, low, high, error }: Estimate): string {
  if (error !== undefined) return 'cannot be searched';
  if (complete) return `${counted(low, 'state')}, all of them`;
  if (states === undefined || high === undefined)
    return `more than ${rounded(low)} states: still growing, no end in sight`;
  return `about ${rounded(states)} states (between ${rounded(low)} and ${rounded(high)})`;
}

function costs(
  { complete, states, low, high, rate, bytesPerState }: Estimate,
  stable: boolean,
): string {
  const each = `${grouped(bytesPerState)} bytes a state`;
  if (complete) return each;
  const memory = (count: number) => sizeText(count * bytesPerState);
  const space =
    states === undefined || high === undefined
      ? `more than ${memory(low)}`
      : `about ${memory(states)} (${memory(low)} to ${memory(high)})`;
  const parts = [`${space} at ${each}`];
  if (!stable && rate > 0) {
    const speed = `at the probe's ${grouped(rate)} states/s`;
    parts.unshift(`about ${duration((states ?? low) / rate)} ${speed}`);
  }
  return parts.join('; ');
}

function sizeText(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024
    ? `${Math.max(1, Math.round(mebibytes))} MiB`
    : `${(mebibytes / 1024).toFixed(1)} GiB`;
}

/** To two digits: more would claim too much. */
function rounded(value: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
  return grouped(Math.round(value / unit) * unit);
}
