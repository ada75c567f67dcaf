/** What a suite does to one packet, in place. Two kinds: counter mode with HMAC-SHA1, and GCM. */
import type { KeyStreamAhead } from "./key_stream.ts";
import type { PacketJob } from "./packet_job.ts";

export interface PacketCipher {
  /** Bytes of the tag. */
  readonly tagLength: number;
  /** Encrypts the body and writes the tag. `ahead` is absent for RTCP, whose packets are few. */
  seal(job: PacketJob, ahead: KeyStreamAhead | undefined): void;
  /** True when the tag holds, compared in constant time. Changes neither packet nor state. */
  verify(job: PacketJob, ahead: KeyStreamAhead | undefined): boolean;
  /** Decrypts the body of a packet that {@linkcode verify} has just found genuine. */
  decrypt(job: PacketJob, ahead: KeyStreamAhead | undefined): void;
}

/** Exclusive-or of the body with the key stream, which begins `skip` bytes into it. */
export function applyKeyStream(job: PacketJob, skip: number): void {
  const { packet, bodyStart, bodyEnd, keyStream } = job;
  let from = job.keyStreamAt + skip;
  for (let at = bodyStart; at < bodyEnd; at++) packet[at]! ^= keyStream[from++]!;
}
