/** What must fit together in a whole configuration: listeners, ports, codes, names of domains. */

import { checkDomain } from "./check_domain.ts";
import { printSipListener } from "./listeners.ts";
import type { Finding } from "./problems.ts";
import type { Settings, SipListener } from "./types.ts";

/** Everything that does not fit together; paths are those of the file. */
export function checkSettings(settings: Settings): Finding[] {
  return [
    ...checkListeners(settings),
    ...checkMediaPorts(settings),
    ...checkTimes(settings),
    ...checkCodes(settings),
    ...checkTelemetry(settings),
    ...checkDomainNames(settings),
    ...settings.domains.flatMap((domain, index) =>
      checkDomain(domain, { base: ["domains", index], codes: settings.codes })
    ),
  ];
}

function checkTelemetry({ telemetry: { hep } }: Settings): Finding[] {
  if (!hep || hep.isMasked || /^127\.|^::1$|^localhost$/.test(hep.host)) return [];
  const message =
    "sends digest answers, SRTP keys and PINs readably over the network: only for a network of its own";
  return [{ severity: "warning", path: ["telemetry", "hep", "secrets"], message }];
}

function isSameProtocol(a: SipListener["transport"], b: SipListener["transport"]): boolean {
  return (a === "udp") === (b === "udp");
}

function hostsOverlap(a: string, b: string): boolean {
  if (a.toLowerCase() === b.toLowerCase()) return true;
  // A wildcard takes every address of its own family.
  const family = (host: string) => host.includes(":") ? "::" : "0.0.0.0";
  return family(a) === family(b) && (a === family(a) || b === family(b));
}

function checkListeners({ listen }: Settings): Finding[] {
  const findings: Finding[] = [];
  for (const [index, listener] of listen.sip.entries()) {
    if (listener.port === 0) continue;
    const other = listen.sip.slice(0, index).find((earlier) =>
      earlier.port === listener.port && isSameProtocol(earlier.transport, listener.transport) &&
      hostsOverlap(earlier.host, listener.host)
    );
    if (other) {
      const message = `overlaps ${printSipListener(other)}: give one of them another port`;
      findings.push({ severity: "error", path: ["listen", "sip", index], message });
    }
  }
  const { web } = listen;
  const clash = web && web.port !== 0 &&
    listen.sip.find((listener) =>
      listener.transport !== "udp" && listener.port === web.port && hostsOverlap(listener.host, web.host)
    );
  if (clash) {
    const message = `overlaps ${printSipListener(clash)}: give the page another port`;
    findings.push({ severity: "error", path: ["listen", "web"], message });
  }
  if (web && !web.secure && !/^127\.|^::1$|^localhost$/.test(web.host)) {
    const message = "serves the page unencrypted beyond this machine: use https://";
    findings.push({ severity: "warning", path: ["listen", "web"], message });
  }
  return findings;
}

function checkMediaPorts({ listen, media }: Settings): Finding[] {
  const inside = listen.sip.find(({ transport, port }) =>
    transport === "udp" && port >= media.ports.first && port <= media.ports.last
  );
  if (!inside) return [];
  const message = `contains the port of ${printSipListener(inside)}: choose a range without it`;
  return [{ severity: "error", path: ["media", "ports"], message }];
}

function checkTimes({ sip }: Settings): Finding[] {
  const findings: Finding[] = [];
  const { minSeconds, defaultSeconds, maxSeconds } = sip.registration;
  if (minSeconds > maxSeconds) {
    const message = `is greater than maxSeconds ${maxSeconds}`;
    findings.push({ severity: "error", path: ["sip", "registration", "minSeconds"], message });
  } else if (defaultSeconds < minSeconds || defaultSeconds > maxSeconds) {
    const message = `must lie between minSeconds ${minSeconds} and maxSeconds ${maxSeconds}`;
    findings.push({ severity: "error", path: ["sip", "registration", "defaultSeconds"], message });
  }
  const timer = sip.sessionTimer;
  if (timer.expiresSeconds < timer.minSeconds) {
    const message = `is smaller than minSeconds ${timer.minSeconds}`;
    findings.push({ severity: "error", path: ["sip", "sessionTimer", "expiresSeconds"], message });
  }
  return findings;
}

function checkCodes({ codes }: Settings): Finding[] {
  const seen = new Map<string, string>();
  const findings: Finding[] = [];
  for (const [name, code] of Object.entries(codes)) {
    const other = code === "" ? undefined : seen.get(code);
    if (other !== undefined) {
      findings.push({
        severity: "error",
        path: ["codes", name],
        message: `${code} is the code of ${other} already`,
      });
    }
    seen.set(code, name);
  }
  return findings;
}

function checkDomainNames({ domains }: Settings): Finding[] {
  const seen = new Map<string, string>();
  const findings: Finding[] = [];
  const claim = (name: string, path: (string | number)[], owner: string) => {
    const other = seen.get(name);
    if (other !== undefined) {
      findings.push({ severity: "error", path, message: `"${name}" is taken by ${other} already` });
    } else seen.set(name, owner);
  };
  for (const [index, domain] of domains.entries()) {
    claim(domain.name, ["domains", index, "name"], `domains[${index}]`);
    for (const [place, alias] of domain.aliases.entries()) {
      claim(alias, ["domains", index, "aliases", place], `domains[${index}]`);
    }
  }
  return findings;
}
