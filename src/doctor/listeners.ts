/** Listeners from the outside in: does each answer on each address, or could it be opened? */

import type { SipListener } from "../config/mod.ts";
import { printSipListener } from "../config/mod.ts";
import { enumerate, type Finding, fine, problem, warning } from "./finding.ts";

/** What became of an OPTIONS to one address. */
export interface ListenerProbe {
  readonly host: string;
  /** Absent: nothing came back. */
  readonly statusCode?: number;
  /** Why nothing could be sent or read. */
  readonly fault?: string;
}

export type ListenerFacts =
  | {
    readonly kind: "running";
    readonly listener: SipListener;
    /** True when the running server says that it listens here. */
    readonly isServed: boolean;
    readonly probes: readonly ListenerProbe[];
  }
  /** No server runs: what came of opening the port; absent `fault`: it is free. */
  | { readonly kind: "stopped"; readonly listener: SipListener; readonly fault?: string };

export function judgeListener(facts: ListenerFacts): Finding {
  const name = printSipListener(facts.listener);
  return facts.kind === "stopped" ? judgeFree(facts, name) : judgeServed(facts, name);
}

function judgeServed(
  { listener, isServed, probes }: ListenerFacts & { kind: "running" },
  name: string,
): Finding {
  if (!isServed) {
    return problem(
      "listeners",
      `${name} stands in the configuration, but the running server does not listen there`,
      "systemctl restart sipedge",
    );
  }
  const answered = probes.filter(({ statusCode }) => statusCode !== undefined);
  const failed = probes.filter(({ statusCode }) => statusCode === undefined);
  const hosts = enumerate(answered.map(({ host }) => host));
  if (failed.length === 0) return fine("listeners", `${name} answers on ${hosts}`);
  const reasons = failed.map(({ host, fault }) => `${host} (${fault ?? "no answer"})`);
  const text = `${name} does not answer on ${enumerate(reasons)}`;
  const look = `journalctl -u sipedge -n 50, then: ${socketsOf(listener)}`;
  return answered.length === 0
    ? problem("listeners", text, look)
    : warning("listeners", `${text}, but on ${hosts}`, look);
}

function judgeFree({ listener, fault }: ListenerFacts & { kind: "stopped" }, name: string): Finding {
  if (fault === undefined) return fine("listeners", `${name} is free`);
  const text = `${name} cannot be opened: ${fault}`;
  if (/in use/.test(fault)) {
    return problem(
      "listeners",
      text,
      `see who has it: ${socketsOf(listener)}`,
      "stop it, or change listen.sip",
    );
  }
  if (/permission/i.test(fault)) {
    return problem(
      "listeners",
      text,
      "in the systemd unit: AmbientCapabilities=CAP_NET_BIND_SERVICE",
      `or a port above 1023: listen: { sip: [ "${printSipListener({ ...listener, port: 5060 })}" ] }`,
    );
  }
  const anywhere = printSipListener({ ...listener, host: listener.host.includes(":") ? "::" : "0.0.0.0" });
  return problem("listeners", text, `an address of this machine: listen: { sip: [ "${anywhere}" ] }`);
}

function socketsOf({ transport, port }: SipListener): string {
  return `ss -l${transport === "udp" ? "u" : "t"}np 'sport = :${port}'`;
}

/** What `GET /healthz` of the page gave. */
export interface PageFacts {
  readonly url: string;
  readonly statusCode?: number;
  readonly fault?: string;
}

export function judgePage({ url, statusCode, fault }: PageFacts): Finding {
  if (statusCode === 200) return fine("listeners", `the page answers at ${url}`);
  const seen = statusCode === undefined ? fault ?? "no answer" : `status ${statusCode}`;
  return problem("listeners", `the page does not answer at ${url}: ${seen}`, "journalctl -u sipedge -n 50");
}
