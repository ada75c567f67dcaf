/** Builds the outcome of text that is not what its grammar says. */
import { fail, type Failure } from "../../base/mod.ts";
import type { ParseFault } from "./types.ts";

/** `reason` is a short English sentence without full stop; it never quotes the text, which may hold secrets. */
export function fault(where: string, reason: string): Failure<ParseFault> {
  return fail({ where, reason });
}
