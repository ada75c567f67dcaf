/** Asks a person before something is done. */

import { CommandError, type Shell } from "./command.ts";

/** Throws {@linkcode CommandError} unless the answer is yes. */
export function confirm(question: string, shell: Shell): void {
  shell.error.write(`${question} [y/N] `);
  const answer = shell.readLine();
  if (answer === undefined) {
    throw new CommandError("\nNothing was changed: there is nobody to ask, say --yes");
  }
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new CommandError("Nothing was changed");
}
