/** A server without lines to the outside. */

import { failure, type Lines } from "../pbx/call/mod.ts";

export const NO_LINES: Lines = {
  identify: () => undefined,
  target: () => failure("not found"),
  enter: () => undefined,
  noAnswerMs: () => 0,
};
