/** What must fit together within one domain: numbers, members, lines, schedules, levels, destinations. */

import { nearest } from "./nearest.ts";
import type { Path } from "./path.ts";
import type { Finding } from "./problems.ts";
import type { DomainSettings, LineSettings, ServiceCodes } from "./types.ts";

interface Scope {
  readonly domain: DomainSettings;
  readonly base: Path;
  readonly codes: readonly string[];
  /** Number → where it is defined, `extensions[2]`. */
  readonly numbers: ReadonlyMap<string, string>;
  readonly extensions: ReadonlySet<string>;
  readonly report: (path: Path, message: string, severity?: Finding["severity"]) => void;
}

/** Checks `domain`, which stands at `base` in its file. */
export function checkDomain(
  domain: DomainSettings,
  options: { readonly base?: Path; readonly codes?: ServiceCodes } = {},
): Finding[] {
  const findings: Finding[] = [];
  const base = options.base ?? [];
  const report: Scope["report"] = (path, message, severity = "error") =>
    void findings.push({ severity, path: [...base, ...path], message });
  const scope: Scope = {
    domain,
    base,
    codes: Object.values(options.codes ?? {}).filter((code) => code !== ""),
    numbers: checkNumbers(domain, report),
    extensions: new Set(domain.extensions.map(({ number }) => number)),
    report,
  };
  checkExtensions(scope);
  checkGroups(scope);
  checkRooms(scope);
  checkNames(scope);
  domain.lines.forEach((line, index) => checkLine(line, { scope, path: ["lines", index] }));
  checkRules(scope);
  checkLimits(scope);
  return findings;
}

function checkNumbers(domain: DomainSettings, report: Scope["report"]): Map<string, string> {
  const seen = new Map<string, string>();
  for (const list of ["extensions", "huntGroups", "ringGroups", "rooms"] as const) {
    for (const [index, { number }] of domain[list].entries()) {
      const other = seen.get(number);
      if (other === undefined) seen.set(number, `${list}[${index}]`);
      else report([list, index, "number"], `${number} is the number of ${other} already`);
      if (domain.emergency.includes(number)) {
        const message =
          `${number} is an emergency number of this domain: choose another, or change emergency`;
        report([list, index, "number"], message);
      }
    }
  }
  return seen;
}

/** A destination may be a number here, a service code, or a number that a rule sends outside. */
function checkDestination(scope: Scope, path: Path, to: string): void {
  if (scope.numbers.has(to) || scope.codes.some((code) => to.startsWith(code))) return;
  if (scope.domain.rules.some(({ match }) => matchesPattern(match, to))) return;
  const near = nearest(to, scope.numbers.keys());
  const hint = near ? `, did you mean ${near}?` : "";
  scope.report(path, `${to} is no number of this domain and no rule leads it outside${hint}`, "warning");
}

function checkExtensions(scope: Scope): void {
  const { domain, report } = scope;
  for (const [index, extension] of domain.extensions.entries()) {
    const path = ["extensions", index];
    for (const kind of ["always", "busy", "noAnswer", "unreachable"] as const) {
      const to = extension.forward[kind]?.to;
      if (to === undefined) continue;
      if (to === extension.number) report([...path, "forward", kind, "to"], "forwards to itself");
      else checkDestination(scope, [...path, "forward", kind, "to"], to);
    }
    checkKnown(scope, {
      path: [...path, "level"],
      name: extension.level,
      known: domain.levels,
      what: "level",
    });
    const { password, number } = extension;
    if (password !== undefined && (password.length < 6 || password === number)) {
      report(
        [...path, "password"],
        "is easy to guess: use at least 8 characters that are not the number",
        "warning",
      );
    }
  }
}

function checkKnown(
  scope: Scope,
  options: { path: Path; name: string; known: readonly string[]; what: string },
): void {
  const { path, name, known, what } = options;
  if (known.includes(name)) return;
  const near = nearest(name, known);
  const hint = near
    ? `, did you mean "${near}"?`
    : known.length > 0
    ? `: expected one of ${known.slice(0, 20).join(", ")}`
    : "";
  scope.report(path, `there is no ${what} "${name}" in this domain${hint}`);
}

function checkMembers(scope: Scope, path: Path, members: readonly { number: string; path: Path }[]): void {
  const seen = new Set<string>();
  if (members.length === 0) scope.report(path, "has no member: nobody will be rung", "warning");
  for (const member of members) {
    if (seen.has(member.number)) scope.report(member.path, `${member.number} is a member twice`);
    seen.add(member.number);
    if (scope.extensions.has(member.number)) continue;
    const near = nearest(member.number, scope.extensions);
    const found = scope.numbers.get(member.number);
    const reason = found === undefined ? "no such extension" : `${found} is no extension`;
    scope.report(
      member.path,
      `${member.number} cannot be a member: ${reason}${near ? `, did you mean ${near}?` : ""}`,
    );
  }
}

function checkGroups(scope: Scope): void {
  const { domain, report } = scope;
  for (const [index, group] of domain.huntGroups.entries()) {
    const path = ["huntGroups", index];
    const members = group.members.map(({ extension }, place) => ({
      number: extension,
      path: [...path, "members", place, "extension"],
    }));
    checkMembers(scope, [...path, "members"], members);
  }
  for (const [index, group] of domain.ringGroups.entries()) {
    const path = ["ringGroups", index];
    const members = group.members.map((number, place) => ({ number, path: [...path, "members", place] }));
    checkMembers(scope, [...path, "members"], members);
  }
  for (const list of ["huntGroups", "ringGroups"] as const) {
    for (const [index, { number, overflow }] of domain[list].entries()) {
      const path = [list, index, "overflow", "to"];
      if (overflow?.to === number) report(path, "overflows to itself");
      else if (overflow) checkDestination(scope, path, overflow.to);
    }
  }
  for (const [index, loop] of overflowLoops(domain)) {
    report(["huntGroups", index, "overflow", "to"], `overflows in a circle: ${loop.join(" → ")}`);
  }
}

/** Groups whose overflow comes back to them by way of others; each circle once. */
function overflowLoops(domain: DomainSettings): Map<number, readonly string[]> {
  const next = new Map(
    [...domain.huntGroups, ...domain.ringGroups].map(({ number, overflow }) => [number, overflow?.to]),
  );
  const loops = new Map<number, readonly string[]>();
  const told = new Set<string>();
  for (const [index, { number }] of domain.huntGroups.entries()) {
    const way = [number];
    let at = next.get(number);
    while (at !== undefined && at !== number && !way.includes(at) && !told.has(at)) {
      way.push(at);
      at = next.get(at);
    }
    if (at === number && way.length > 1) {
      loops.set(index, [...way, number]);
      way.forEach((one) => told.add(one));
    }
  }
  return loops;
}

function checkRooms({ domain, report }: Scope): void {
  for (const [index, room] of domain.rooms.entries()) {
    if (room.moderatorPin !== undefined && room.moderatorPin === room.pin) {
      report(["rooms", index, "moderatorPin"], "must differ from pin");
    }
    if (room.allowOutside && room.pin === undefined) {
      report(["rooms", index, "allowOutside"], "lets anybody outside into a room without a pin", "warning");
    }
  }
}

function checkNames(scope: Scope): void {
  const { domain, report } = scope;
  for (const list of ["lines", "schedules", "pickupGroups"] as const) {
    const seen = new Set<string>();
    for (const [index, { name }] of domain[list].entries()) {
      if (seen.has(name)) report([list, index, "name"], `"${name}" is taken already`);
      seen.add(name);
      if (list === "schedules" && name === "always") {
        report([list, index, "name"], '"always" is built in: choose another name');
      }
    }
  }
  for (const [index, level] of domain.levels.entries()) {
    if (domain.levels.indexOf(level) !== index) report(["levels", index], `"${level}" stands twice`);
  }
  for (const [index, group] of domain.pickupGroups.entries()) {
    const path = ["pickupGroups", index, "members"];
    checkMembers(scope, path, group.members.map((number, place) => ({ number, path: [...path, place] })));
  }
}

function checkLine(line: LineSettings, { scope, path }: { scope: Scope; path: Path }): void {
  const { report } = scope;
  if (line.kind === "register") {
    if (line.username === undefined) {
      report([...path, "username"], "is missing: a line of kind register needs it");
    }
    if (line.password === undefined) {
      report([...path, "password"], "is missing: a line of kind register needs it");
    }
  } else if (line.addresses.length === 0 && line.certificateNames.length === 0) {
    const message = "a line of kind peer without addresses or certificateNames accepts no call from outside";
    report([...path, "kind"], message, "warning");
  }
  if (
    line.server.toLowerCase().startsWith("sips:") && line.transport !== undefined && line.transport !== "tls"
  ) {
    report([...path, "transport"], `must be tls for ${line.server.split(":", 1)[0]}:`);
  }
  for (const [index, route] of line.incoming.entries()) {
    const earlier = line.incoming.findIndex(({ number }) => number === route.number);
    if (earlier < index) report([...path, "incoming", index, "number"], `${route.number} stands twice`);
    checkDestination(scope, [...path, "incoming", index, "to"], route.to);
  }
  checkSchedule(scope, [...path, "outgoing", "schedule"], line.outgoing.schedule);
}

function checkSchedule(scope: Scope, path: Path, name: string): void {
  const known = ["always", ...scope.domain.schedules.map((schedule) => schedule.name)];
  checkKnown(scope, { path, name, known, what: "schedule" });
}

function checkRules(scope: Scope): void {
  const { domain } = scope;
  const lines = domain.lines.map(({ name }) => name);
  for (const [index, rule] of domain.rules.entries()) {
    const path = ["rules", index];
    rule.via.forEach((name, place) =>
      checkKnown(scope, { path: [...path, "via", place], name, known: lines, what: "line" })
    );
    checkKnown(scope, { path: [...path, "level"], name: rule.level, known: domain.levels, what: "level" });
    checkSchedule(scope, [...path, "schedule"], rule.schedule);
    if (rule.via.length === 0) {
      scope.report([...path, "via"], "is empty: these numbers are refused", "warning");
    }
  }
}

function checkLimits({ domain: { limits }, report }: Scope): void {
  for (const [index, country] of limits.countries.entries()) {
    const denied = limits.denied.find((prefix) => country.startsWith(prefix));
    if (denied === undefined) continue;
    report(
      ["limits", "countries", index],
      `${country} is denied by ${denied}: take it out of denied`,
      "warning",
    );
  }
  const { callsPerHour, domainCallsPerHour } = limits;
  if (domainCallsPerHour !== undefined && domainCallsPerHour < callsPerHour) {
    const message = `is less than callsPerHour ${callsPerHour} of one extension`;
    report(["limits", "domainCallsPerHour"], message, "warning");
  }
}

/** True when `number` fits a dial pattern: digits, `x`, `[2-5]`, `*` at the end. */
export function matchesPattern(pattern: string, number: string): boolean {
  let place = 0;
  for (let index = 0; index < pattern.length; index++) {
    const sign = pattern[index]!;
    if (sign === "*" && index === pattern.length - 1) return true;
    const digit = number[place++];
    if (digit === undefined) return false;
    if (sign === "x" || sign === "X") {
      if (digit < "0" || digit > "9") return false;
    } else if (sign === "[") {
      const end = pattern.indexOf("]", index);
      if (!isInSet(pattern.slice(index + 1, end), digit)) return false;
      index = end;
    } else if (sign !== digit) return false;
  }
  return place === number.length;
}

function isInSet(set: string, digit: string): boolean {
  for (let index = 0; index < set.length; index++) {
    const from = set[index]!;
    const to = set[index + 1] === "-" ? set[index + 2] ?? from : from;
    if (to !== from) index += 2;
    if (digit >= from && digit <= to) return true;
  }
  return false;
}
