/** What an administrator should know and do, in words of both kinds: a key for the page, a sentence for all others. */

import { isLoopback } from "../base/mod.ts";
import type { Settings } from "../config/mod.ts";
import type { Certificate, LineView, Warning } from "../http/mod.ts";
import type { StoreTrouble } from "../store/mod.ts";
import type { WorkerReport } from "../media/plane.ts";
import type { TollAlarm } from "./toll_watch.ts";

export interface WarningFacts {
  readonly settings: Settings;
  /** Problems of the configuration file, in English. */
  readonly problems: readonly string[];
  readonly certificates: readonly Certificate[];
  readonly domains: readonly {
    readonly name: string;
    readonly extensions: number;
    readonly lines: readonly LineView[];
  }[];
  /** Calls whose keys crossed the network in clear. */
  readonly exposedCalls: number;
  readonly database: StoreTrouble | undefined;
  readonly workers: readonly WorkerReport[];
  readonly cpuPercent: number;
  readonly cores: number;
  readonly tollAlarms: readonly TollAlarm[];
}

/** The worst first. */
export function findWarnings(facts: WarningFacts): Warning[] {
  const warnings = [
    ...facts.problems.map((text) => make("warning", "configuration", { text }, text)),
    ...(facts.database ? [ofDatabase(facts.database)] : []),
    ...facts.certificates.flatMap(ofCertificate),
    ...facts.domains.flatMap(({ name, lines }) => lines.flatMap((line) => ofLine(name, line))),
    ...facts.tollAlarms.map(ofTollAlarm),
    ...ofOffice(facts),
    ...ofCalls(facts.exposedCalls),
    ...ofLoad(facts),
  ];
  const rank = { error: 0, warning: 1, info: 2 };
  return warnings.sort((a, b) => rank[a.severity] - rank[b.severity]).slice(0, 50);
}

function make(
  severity: Warning["severity"],
  key: string,
  values: Record<string, string>,
  text: string,
): Warning {
  return { severity, key, values, text };
}

function ofDatabase({ kind, message, waiting }: StoreTrouble): Warning {
  const text = describeTrouble({ kind, message, waiting });
  return make("error", `database.${kind}`, { waiting: String(waiting), reason: message }, text);
}

/** One sentence, for all who do not read the page. */
export function describeTrouble({ message, waiting }: StoreTrouble): string {
  return `Calls go on, but nothing is stored: ${message}; ${waiting} changes wait in memory`;
}

function ofCertificate({ warning, source, daysLeft, isAuthority }: Certificate): Warning[] {
  if (isAuthority || warning === undefined) return [];
  const values = { source, days: String(daysLeft), reason: warning };
  if (daysLeft < 0) {
    return [
      make("error", "certificate.expired", values, `The certificate "${source}" has expired: replace it`),
    ];
  }
  return [make("warning", "certificate", values, `Certificate "${source}": ${warning}`)];
}

function ofLine(domain: string, { name, isUp, state, detail }: LineView): Warning[] {
  if (isUp || state === "unknown") return [];
  const reason = detail === undefined ? state : `${state}, ${detail}`;
  const values = { domain, line: name, reason, state, detail: detail ?? "" };
  return [
    make(
      "error",
      "line.down",
      values,
      `Line ${name} is not usable (${reason}): check server, account and network`,
    ),
  ];
}

/** Whoever dials costly numbers or at great speed may have somebody else's password. */
function ofTollAlarm({ domain, extension, reason, number, count }: TollAlarm): Warning {
  const values = { domain, extension: extension || domain, number, count: String(count) };
  return reason === "too many calls"
    ? make(
      "error",
      "toll.calls",
      values,
      `${values.extension} met its limit of outgoing calls within the hour (${count} stopped): ` +
        "if nobody there phones that much, change its password",
    )
    : make(
      "warning",
      "toll.denied",
      values,
      `${values.extension} tried to call ${number}, where nobody may call (${count} stopped): ` +
        "if nobody there did, change its password",
    );
}

function ofOffice({ domains, settings }: WarningFacts): Warning[] {
  const found: Warning[] = [];
  if (domains.length === 0) {
    found.push(make("warning", "domain.none", {}, "There is no domain yet: add one, then its extensions"));
  } else if (domains.every(({ extensions }) => extensions === 0)) {
    found.push(
      make("warning", "extension.none", {}, "There is no extension yet: add one and register a phone"),
    );
  }
  const { web, sip } = settings.listen;
  if (web && !web.secure && !isLoopback(web.host) && web.host !== "localhost") {
    const text = 'The page is served unencrypted beyond this machine: put "https://" into listen.web';
    found.push(make("warning", "page.plain", {}, text));
  }
  if (!sip.some(({ transport }) => transport === "tls")) {
    found.push(
      make(
        "warning",
        "tls.none",
        {},
        "No TLS listener: signalling, and with it the keys of calls, is readable",
      ),
    );
  }
  return found;
}

function ofCalls(exposed: number): Warning[] {
  if (exposed === 0) return [];
  const text =
    `${exposed} call(s) are encrypted with keys that crossed the network in clear: register those phones by TLS`;
  return [make("warning", "keys.exposed", { calls: String(exposed) }, text)];
}

function ofLoad({ workers, cpuPercent, cores }: WarningFacts): Warning[] {
  const found: Warning[] = [];
  const busiest = Math.max(0, ...workers.map(({ load }) => load));
  if (busiest > 0.8) {
    const values = { percent: String(Math.round(100 * busiest)) };
    found.push(
      make(
        "warning",
        "media.busy",
        values,
        `A media thread is ${values.percent} % busy: calls may stutter soon`,
      ),
    );
  }
  if (cpuPercent > 85 * cores) {
    const values = { percent: String(Math.round(cpuPercent / cores)) };
    found.push(make("warning", "cpu.busy", values, `The processor is ${values.percent} % busy`));
  }
  return found;
}
