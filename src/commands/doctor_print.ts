/** Findings in words for a terminal. */

import type { Finding, FindingState } from "../doctor/mod.ts";
import { plain } from "./print.ts";

const WORDS: Readonly<Record<FindingState, string>> = {
  ok: "ok",
  warning: "WARNING",
  problem: "PROBLEM",
  skipped: "skipped",
};

const MARGIN = " ".repeat(25);

/** `ok       listeners       udp://0.0.0.0:5060 answers on 127.0.0.1`, and below it what mends it. */
export function printFinding({ check, state, text, fix = [] }: Finding): string {
  const lines = fix.map((line) => `${MARGIN}→ ${plain(line)}\n`);
  return `${WORDS[state].padEnd(9)}${check.padEnd(16)}${plain(text)}\n${lines.join("")}`;
}

export function printSum(findings: readonly Finding[]): string {
  const count = (state: FindingState, one: string, many: string) => {
    const number = findings.filter((finding) => finding.state === state).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  };
  const words = [
    ...count("problem", "problem", "problems"),
    ...count("warning", "warning", "warnings"),
    ...count("ok", "thing is fine", "things are fine"),
    ...count("skipped", "was not looked at", "were not looked at"),
  ];
  return `\n${words.join(", ")}\n`;
}
