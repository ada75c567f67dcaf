/**
 * Firewall rules, reduced to what decides about a first packet of a phone somewhere: protocol and port. Whatever else a
 * rule asks for (addresses, interfaces, sets, rates) may match or not. Read from `nft -j list ruleset` and `iptables-save`.
 */

import type { PortRange } from "./media_ports.ts";
import { parseRanges } from "./media_ports.ts";

export type Condition =
  | { readonly kind: "protocol"; readonly protocols: readonly string[]; readonly isNegated: boolean }
  /** `protocol` where the rule means the ports of one only. */
  | {
    readonly kind: "port";
    readonly ranges: readonly PortRange[];
    readonly isNegated: boolean;
    readonly protocol?: "tcp" | "udp";
  }
  /** Only packets of connections that exist, or of this machine itself. */
  | { readonly kind: "never" }
  | { readonly kind: "maybe" };

export type Verdict =
  | { readonly kind: "accept" | "drop" | "return" | "none" }
  | { readonly kind: "jump"; readonly chain: string; readonly comesBack: boolean };

export interface Rule {
  readonly conditions: readonly Condition[];
  readonly verdict: Verdict;
}

export interface Chain {
  /** `inet filter input`, `ip filter INPUT`. */
  readonly name: string;
  /** Present where packets to this machine begin. */
  readonly policy?: "accept" | "drop";
  readonly rules: readonly Rule[];
}

/** Chains by name. */
export type Ruleset = ReadonlyMap<string, Chain>;

type Json = Readonly<Record<string, unknown>>;

/** Reads the JSON of nftables (libnftables-json(5)); undefined when it is none. `skipTables`: such as `ip filter`. */
export function parseNft(text: string, skipTables: readonly string[] = []): Ruleset | undefined {
  let items: unknown;
  try {
    items = (JSON.parse(text) as Json | null)?.nftables;
  } catch {
    return undefined;
  }
  if (!Array.isArray(items)) return undefined;
  const chains = new Map<string, { name: string; policy?: "accept" | "drop"; rules: Rule[] }>();
  for (const item of items as Json[]) {
    const chain = object(item.chain), rule = object(item.rule);
    const table = tableOf(chain ?? rule ?? {});
    if (skipTables.includes(table)) continue;
    if (chain) {
      const name = `${table} ${chain.name}`;
      const begins = chain.hook === "input";
      chains.set(name, {
        name,
        rules: [],
        ...(begins && { policy: chain.policy === "drop" ? "drop" as const : "accept" as const }),
      });
    }
    if (rule && Array.isArray(rule.expr)) {
      chains.get(`${table} ${rule.chain}`)?.rules.push(readNftRule(rule.expr as Json[], table));
    }
  }
  return chains;
}

function tableOf({ family, table }: Json): string {
  return `${family} ${table}`;
}

function readNftRule(statements: readonly Json[], table: string): Rule {
  const conditions: Condition[] = [];
  let verdict: Verdict = { kind: "none" };
  for (const statement of statements) {
    const match = object(statement.match);
    if (match) conditions.push(readNftMatch(match));
    else if ("accept" in statement) verdict = { kind: "accept" };
    else if ("drop" in statement || "reject" in statement) verdict = { kind: "drop" };
    else if ("return" in statement) verdict = { kind: "return" };
    else if ("jump" in statement || "goto" in statement) {
      const target = object(statement.jump ?? statement.goto)?.target;
      verdict = { kind: "jump", chain: `${table} ${target}`, comesBack: "jump" in statement };
    } else if ("vmap" in statement) {
      const isState = object(object(statement.vmap)?.key)?.ct !== undefined;
      conditions.push({ kind: isState ? "never" : "maybe" });
      verdict = { kind: "accept" };
    } else if (!("counter" in statement || "log" in statement)) conditions.push({ kind: "maybe" });
  }
  return { conditions, verdict };
}

function readNftMatch({ op, left, right }: Json): Condition {
  const isNegated = op === "!=";
  const field = object(left) ?? {};
  const payload = object(field.payload), meta = object(field.meta), ct = object(field.ct);
  if (payload?.field === "dport") {
    const ranges = readNftPorts(right);
    const isKnown = ranges !== undefined && ["==", "!=", "in"].includes(String(op));
    return isKnown ? { kind: "port", ranges, isNegated, ...protocolOf(payload) } : { kind: "maybe" };
  }
  if (meta?.key === "l4proto") {
    const protocols = setOf(right).map(String);
    return { kind: "protocol", protocols, isNegated };
  }
  if (meta?.key === "iif" || meta?.key === "iifname") {
    if (right !== "lo") return { kind: "maybe" };
    return isNegated ? ALWAYS : { kind: "never" };
  }
  if (ct?.key === "state") {
    const isNew = setOf(right).includes("new") !== isNegated;
    return isNew ? ALWAYS : { kind: "never" };
  }
  return { kind: "maybe" };
}

const ALWAYS: Condition = { kind: "port", ranges: [{ first: 0, last: 65_535 }], isNegated: false };

/** `th dport` is meant for both. */
function protocolOf({ protocol }: Json): { protocol?: "tcp" | "udp" } {
  return protocol === "tcp" || protocol === "udp" ? { protocol } : {};
}

function setOf(right: unknown): readonly unknown[] {
  const set = object(right)?.set;
  return Array.isArray(set) ? set : Array.isArray(right) ? right : [right];
}

function readNftPorts(right: unknown): PortRange[] | undefined {
  const ranges: PortRange[] = [];
  for (const item of setOf(right)) {
    const range = object(item)?.range;
    if (typeof item === "number") ranges.push({ first: item, last: item });
    else if (Array.isArray(range) && range.every((end) => typeof end === "number")) {
      ranges.push({ first: range[0] as number, last: range[1] as number });
    } else return undefined;
  }
  return ranges;
}

function object(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : undefined;
}

/** Reads the filter table of `iptables-save`; `family`: `ip` or `ip6`. */
export function parseIptables(text: string, family: "ip" | "ip6"): Ruleset {
  const chains = new Map<string, { name: string; policy?: "accept" | "drop"; rules: Rule[] }>();
  const nameOf = (chain: string) => `${family} filter ${chain}`;
  let isFilter = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) isFilter = line.trim() === "*filter";
    if (!isFilter) continue;
    const [, chain, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (chain !== undefined) {
      const begins = chain === "INPUT";
      chains.set(nameOf(chain), {
        name: nameOf(chain),
        rules: [],
        ...(begins && { policy: policy === "ACCEPT" ? "accept" as const : "drop" as const }),
      });
    }
    const [, to, words] = /^-A (\S+) ?(.*)$/.exec(line) ?? [];
    if (to !== undefined) chains.get(nameOf(to))?.rules.push(readIptablesRule(words!.split(/\s+/), nameOf));
  }
  return chains;
}

/** Options that say nothing about which packets are meant. */
const SILENT = new Set(["--comment", "--reject-with", "--log-prefix", "--log-level"]);

function readIptablesRule(words: readonly string[], nameOf: (chain: string) => string): Rule {
  const conditions: Condition[] = [];
  let verdict: Verdict = { kind: "none" };
  let isNegated = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!, value = words[at + 1] ?? "";
    if (word === "!") {
      isNegated = true;
      continue;
    }
    if (word === "-p") conditions.push({ kind: "protocol", protocols: [value], isNegated });
    else if (word === "--dport" || word === "--dports") {
      conditions.push({ kind: "port", ranges: parseRanges(value.replaceAll(":", "-")), isNegated });
    } else if (word === "-i") {
      conditions.push(value === "lo" && !isNegated ? { kind: "never" } : { kind: "maybe" });
    } else if (word === "--ctstate" || word === "--state") {
      const isNew = value.split(",").includes("NEW") !== isNegated;
      if (!isNew) conditions.push({ kind: "never" });
    } else if (word === "-j" || word === "-g") verdict = verdictOf(value, nameOf, word === "-j");
    else if (word.startsWith("-") && word !== "-m" && !SILENT.has(word)) conditions.push({ kind: "maybe" });
    isNegated = false;
  }
  return { conditions, verdict };
}

function verdictOf(target: string, nameOf: (chain: string) => string, comesBack: boolean): Verdict {
  switch (target) {
    case "ACCEPT":
      return { kind: "accept" };
    case "DROP":
    case "REJECT":
      return { kind: "drop" };
    case "RETURN":
      return { kind: "return" };
    case "LOG":
    case "NFLOG":
      return { kind: "none" };
    default:
      return { kind: "jump", chain: nameOf(target), comesBack };
  }
}
