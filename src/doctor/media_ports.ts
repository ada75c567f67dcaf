/** The range of media ports: free, apart from others, and large enough for the phones there are. */

import { type Finding, fine, problem, warning } from "./finding.ts";

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export interface MediaPortFacts {
  readonly range: PortRange;
  /** Where the kernel takes ports for outgoing sockets from (ip_local_port_range). */
  readonly outgoing?: PortRange;
  /** What it leaves out of that (ip_local_reserved_ports). */
  readonly reserved: readonly PortRange[];
  /** UDP ports that somebody else has bound within the range. */
  readonly taken: readonly number[];
  /** Ports of the UDP listeners. */
  readonly listening: readonly number[];
  readonly extensions: number;
}

/** Two legs of RTP and RTCP. */
const PORTS_PER_CALL = 4;
/** In an office at most one phone in two speaks, with another one: a call for four phones, and some room. */
const PHONES_PER_CALL = 4;

export function judgeMediaPorts(facts: MediaPortFacts): Finding[] {
  const { range, taken, listening, extensions } = facts;
  const name = `${range.first}-${range.last}`;
  const count = range.last - range.first + 1, calls = Math.floor(count / PORTS_PER_CALL);
  const found: Finding[] = [];
  const wanted = Math.max(1, Math.ceil(extensions / PHONES_PER_CALL));
  if (calls < wanted) {
    const text = `media ports ${name} carry ${calls} ${calls === 1 ? "call" : "calls"}, ` +
      `${extensions} extensions may want ${wanted}`;
    const fix = `media: { ports: ${suggest(range.first, wanted)} }`;
    found.push(calls === 0 ? problem("media ports", text, fix) : warning("media ports", text, fix));
  }
  const inside = listening.filter((port) => isWithin(port, range));
  if (inside.length > 0) {
    found.push(problem(
      "media ports",
      `port ${inside[0]} of a listener lies within the media ports ${name}`,
      "move one of them: listen.sip or media.ports",
    ));
  }
  if (taken.length > 0) {
    const [first] = taken;
    found.push(warning(
      "media ports",
      `${taken.length} of the media ports ${name} ${
        taken.length === 1 ? "is" : "are"
      } taken by another program ` +
        `(${first}${taken.length > 1 ? ", …" : ""})`,
      `see who has it: ss -lunp 'sport = :${first}'`,
    ));
  }
  const overlap = overlapOf(facts);
  if (overlap) {
    found.push(warning(
      "media ports",
      `the system takes ports for outgoing connections from ${facts.outgoing!.first}-${
        facts.outgoing!.last
      }, ` +
        `which overlaps the media ports ${name}: now and then one is gone`,
      `echo 'net.ipv4.ip_local_reserved_ports = ${overlap.first}-${overlap.last}' > /etc/sysctl.d/60-sipedge.conf ` +
        "&& sysctl --system",
    ));
  }
  return found.length > 0
    ? found
    : [fine("media ports", `media ports ${name} are free and carry ${calls} calls at a time`)];
}

function overlapOf({ range, outgoing, reserved }: MediaPortFacts): PortRange | undefined {
  if (!outgoing || outgoing.first > range.last || outgoing.last < range.first) return undefined;
  const overlap = { first: Math.max(range.first, outgoing.first), last: Math.min(range.last, outgoing.last) };
  const isReserved = reserved.some(({ first, last }) => first <= overlap.first && last >= overlap.last);
  return isReserved ? undefined : overlap;
}

function isWithin(port: number, { first, last }: PortRange): boolean {
  return port >= first && port <= last;
}

/** A range from `first`, or from 20000 where that would not fit, for `calls` calls with room to grow. */
function suggest(first: number, calls: number): string {
  const size = Math.max(1000, 2 * PORTS_PER_CALL * calls);
  const start = first + size - 1 <= 65_535 ? first : 20_000;
  return `${start}-${Math.min(65_535, start + size - 1)}`;
}

/** Reads `32768\t60999` and `20000-29999,40000` as the kernel prints them. */
export function parseRanges(text: string): PortRange[] {
  return text.trim().split(",").flatMap((part) => {
    const [, first, last = first] = /^\s*([0-9]{1,5})(?:[-\s]+([0-9]{1,5}))?\s*$/.exec(part) ?? [];
    return first === undefined ? [] : [{ first: Number(first), last: Number(last) }];
  });
}

/** Local ports of `/proc/net/udp` and `udp6`: the second column is `ADDRESS:PORT` in hexadecimal (proc(5)). */
export function parseUdpPorts(text: string): number[] {
  const ports = text.split("\n").slice(1, 100_000).flatMap((line) => {
    const port = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) /.exec(line)?.[1];
    return port === undefined ? [] : [parseInt(port, 16)];
  });
  return [...new Set(ports)].sort((a, b) => a - b);
}
