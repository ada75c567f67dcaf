/** A telephone's media side on loopback for tests: sends RTP packets, remembers what it hears. */
import assert from "node:assert/strict";
import {
  type MediaSocket,
  type Network,
  SocketAddress,
  type SrtpKey,
  type StreamSettings,
} from "../../src/media/mod.ts";
import {
  classifyPacket,
  parseRtcp,
  printRtcp,
  type RtcpPacket,
  rtpHeaderLength,
  sequenceNumber,
  ssrc,
  timestamp,
  toNtpTime,
  writeRtpHeader,
} from "../../src/media/rtp/mod.ts";
import { SrtpReceiver, SrtpSender } from "../../src/media/srtp/mod.ts";

export interface HeardPacket {
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
  /** The whole packet after opening. */
  readonly packet: Uint8Array;
  readonly fromPort: number;
  /** When it was taken from the kernel, as the network's clock says. */
  readonly arrivalMs: number;
}

export const PCMU = { payloadType: 0, encoding: "pcmu", clockRate: 8000 };
export const PCMA = { payloadType: 8, encoding: "pcma", clockRate: 8000 };
export const EVENTS = { payloadType: 101, encoding: "telephone-event", clockRate: 8000 };

/** A key for AES_CM_128_HMAC_SHA1_80 that depends on `seed` only. */
export function srtpKey(seed: number): SrtpKey {
  const keyAndSalt = Uint8Array.from({ length: 30 }, (_, i) => (seed * 31 + i * 7) & 255);
  return { suite: "AES_CM_128_HMAC_SHA1_80", keyAndSalt };
}

/** One end that shares a {@linkcode Network} with other ends of the same test. */
export class RtpPeer {
  readonly network: Network;
  readonly host: string;
  socket: MediaSocket;
  rtcpSocket: MediaSocket;
  readonly heard: HeardPacket[] = [];
  readonly heardRtcp: Uint8Array[] = [];
  /** Datagrams that did not open or were no RTP. */
  unreadable = 0;
  sender: SrtpSender | undefined;
  receiver: SrtpReceiver | undefined;
  ssrc: number;
  sequence = 1000;
  time = 160_000;
  /** RTCP shares the port of RTP (RFC 5761). */
  isMuxed = false;
  /** Where the server listens. */
  remote: SocketAddress | undefined;

  constructor(network: Network, options: { readonly host?: string; readonly ssrc?: number } = {}) {
    this.network = network;
    this.host = options.host ?? "127.0.0.1";
    this.ssrc = options.ssrc ?? 0x1000;
    [this.socket, this.rtcpSocket] = this.#bind();
  }

  get port(): number {
    return this.socket.port;
  }

  get rtcpPort(): number {
    return this.rtcpSocket.port;
  }

  /** As after a router's restart: the same phone from another port. */
  rebind(): void {
    this.close();
    [this.socket, this.rtcpSocket] = this.#bind();
  }

  aimAt(port: number, host = this.host): void {
    this.remote = SocketAddress.parse(host, port);
  }

  /** Keys as the peer sees them. */
  secure(keys: { readonly send: SrtpKey; readonly receive: SrtpKey }): void {
    this.sender = new SrtpSender(keys.send);
    this.receiver = new SrtpReceiver(keys.receive);
  }

  /** Settings that describe this peer to the plane. */
  settings(changes: Partial<StreamSettings> = {}): StreamSettings {
    return {
      remote: { host: this.host, port: this.port, rtcpPort: this.rtcpPort },
      signallingHost: this.host,
      rtcpMux: false,
      direction: "sendrecv",
      receiveFormats: [PCMU, PCMA, EVENTS],
      sendFormats: [PCMU, PCMA, EVENTS],
      dtmf: "rfc4733",
      ...changes,
    };
  }

  /** Sends one packet with the next sequence number and a timestamp 20 ms on. */
  send(payload: Uint8Array, options: { payloadType?: number; marker?: boolean } = {}): boolean {
    const bytes = new Uint8Array(payload.length + 64 + 12);
    const length = writeRtpHeader(bytes, {
      marker: options.marker ?? false,
      payloadType: options.payloadType ?? 0,
      sequenceNumber: this.sequence,
      timestamp: this.time,
      ssrc: this.ssrc,
    });
    this.sequence = (this.sequence + 1) & 0xffff;
    this.time = (this.time + 160) >>> 0;
    bytes.set(payload, length);
    return this.sendPacket(bytes, length + payload.length);
  }

  /** Sends a ready plain packet, sealed if there is a key; `bytes` needs room for the tag. */
  sendPacket(bytes: Uint8Array<ArrayBuffer>, length: number): boolean {
    const sealed = this.sender ? this.sender.seal(bytes, length) : length;
    return sealed >= 0 && this.remote !== undefined && this.socket.send(bytes, sealed, this.remote);
  }

  /** The compound RTCP packets that it heard, each whole. */
  get heardReports(): RtcpPacket[][] {
    return this.heardRtcp.map((packet) => {
      const parsed = parseRtcp(packet);
      assert.ok(parsed.ok);
      return parsed.value;
    });
  }

  /** A sender report of its own, for {@linkcode sendRtcp}. */
  senderReport(nowMs: number): Uint8Array {
    const { buffer, length } = printRtcp([
      {
        kind: "sender-report",
        ssrc: this.ssrc,
        ntp: toNtpTime(nowMs),
        rtpTimestamp: this.time,
        packetCount: 1,
        octetCount: 160,
        reports: [],
      },
      { kind: "source-description", chunks: [{ ssrc: this.ssrc, items: [{ type: 1, text: "phone" }] }] },
    ]);
    return buffer.subarray(0, length);
  }

  /** Sends a plain compound RTCP packet to the odd port, or to that of RTP; sealed if there is a key. */
  sendRtcp(packet: Uint8Array): boolean {
    if (!this.remote) return false;
    const bytes = new Uint8Array(packet.length + 64);
    bytes.set(packet);
    const sealed = this.sender ? this.sender.sealRtcp(bytes, packet.length) : packet.length;
    const to = SocketAddress.parse(this.remote.host, this.remote.port + (this.isMuxed ? 0 : 1));
    const socket = this.isMuxed ? this.socket : this.rtcpSocket;
    return sealed >= 0 && to !== undefined && socket.send(bytes, sealed, to);
  }

  close(): void {
    this.socket.close();
    this.rtcpSocket.close();
  }

  #bind(): [MediaSocket, MediaSocket] {
    const bind = () => {
      const bound = this.network.bind({ host: this.host, port: 0, dscp: 0 });
      if (!bound.ok) throw new Error(`Cannot bind test peer on ${this.host}: ${bound.error}`);
      return bound.value;
    };
    const rtp = bind(), rtcp = bind();
    rtp.receiver = { onDatagram: (length) => this.#onRtp(length) };
    rtcp.receiver = { onDatagram: (length) => this.#onRtcp(length) };
    return [rtp, rtcp];
  }

  #onRtp(length: number): void {
    const { bytes, source, timeMs } = this.network.inbox;
    if (this.isMuxed && classifyPacket(bytes, length) === "rtcp") return this.#onRtcp(length);
    const plain = this.receiver ? this.receiver.open(bytes, length) : length;
    const header = plain < 0 ? -1 : rtpHeaderLength(bytes, plain);
    if (header < 0) {
      this.unreadable++;
      return;
    }
    const packet = bytes.slice(0, plain);
    this.heard.push({
      payloadType: packet[1]! & 0x7f,
      marker: packet[1]! >= 0x80,
      sequenceNumber: sequenceNumber(packet),
      timestamp: timestamp(packet),
      ssrc: ssrc(packet),
      payload: packet.subarray(header),
      packet,
      fromPort: source.port,
      arrivalMs: timeMs,
    });
  }

  #onRtcp(length: number): void {
    const { bytes } = this.network.inbox;
    const plain = this.receiver ? this.receiver.openRtcp(bytes, length) : length;
    if (plain < 0) this.unreadable++;
    else this.heardRtcp.push(bytes.slice(0, plain));
  }
}
