/** What a running server says of itself. */

import type { Clock } from "../base/mod.ts";
import { printHostPort } from "../base/mod.ts";
import type { DomainStatus, ServerStatus } from "../app_types.ts";
import type { Directory } from "../pbx/directory/mod.ts";
import type { HuntService } from "../pbx/hunt/mod.ts";
import type { Occupancy } from "../pbx/call/mod.ts";
import type { Bindings } from "../pbx/registrar/mod.ts";

export interface StatusSources {
  readonly version: string;
  readonly processId: number;
  readonly clock: Clock;
  readonly startedAt: number;
  readonly configFile?: string;
  readonly directory: Directory;
  readonly bindings: Bindings;
  readonly occupancy: Occupancy;
  readonly hunts: HuntService;
  readonly listening: () => readonly { transport: string; host: string; port: number }[];
  readonly mediaPorts: () => { readonly first: number; readonly last: number };
  readonly certificates: () => ServerStatus["certificates"];
  readonly page: () => string | undefined;
  readonly calls: () => ServerStatus["calls"];
  readonly bans: () => number;
  readonly memoryBytes: () => number;
  readonly warnings: () => readonly string[];
  readonly lines: (domain: string) => DomainStatus["lines"];
  readonly roomMembers: (domain: string, room: string) => number;
}

export function readStatus(sources: StatusSources): ServerStatus {
  const page = sources.page();
  const { first, last } = sources.mediaPorts();
  return {
    version: sources.version,
    processId: sources.processId,
    startedAt: sources.startedAt,
    nowMs: sources.clock.now(),
    listeners: sources.listening().map(({ transport, host, port }) =>
      `${transport}://${printHostPort(host, port)}`
    ),
    mediaPorts: `${first}-${last}`,
    ...(page !== undefined && { page }),
    ...(sources.configFile !== undefined && { configFile: sources.configFile }),
    certificates: sources.certificates(),
    domains: sources.directory.domains().map((domain) => readDomain(sources, domain.name)),
    calls: sources.calls(),
    bans: sources.bans(),
    memoryBytes: sources.memoryBytes(),
    warnings: sources.warnings(),
  };
}

function readDomain(sources: StatusSources, name: string): DomainStatus {
  const domain = sources.directory.domain(name)!;
  return {
    name,
    extensions: domain.extensions.map(({ number, name: person, enabled }) => ({
      number,
      name: person,
      enabled,
      inCall: sources.occupancy.calls(name, number) > 0,
      devices: sources.bindings.of(name, number).map((
        { contact, transport, userAgent, expiresAt, isReachable },
      ) => ({
        contact,
        transport,
        expiresAt,
        isReachable,
        ...(userAgent !== undefined && { userAgent }),
      })),
    })),
    lines: sources.lines(name),
    groups: [...domain.huntGroups, ...domain.ringGroups].map((group) => {
      const { number, name: title, callers, members } = sources.hunts.status(name, group);
      return {
        number,
        name: title,
        members: members.length,
        free: members.filter(({ hindrance }) => hindrance === undefined).length,
        waiting: callers.filter((caller) => caller.waiting).length,
        ringing: callers.flatMap(({ ringing }) => ringing),
      };
    }),
    rooms: domain.rooms.map(({ number, name: title, capacity }) => ({
      number,
      name: title,
      capacity,
      members: sources.roomMembers(name, number),
    })),
  };
}
