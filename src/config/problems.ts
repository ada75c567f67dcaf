/** What is wrong with a configuration, said so that a person can put it right. No problem ever repeats a secret. */

import type { z } from "zod";
import { nearest } from "./nearest.ts";
import { type Path, type Place, printPath, valueAt } from "./path.ts";

export interface Problem {
  /** A warning is worth a look; the configuration works all the same. */
  readonly severity: "error" | "warning";
  /** `domains[0].extensions[1].forward.noAnswer.to`; empty for the file as a whole. */
  readonly path: string;
  /** 1-based; absent where the settings did not come from text. */
  readonly line?: number;
  readonly column?: number;
  /** What is wrong and what would be right, without full stop. */
  readonly message: string;
}

/** A finding before its place in the text is known. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly path: Path;
  readonly message: string;
  /** The complaint is about the key, not its value. */
  readonly aboutKey?: boolean;
}

const SECRET_KEYS: ReadonlySet<PropertyKey> = new Set([
  "password",
  "pin",
  "moderatorPin",
  "ha1",
  // Of the API.
  "before",
  "after",
  "code",
  "key",
  "passphrase",
  "token",
]);

/** One line: `sipedge.yaml:12:7: domains[0].name: …`, or `sipedge.yaml:12:7: warning: …`. */
export function printProblem(problem: Problem, fileName: string): string {
  const place = problem.line === undefined ? fileName : `${fileName}:${problem.line}:${problem.column ?? 1}`;
  const warning = problem.severity === "warning" ? "warning: " : "";
  return `${place}: ${warning}${problem.path === "" ? "" : `${problem.path}: `}${problem.message}`;
}

/** Gives findings their line and column, in the order of the file. */
export function placeFindings(
  findings: readonly Finding[],
  file: { placeOf(path: Path): Place; placeOfKey(path: Path): Place },
): Problem[] {
  return findings
    .map(({ severity, path, message, aboutKey }) => ({
      severity,
      path: printPath(path),
      ...(aboutKey ? file.placeOfKey(path) : file.placeOf(path)),
      message,
    }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Findings for settings that did not come from text. */
export function withoutPlace(findings: readonly Finding[]): Problem[] {
  return findings.map(({ severity, path, message }) => ({ severity, path: printPath(path), message }));
}

/** What a schema complains about, in plain words; `input` is what was checked. */
export function explainIssues(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  base: Path = [],
): Finding[] {
  return issues.flatMap((issue) => explainIssue(issue, input, [...base, ...issue.path]));
}

function explainIssue(issue: z.core.$ZodIssue, input: unknown, path: Path): Finding[] {
  const error = (message: string): Finding[] => [{ severity: "error", path, message }];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        severity: "error",
        path: [...path, key],
        message: explainUnknownKey(key, issue.message.split(", ")),
        aboutKey: true,
      }));
    case "invalid_type":
      return error(
        valueAt(input, path) === undefined
          ? `is missing: expected ${wordFor(issue.expected)}`
          : `expected ${wordFor(issue.expected)}${got(input, path)}`,
      );
    case "invalid_value":
      return error(explainChoice(issue.values.map(String), input, path));
    case "invalid_union": {
      const branch = bestBranch(issue.errors);
      return branch ? explainIssues(branch, input, path) : error(`${issue.message}${got(input, path)}`);
    }
    case "too_small":
    case "too_big":
      return error(`${explainSize(issue)}${got(input, path)}`);
    default:
      return error(`${issue.message}${got(input, path)}`);
  }
}

/** The branch of a union whose shape fits, so that only its contents are at fault. */
function bestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  return branches.find((issues) =>
    issues.every((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys")
  );
}

function explainUnknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  return near ? `unknown key, did you mean "${near}"?` : `unknown key: expected one of ${known.join(", ")}`;
}

function explainChoice(values: readonly string[], input: unknown, path: Path): string {
  const value = valueAt(input, path);
  const near = typeof value === "string" && !isSecret(path) ? nearest(value, values) : undefined;
  const choice = values.length === 1 ? values[0] : `one of ${values.join(", ")}`;
  return `expected ${choice}${got(input, path)}${near ? `, did you mean "${near}"?` : ""}`;
}

function explainSize(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const limit = issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  const unit = issue.origin === "string" ? " characters" : issue.origin === "array" ? " entries" : "";
  return `expected ${limit}${unit}`;
}

const WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
};

function wordFor(expected: string): string {
  return WORDS[expected] ?? expected;
}

/** `, got "x"`, cut short; only the kind of value where it is or may hold a secret. */
function got(input: unknown, path: Path): string {
  const value = valueAt(input, path);
  if (value === undefined) return "";
  if (value === null) return ", got nothing";
  if (Array.isArray(value)) {
    return `, got a list${value.length > 0 ? ` of ${value.length}` : " that is empty"}`;
  }
  if (typeof value === "object") return ", got an object";
  // A URI may carry user:password.
  if (isSecret(path) || (typeof value === "string" && value.includes("@"))) return "";
  const text = String(value);
  const printed = typeof value === "string" ? JSON.stringify(text.slice(0, 40)) : text.slice(0, 40);
  return `, got ${printed}${text.length > 40 ? "…" : ""}`;
}

/** True for a path whose value must never be shown. */
export function isSecret(path: Path): boolean {
  return path.some((part) => SECRET_KEYS.has(part));
}
