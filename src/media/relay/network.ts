/** The port to UDP as the relay needs it: bind pairs, take datagrams in place, send in place, wait until a time. */
import type { Result } from "../../base/mod.ts";
import type { AddressFamily } from "../plane.ts";

export type { AddressFamily };
import { SocketAddress } from "./socket_address.ts";

/** Longest datagram taken; a longer one is counted and dropped. Voice and video keep below the path's 1500 bytes. */
export const MAX_DATAGRAM_BYTES = 4096;
/** Room behind the datagram for what sealing appends: tag, MKI, SRTCP index. */
export const INBOX_TAIL_BYTES = 256;

/** Where each datagram lies while its receiver looks at it; one for the thread, valid until the receiver returns. */
export class Inbox {
  /** Other memory for each of several that were taken together: ask anew for each datagram. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(MAX_DATAGRAM_BYTES + INBOX_TAIL_BYTES);
  source: SocketAddress = new SocketAddress();
  /** When it was taken from the kernel, in milliseconds since the Unix epoch with fractions. */
  timeMs = 0;
}

export interface DatagramReceiver {
  /** A datagram of `length` bytes lies in the inbox. */
  onDatagram(length: number): void;
}

export interface BindOptions {
  /** `0.0.0.0` or `::` take every address of the family. */
  readonly host: string;
  readonly port: number;
  /** 0–63, put on everything that is sent (RFC 2474). */
  readonly dscp: number;
}

export type BindFailure = "in use" | "not permitted" | "no such address" | "too many sockets" | "failed";

export interface MediaSocket {
  readonly port: number;
  readonly family: AddressFamily;
  /** A number by which another thread of this process can go on with the socket; undefined where it cannot. */
  readonly handle: number | undefined;
  /** Who gets what arrives; without one it is drained and forgotten. */
  receiver: DatagramReceiver | undefined;
  /** Sends the first `length` bytes; false when the kernel did not take them. */
  send(bytes: Uint8Array<ArrayBuffer>, length: number, to: SocketAddress): boolean;
  /**
   * Sends the first `length` bytes of the inbox at the latest when the receiver of the datagram returns and may then do so
   * together with others, so they must stay as they are. Whether the kernel took them is not always known: then true.
   */
  sendOn(length: number, to: SocketAddress): boolean;
  /** Lets the kernel drop what does not come from there; undefined takes everything again. A mere optimisation. */
  restrict(to: SocketAddress | undefined): void;
  /** Datagrams dropped by the kernel because the receive buffer was full. */
  kernelDrops(): number;
  /** Gives the socket up without closing it, for another thread to adopt. */
  release(): void;
  close(): void;
}

export interface Network {
  readonly inbox: Inbox;
  /** Descriptors that it needs beside its sockets, two at most: to be closed by others should its thread die. */
  readonly handles: readonly number[];
  /** Whether its sockets can go on in another thread. */
  readonly canMove: boolean;
  /** A receiver threw, which it should not; the datagram is lost and everything goes on. */
  onFault: (error: unknown) => void;
  /** Milliseconds since the Unix epoch with fractions; never runs backwards, whatever becomes of the wall clock. */
  now(): number;
  bind(options: BindOptions): Result<MediaSocket, BindFailure>;
  /** Goes on with a socket that another thread released; undefined where sockets cannot move. */
  adopt(handle: number, port: number, family: AddressFamily): MediaSocket | undefined;
  /** Hands what has arrived to the receivers; waits for it at most `waitMs`. Ends early after {@linkcode wake}. */
  pump(waitMs: number): Promise<void>;
  /** Share of the time since the last question in which the thread did not wait, 0–1. */
  load(nowMs: number): number;
  /** Ends a wait that is under way. */
  wake(): void;
  close(): void;
}
