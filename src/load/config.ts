/** `defineConfig(...)`: what a project says once for all its checks. */
import type { Bounds } from '../design/check.ts';
import { HeddleError, here } from '../design/errors.ts';

export interface Config {
  /** The folder of the checks, from the project's; default `checks`. */
  readonly checks?: string;
  /** Bounds of every check that does not set its own. */
  readonly bounds?: Bounds;
}

const BOUNDS = ['maxStates', 'maxDepth', 'timeLimitMs', 'memoryLimitBytes'] as const;

/**
 * Declares the configuration of a project: the default export of heddle.config.ts beside the folder of its checks.
 * A flag wins over the environment, that over the check, that over this file.
 * @throws HeddleError `bad-config` for an option that does not exist, or a bound that is not a positive number.
 * @example
 * export default defineConfig({ bounds: { maxStates: 5_000_000, timeLimitMs: 60_000 } });
 */
export function defineConfig(config: Config): Config {
  const place = here();
  for (const key of Object.keys(config)) {
    if (key !== 'checks' && key !== 'bounds') {
      throw new HeddleError('bad-config', `there is no option '${key}'`, place);
    }
  }
  for (const [key, value] of Object.entries(config.bounds ?? {})) {
    if (!BOUNDS.some((bound) => bound === key)) {
      throw new HeddleError('bad-config', `there is no bound '${key}'`, place);
    }
    if (typeof value !== 'number' || !(value > 0)) {
      throw new HeddleError('bad-config', `bound ${key} is ${value}, not a positive number`, place);
    }
  }
  return config;
}
