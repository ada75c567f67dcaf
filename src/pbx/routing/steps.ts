/** One step on the way to a decision, as data: a text key and what the text names. */

import type { CodeName } from "./service_code.ts";

export type Step =
  | { readonly key: "emergency"; readonly number: string; readonly ways: number }
  | { readonly key: "emergency.noLine"; readonly number: string }
  | { readonly key: "code"; readonly code: CodeName; readonly argument: string }
  | { readonly key: "code.incomplete"; readonly code: CodeName }
  | {
    readonly key: "extension" | "huntGroup" | "ringGroup" | "room";
    readonly number: string;
    readonly name: string;
  }
  | { readonly key: "room.unknown" | "unknown"; readonly number: string }
  /** Rules are counted from 1, as people do. */
  | {
    readonly key: "rule.noMatch" | "rule.match" | "rule.empty";
    readonly rule: number;
    readonly match: string;
  }
  | { readonly key: "rule.closed"; readonly rule: number; readonly match: string; readonly schedule: string }
  | {
    readonly key: "rule.level";
    readonly rule: number;
    readonly match: string;
    readonly level: string;
    readonly own: string;
  }
  | { readonly key: "rule.noLine"; readonly rule: number; readonly match: string }
  | { readonly key: "way"; readonly line: string; readonly number: string; readonly callerNumber: string }
  | { readonly key: "line.unknown" | "line.down" | "line.blocked" | "line.full"; readonly line: string }
  | { readonly key: "line.closed"; readonly line: string; readonly schedule: string }
  | {
    readonly key: "list.black" | "list.share";
    readonly called: string;
    readonly caller: string;
    readonly percent: number;
  }
  | { readonly key: "limit.prefix"; readonly number: string; readonly prefix: string }
  | { readonly key: "limit.country"; readonly number: string }
  | { readonly key: "limit.calls"; readonly number: string; readonly limit: number };

export type StepKey = Step["key"];
