/** What commands are declared with: the program, the options of `check` that they share, and where their exit code goes */
import type { Command, Option } from './arguments.ts';
import type { ExitCode } from './exit.ts';
import type { ColorMode } from './terminal.ts';

export interface Declaring {
  readonly program: Command;
  /** The options of `check`, of which some are elsewhere too. */
  readonly options: () => readonly Option[];
  readonly color: () => Option;
  end(code: ExitCode): void;
}

/** Flags as commander gives them: every command has `--color`. */
export type WithColor<Flags> = Flags & { readonly color: ColorMode };

/** Adds those of the options that have one of these names, in the order in which `check` has them. */
export function addSome(
  command: Command,
  options: readonly Option[],
  names: readonly string[],
): void {
  for (const option of options) if (names.includes(option.long ?? '')) command.addOption(option);
}
