/** TCP without a network: tests hold both ends of every connection and decide when what happens. */

import { fail, ok, type Result } from "../../src/base/mod.ts";
import type {
  Address,
  ConnectOptions,
  StreamDoor,
  StreamListening,
  StreamNetwork,
  StreamSocket,
} from "../../src/sip/transport/mod.ts";

export class FakeStream implements StreamSocket {
  readonly peerNames: readonly string[] = [];
  readonly written: Uint8Array[] = [];
  /** Set by a test to play a peer that does not read. */
  queuedBytes = 0;
  isClosed = false;
  #handlers: Parameters<StreamSocket["start"]>[0] | undefined;

  constructor(readonly local: Address, readonly remote: Address) {}

  start(handlers: Parameters<StreamSocket["start"]>[0]): void {
    this.#handlers = handlers;
  }

  write(bytes: Uint8Array): void {
    this.written.push(bytes);
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    queueMicrotask(() => this.#handlers?.closed());
  }

  /** The peer sends. */
  receive(bytes: Uint8Array | string): void {
    this.#handlers?.data(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  }

  get text(): string {
    return this.written.map((bytes) => new TextDecoder().decode(bytes)).join("");
  }
}

export class FakeStreamNetwork implements StreamNetwork {
  door: StreamDoor | undefined;
  readonly connects: {
    readonly options: ConnectOptions;
    readonly done: Parameters<StreamNetwork["connect"]>[1];
    isGivenUp: boolean;
  }[] = [];
  #port = 40_000;

  listen(local: Address, door: StreamDoor): Promise<Result<StreamListening, string>> {
    this.door = door;
    return Promise.resolve(ok({ local, close() {} }));
  }

  connect(options: ConnectOptions, done: Parameters<StreamNetwork["connect"]>[1]): () => void {
    const attempt = { options, done, isGivenUp: false };
    this.connects.push(attempt);
    return () => attempt.isGivenUp = true;
  }

  /** A peer connects; undefined when it was not let in. */
  accept(host: string): FakeStream | undefined {
    const remote = { host, port: ++this.#port };
    if (!this.door?.admit(remote)) return undefined;
    const socket = new FakeStream({ host: "192.0.2.1", port: 5060 }, remote);
    this.door.opened(socket);
    return socket;
  }

  /** The oldest attempt of ours succeeds. */
  succeed(): FakeStream {
    const attempt = this.connects.shift();
    if (!attempt) throw new Error("nobody connects");
    const socket = new FakeStream({ host: "192.0.2.1", port: ++this.#port }, attempt.options.remote);
    attempt.done(ok(socket));
    return socket;
  }

  /** The oldest attempt of ours fails. */
  fail(fault: "connection failed" | "certificate refused" = "connection failed"): void {
    this.connects.shift()?.done(fail({ fault, reason: "refused" }));
  }
}
