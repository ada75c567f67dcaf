/** What a thread has received since it began, whatever has become of the legs: sums that never fall. */
import type { RelayStream } from "../relay/mod.ts";

/** What is counted of a leg. */
export interface LegTraffic {
  readonly streams: readonly Pick<RelayStream, "counters" | "rtp" | "rtcp">[];
}

export interface Sum {
  readonly packets: number;
  readonly kernelDrops: number;
}

export class Traffic {
  /** Of the legs that are here no more, less what those that are here had counted elsewhere. */
  #packets = 0;
  #kernelDrops = 0;

  /** A leg is about to go, its sockets still open. */
  leave(leg: LegTraffic): void {
    this.#packets += packetsOf(leg);
    this.#kernelDrops += dropsOf(leg);
  }

  /** A leg came from another thread with its counters, and its sockets with those of the kernel. */
  enter(leg: LegTraffic): void {
    this.#packets -= packetsOf(leg);
    this.#kernelDrops -= dropsOf(leg);
  }

  /** `legs` are those that are here. */
  sum(legs: { forEach(use: (leg: LegTraffic) => void): void }): Sum {
    let packets = this.#packets, kernelDrops = this.#kernelDrops;
    legs.forEach((leg) => {
      packets += packetsOf(leg);
      kernelDrops += dropsOf(leg);
    });
    return { packets, kernelDrops };
  }
}

function packetsOf({ streams }: LegTraffic): number {
  let packets = 0;
  for (let i = 0; i < streams.length; i++) packets += streams[i]!.counters.packetsReceived;
  return packets;
}

function dropsOf({ streams }: LegTraffic): number {
  let drops = 0;
  for (let i = 0; i < streams.length; i++) {
    const { rtp, rtcp } = streams[i]!;
    drops += rtp.kernelDrops() + rtcp.kernelDrops();
  }
  return drops;
}
