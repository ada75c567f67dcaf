/** Diversion (RFC 5806 §9): who forwarded a call, in the older way that many carriers still want. */
import { fail, ok, type Result } from "../../base/mod.ts";
import { parseNameAddr, printNameAddr } from "./name_addr.ts";
import { numberParam } from "./token_params.ts";
import type { NameAddr, ParseFault } from "./types.ts";

export interface Diversion {
  /** `privacy`, `screen`, `limit` stand in the parameters. */
  readonly address: NameAddr;
  /** Lower case: `user-busy`, `no-answer`, `unconditional`, …; `unknown` without one. */
  readonly reason: string;
  /** How many diversions this entry stands for; 1 without a number. */
  readonly counter: number;
}

/** Parses one value. */
export function parseDiversion(text: string): Result<Diversion, ParseFault> {
  const parsed = parseNameAddr(text);
  if (!parsed.ok) return fail({ where: "Diversion", reason: parsed.error.reason });
  const address = parsed.value;
  const reason = address.params.get("reason")?.toLowerCase() ?? "unknown";
  const counter = numberParam(address.params, "counter") ?? 1;
  address.params.delete("reason");
  address.params.delete("counter");
  return ok({ address, reason, counter });
}

export function printDiversion({ address, reason, counter }: Diversion): string {
  const params = new Map<string, string | null>([
    ["reason", reason],
    ["counter", String(counter)],
    ...address.params,
  ]);
  return printNameAddr({ ...address, params });
}
