/**
 * A listening TCP port that stays alive. When a process runs out of file descriptors, the accept loop of Deno's `node:net`
 * ends for good and without an event; so the port is knocked at now and then, and opened anew when nobody opens.
 */

import net, { type Server, type Socket } from "node:net";
import { fail, isUnspecified, ok, type Result } from "../base/mod.ts";
import type { Address, StreamListening } from "../sip/transport/mod.ts";
import { listenFault } from "./stream_socket.ts";

const KNOCK_EVERY_MS = 5000;
const KNOCK_WAIT_MS = 2000;

export interface ListenerOptions {
  /** A server that does not listen yet; made again when a port is opened anew. */
  readonly makeServer: () => Server;
  /** Told of every raw connection that is not a knock of ours. */
  readonly connected: (socket: Socket) => void;
  readonly knockEveryMs?: number;
  readonly knockWaitMs?: number;
}

/** The error is a reason in words. */
export async function listenTcp(
  local: Address,
  options: ListenerOptions,
): Promise<Result<StreamListening, string>> {
  const listener = new TcpListener(local, options);
  const reason = await listener.open();
  if (reason === undefined) return ok(listener);
  listener.close();
  return fail(reason);
}

interface Knock {
  readonly socket: Socket;
  finish(isHeard: boolean): void;
}

class TcpListener implements StreamListening {
  local: Address;
  readonly #options: ListenerOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  /** The one that is on its way. */
  #knock: Knock | undefined;
  #unheard = 0;
  #server: Server | undefined;
  #isOpening = false;
  #isClosed = false;

  constructor(local: Address, options: ListenerOptions) {
    this.local = local;
    this.#options = options;
    this.#timer = setInterval(() => this.#check(), options.knockEveryMs ?? KNOCK_EVERY_MS);
  }

  /** Undefined when it listens, else why not. */
  open(): Promise<string | undefined> {
    const server = this.#options.makeServer();
    // Before all other listeners: a knock is nobody's business.
    server.prependListener("connection", (socket: Socket) => this.#connected(socket));
    return new Promise((resolve) => {
      const onError = (error: Error) => resolve(listenFault(error, this.local.port));
      server.once("error", onError);
      server.listen({ host: this.local.host, port: this.local.port }, () => {
        server.off("error", onError);
        server.on("error", () => {});
        const address = server.address();
        if (typeof address === "object" && address) {
          this.local = { host: this.local.host, port: address.port };
        }
        this.#server = server;
        resolve(undefined);
      });
    });
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#knock?.finish(true);
    this.#server?.close();
    this.#server = undefined;
  }

  #connected(socket: Socket): void {
    const knock = this.#knock;
    if (!knock?.socket.connecting) return this.#sort(socket, knock);
    // The knock may be heard before it knows its own port.
    let isSorted = false;
    const sort = () => {
      if (!isSorted) this.#sort(socket, knock);
      isSorted = true;
    };
    knock.socket.once("connect", sort);
    knock.socket.once("close", sort);
  }

  #sort(socket: Socket, knock: Knock | undefined): void {
    if (knock && socket.remotePort === knock.socket.localPort) {
      socket.destroy();
      knock.finish(true);
    } else this.#options.connected(socket);
  }

  /** Two knocks in a row that nobody hears are no hiccup of a busy process. */
  #check(): void {
    if (this.#isOpening || this.#knock) return;
    if (!this.#server || this.#unheard >= 2) return void this.#reopen();
    const { host, port } = this.local;
    const socket = net.connect({ host: isUnspecified(host) ? "127.0.0.1" : host, port });
    const finish = (isHeard: boolean) => {
      if (this.#knock?.socket !== socket) return;
      this.#knock = undefined;
      clearTimeout(timer);
      socket.destroy();
      this.#unheard = isHeard ? 0 : this.#unheard + 1;
    };
    const timer = setTimeout(() => finish(false), this.#options.knockWaitMs ?? KNOCK_WAIT_MS);
    this.#knock = { socket, finish };
    socket.on("error", (error: Error & { code?: string }) => {
      // Other faults are those of the knock: without a free descriptor, say, opening anew would be of no use either.
      finish(error.code !== "ECONNREFUSED");
    });
  }

  async #reopen(): Promise<void> {
    this.#isOpening = true;
    this.#server?.close();
    this.#server = undefined;
    this.#unheard = 0;
    await this.open();
    this.#isOpening = false;
    if (this.#isClosed) this.close();
  }
}
