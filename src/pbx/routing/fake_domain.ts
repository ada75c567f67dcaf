/** A domain for tests of routing, from YAML as an administrator writes it. */

import { type DomainSettings, readSettings, type ServiceCodes } from "../../config/mod.ts";
import type { Destination } from "../directory/mod.ts";
import type { RouteContext } from "./decision.ts";

const OFFICE = `
name: office.example
timeZone: Europe/Berlin
emergency: [ "112" ]
levels: [ internal, outside, longDistance, international ]
extensions:
  - { number: "100", name: Alice, password: s3cret-a, level: internal }
  - { number: "101", name: Bob, password: s3cret-b, level: outside, outsideNumber: "49301101" }
  - { number: "102", name: Carol, password: s3cret-c, level: international }
huntGroups: [ { number: "600", name: Sales, members: [ { extension: "101" } ] } ]
ringGroups: [ { number: "610", name: All, members: [ "100" ] } ]
rooms: [ { number: "800", name: Meeting } ]
lines:
  - { name: carrier, kind: peer, server: "sip:a.example", addresses: [ 192.0.2.1 ], outgoing: { callerNumber: "4930123" } }
  - { name: spare, kind: peer, server: "sip:b.example", addresses: [ 192.0.2.2 ], outgoing: { maxCalls: 2 } }
  - { name: silent, kind: peer, server: "sip:c.example", addresses: [ 192.0.2.3 ], outgoing: { maxCalls: 0 } }
  - { name: night, kind: peer, server: "sip:d.example", addresses: [ 192.0.2.4 ], outgoing: { schedule: office } }
schedules:
  - { name: office, hours: [ "mo-fr 08:00-17:00" ], holidays: [ "2026-12-25", "05-01" ] }
rules:
  - { match: "0190*", via: [], level: international }
  - { match: "900*", strip: 1, via: [ carrier ], level: international }
  - { match: "9[2-5]XX", strip: 1, prepend: "030", via: [ carrier ], level: outside, schedule: office }
  - { match: "9*", strip: 1, via: [ carrier, spare ], level: outside }
  - { match: "8*", strip: 1, via: [ carrier ], level: longDistance }
  - { match: "8*", strip: 1, via: [ spare ], level: outside }
  - { match: "77", strip: 2, prepend: "1000", via: [ silent ], level: outside }
  - { match: "78", via: [ night ], level: outside }
  - { match: "+*", via: [ carrier ], level: international }
`;

/** Reads a domain; throws `TypeError` with every problem when the YAML is no good. */
export function domainFrom(yaml: string): { domain: DomainSettings; codes: ServiceCodes } {
  const item = yaml.trim().split("\n").map((line, index) => (index === 0 ? "  - " : "    ") + line).join(
    "\n",
  );
  const reading = readSettings(`domains:\n${item}\n`);
  if (!reading.ok) {
    throw new TypeError(`Cannot read the domain: ${reading.error.map((e) => e.message).join("; ")}`);
  }
  return { domain: reading.value.domains[0]!, codes: reading.value.codes };
}

export const { domain: DOMAIN, codes: CODES } = domainFrom(OFFICE);

/** Monday 2026-11-23, 10:00 in Berlin. */
export const MONDAY_10 = Date.UTC(2026, 10, 23, 9);

/** Looks up numbers of a domain as the directory does. */
export function finder(domain: DomainSettings): (number: string) => Destination | undefined {
  return (number) => {
    const extension = domain.extensions.find((one) => one.number === number);
    if (extension) return { kind: "extension", extension };
    const hunt = domain.huntGroups.find((one) => one.number === number);
    if (hunt) return { kind: "huntGroup", group: hunt };
    const ring = domain.ringGroups.find((one) => one.number === number);
    if (ring) return { kind: "ringGroup", group: ring };
    const room = domain.rooms.find((one) => one.number === number);
    return room && { kind: "room", room };
  };
}

/** What `caller` may do on a Monday at ten; without a caller, what a stranger may. */
export function contextOf(caller?: string, changes: Partial<RouteContext> = {}): RouteContext {
  const domain = changes.domain ?? DOMAIN;
  const extension = domain.extensions.find(({ number }) => number === caller);
  return {
    domain,
    codes: CODES,
    find: finder(domain),
    now: MONDAY_10,
    ...(extension ? { caller: extension } : {}),
    ...changes,
  };
}
