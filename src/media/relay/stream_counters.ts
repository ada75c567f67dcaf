/** What is counted of one stream beside the statistics of RTP itself. */
import { MALFORMED, REPLAYED, TOO_SHORT } from "../srtp/mod.ts";

export class StreamCounters {
  packetsReceived = 0;
  bytesReceived = 0;
  packetsSent = 0;
  bytesSent = 0;
  /** Payload bytes sent, as sender reports count them. */
  octetsSent = 0;
  unauthentic = 0;
  replayed = 0;
  strangers = 0;
  malformed = 0;
  /** Packets for the peer that SRTP refused to seal. */
  unsealed = 0;
  /** Counted on the thread where the stream was before. */
  expectedBefore = 0;
  lostBefore = 0;
  lateBefore = 0;
  duplicatesBefore = 0;

  /** A packet that SRTP or SRTCP refused. */
  refuse(reason: number): void {
    if (reason === REPLAYED) this.replayed++;
    else if (reason === MALFORMED || reason === TOO_SHORT) this.malformed++;
    else this.unauthentic++;
  }
}
