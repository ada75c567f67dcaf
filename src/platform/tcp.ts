/** TCP for SIP over `node:net`, which is as quick as Deno's own and shares its sockets with `node:tls`. */

import net, { type Socket } from "node:net";
import { fail, ok, type Result } from "../base/mod.ts";
import type {
  Address,
  ConnectOptions,
  StreamDoor,
  StreamListening,
  StreamNetwork,
} from "../sip/transport/mod.ts";
import { NodeStreamSocket, remoteOf } from "./stream_socket.ts";
import { listenTcp } from "./tcp_listener.ts";

export class TcpNetwork implements StreamNetwork {
  listen(local: Address, door: StreamDoor): Promise<Result<StreamListening, string>> {
    return listenTcp(local, {
      makeServer: () => net.createServer(),
      connected(socket) {
        if (door.admit(remoteOf(socket))) door.opened(new NodeStreamSocket(socket));
        else socket.destroy();
      },
    });
  }

  connect(options: ConnectOptions, done: Parameters<StreamNetwork["connect"]>[1]): () => void {
    const socket = net.connect({ host: options.remote.host, port: options.remote.port });
    return awaitOpening(socket, { openEvent: "connect", deadlineMs: options.deadlineMs }, (error) => {
      if (error) done(fail({ fault: "connection failed", reason: error.message }));
      else done(ok(new NodeStreamSocket(socket)));
    });
  }
}

/** For TLS too: calls `done` once, when `socket` is open, has failed or has taken too long. */
export function awaitOpening(
  socket: Socket,
  options: { readonly openEvent: "connect" | "secureConnect"; readonly deadlineMs: number },
  done: (error?: Error & { code?: string }) => void,
): () => void {
  let isDone = false;
  const finish = (error?: Error) => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    if (error) socket.destroy();
    done(error);
  };
  const timer = setTimeout(() => finish(new Error("no connection in time")), options.deadlineMs);
  socket.once(options.openEvent, () => finish());
  socket.on("error", finish);
  socket.once("close", () => finish(new Error("closed before it was open")));
  return () => {
    isDone = true;
    clearTimeout(timer);
    socket.destroy();
  };
}
