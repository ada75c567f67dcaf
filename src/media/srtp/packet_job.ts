/** The packet at hand as the ciphers see it; one per direction, filled again for each packet: no garbage. */

const NOTHING = new Uint8Array(0);

/**
 *     |<- header ->|<- body (encrypted) ->|  tag, MKI, SRTCP index: where the suite has them
 *     0            bodyStart        bodyEnd
 */
export class PacketJob {
  packet: Uint8Array = NOTHING;
  bodyStart = 0;
  bodyEnd = 0;
  /** Where the tag is or goes. */
  tagAt = 0;
  /** RTCP: where the word with E bit and index is; -1 for RTP. */
  rtcpWordAt = -1;
  /** As a signed 32-bit number. */
  ssrc = 0;
  /** 48-bit packet index of RTP, 31-bit index of RTCP. */
  index = 0;
  /** Key stream for the body begins at this place of this buffer. */
  keyStream: Uint8Array = NOTHING;
  keyStreamAt = 0;
}
