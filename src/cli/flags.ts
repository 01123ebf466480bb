/** Values of flags: limits with their units. */
import { HeddleError } from '../design/errors.ts';

const DURATIONS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const SIZES_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/**
 * A number of states or levels: a whole number from 1, with `_` or `,` between digits where that reads better.
 * @throws HeddleError `bad-flag`
 */
export function parseCount(flag: string, value: string): number {
  const digits = value.replace(/(?<=\d)[_,](?=\d)/g, '');
  const count = Number(digits);
  if (!/^\d+$/.test(digits) || !Number.isSafeInteger(count) || count < 1) {
    throw new HeddleError('bad-flag', `${flag} ${value}: not a whole number from 1`);
  }
  return count;
}

/**
 * A whole number from 0.
 * @throws HeddleError `bad-flag`
 */
export function parseWhole(flag: string, value: string, most = Number.MAX_SAFE_INTEGER): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? 'from 0' : `from 0 to ${most}`;
  throw new HeddleError('bad-flag', `${flag} ${value}: not a whole number ${range}`);
}

/**
 * `90s`, `10m`, `1.5h` in milliseconds.
 * @throws HeddleError `bad-flag` without a unit, or for nothing or less.
 */
export function parseDuration(flag: string, value: string): number {
  return parseQuantity(flag, value, DURATIONS_MS, 'ms, s, m, h or d', '10m');
}

/**
 * `512MiB`, `8GiB`, `2GB` in bytes.
 * @throws HeddleError `bad-flag` without a unit, or for nothing or less.
 */
export function parseSize(flag: string, value: string): number {
  return Math.floor(parseQuantity(flag, value, SIZES_BYTES, 'MiB, GiB, MB or GB', '8GiB'));
}

function parseQuantity(
  flag: string,
  value: string,
  units: Readonly<Record<string, number>>,
  known: string,
  example: string,
): number {
  const match = /^([+-]?[\d_.]+)\s*([A-Za-z]*)$/.exec(value.trim());
  const amount = Number(match?.[1].replaceAll('_', ''));
  if (match === null || Number.isNaN(amount)) {
    throw new HeddleError(
      'bad-flag',
      `${flag} ${value}: not a number with a unit, like ${example}`,
    );
  }
  if (match[2] === '') {
    throw new HeddleError('bad-flag', `${flag} ${value} has no unit: ${known}, like ${example}`);
  }
  const unit = Object.keys(units).find((one) => one.toLowerCase() === match[2].toLowerCase());
  if (unit === undefined) {
    throw new HeddleError('bad-flag', `${flag} ${value}: '${match[2]}' is none of ${known}`);
  }
  if (!(amount > 0)) throw new HeddleError('bad-flag', `${flag} ${value}: must be above zero`);
  return amount * units[unit];
}
