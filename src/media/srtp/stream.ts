/** What is remembered of one synchronization source under one key: indices and replay windows (RFC 3711 §3.2.3). */
import { KeyStreamAhead } from "./key_stream.ts";
import { ReplayWindow, type ReplayWindowState } from "../rtp/mod.ts";

/** Plain data of a stream, for moving a leg to another thread. */
export interface SrtpStreamState {
  readonly ssrc: number;
  readonly rtp: ReplayWindowState;
  readonly rtcp: ReplayWindowState;
}

export class SrtpStream {
  /** As a signed 32-bit number. */
  ssrc: number;
  readonly rtp = new ReplayWindow();
  readonly rtcp = new ReplayWindow();
  readonly ahead = new KeyStreamAhead();

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }

  save(): SrtpStreamState {
    return { ssrc: this.ssrc, rtp: this.rtp.save(), rtcp: this.rtcp.save() };
  }

  static restore(state: SrtpStreamState): SrtpStream {
    const stream = new SrtpStream(state.ssrc);
    stream.rtp.restore(state.rtp);
    stream.rtcp.restore(state.rtcp);
    return stream;
  }
}
