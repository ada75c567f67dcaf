/** A folder for as long as something runs. */

import { fail, ok, type Result } from "../base/mod.ts";
import { describeFileError } from "./files.ts";

/** Makes an empty folder that only this user may read; `remove` takes it away with all that is in it. */
export function makeTemporaryFolder(prefix: string): Result<{ path: string; remove(): void }, string> {
  try {
    const path = Deno.makeTempDirSync({ prefix });
    return ok({
      path,
      remove() {
        try {
          Deno.removeSync(path, { recursive: true });
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
      },
    });
  } catch (error) {
    return fail(describeFileError(error));
  }
}
