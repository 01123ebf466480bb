/** Options as users write them: one that is misspelt would change a verdict unnoticed, so it is refused in plain JavaScript too. */
import { HeddleError, here, type Slug } from './errors.ts';

/** Every key of an options type, once: `{ task: true, count: true } satisfies Keys<CpuOptions>`. */
export type Keys<T> = Readonly<Record<keyof Required<T>, true>>;

/** @throws HeddleError `code` for an option that `what` does not have. */
export function refuseUnknown(
  code: Slug,
  what: string,
  options: object | undefined,
  known: Readonly<Record<string, unknown>>,
): void {
  for (const name of Object.keys(options ?? {})) {
    if (Object.hasOwn(known, name)) continue;
    const names = Object.keys(known).join(', ');
    throw new HeddleError(code, `${what} has no option '${name}'; there are ${names}`, here());
  }
}

/** @throws HeddleError `code` for a value that is none of `allowed`; undefined is none given. */
export function refuseOther(
  code: Slug,
  what: string,
  value: unknown,
  allowed: readonly unknown[],
): void {
  if (value === undefined || allowed.includes(value)) return;
  const values = allowed.map((one) => `'${String(one)}'`).join(', ');
  throw new HeddleError(code, `${what} is '${String(value)}'; it may be ${values}`, here());
}
