/** Sockets between programs of one machine (Unix domain), line by line; for the commands of the shell. */

import { fail, ok, type Result } from "../base/mod.ts";
import { describeFileError } from "./files.ts";

/** Longest line taken from the other side. */
const MAX_LINE = 1024 * 1024;
/** Connections at a time; commands are few. */
const MAX_CONNECTIONS = 32;

/** One connection. Lines carry no line end. */
export interface LineConnection {
  /** Lines as they come, until the other side or we close. */
  lines(): AsyncIterable<string>;
  /** Resolves when the line was taken, also when the other side is gone. False when it is gone. */
  send(line: string): Promise<boolean>;
  close(): void;
}

export interface LocalListener {
  close(): void;
}

/** Listens at `path`, which only this user may use. A socket left by a process that died is replaced. */
export async function listenLocal(
  path: string,
  accept: (connection: LineConnection) => void,
): Promise<Result<LocalListener, string>> {
  const other = await connectLocal(path);
  if (other.ok) {
    other.value.close();
    return fail("another server uses it");
  }
  let listener: Deno.UnixListener;
  try {
    if (isSocket(path)) Deno.removeSync(path);
    const before = Deno.umask(0o177);
    try {
      listener = Deno.listen({ transport: "unix", path });
    } finally {
      Deno.umask(before);
    }
  } catch (error) {
    return fail(describeFileError(error));
  }
  const connections = new Set<Deno.UnixConn>();
  acceptAll(listener, { connections, accept });
  return ok({
    close() {
      listener.close();
      for (const connection of connections) closeQuietly(connection);
      if (isSocket(path)) Deno.removeSync(path);
    },
  });
}

async function acceptAll(
  listener: Deno.UnixListener,
  { connections, accept }: { connections: Set<Deno.UnixConn>; accept: (connection: LineConnection) => void },
): Promise<void> {
  try {
    for await (const connection of listener) {
      if (connections.size >= MAX_CONNECTIONS) {
        closeQuietly(connection);
        continue;
      }
      connections.add(connection);
      accept(lineConnection(connection, () => connections.delete(connection)));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** Connects to `path`; the error says why nobody is there. */
export async function connectLocal(path: string): Promise<Result<LineConnection, string>> {
  try {
    return ok(lineConnection(await Deno.connect({ transport: "unix", path }), () => {}));
  } catch (error) {
    return fail(error instanceof Deno.errors.ConnectionRefused ? "nobody listens" : describeFileError(error));
  }
}

function lineConnection(connection: Deno.UnixConn, closed: () => void): LineConnection {
  let isClosed = false;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    closeQuietly(connection);
    closed();
  };
  return {
    lines: () => readLines(connection, close),
    async send(line) {
      const bytes = new TextEncoder().encode(`${line}\n`);
      try {
        for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
        return true;
      } catch {
        close();
        return false;
      }
    },
    close,
  };
}

async function* readLines(connection: Deno.UnixConn, close: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let rest = "";
  try {
    for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
      rest += decoder.decode(buffer.subarray(0, count), { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
      if (rest.length > MAX_LINE) return;
    }
  } catch {
    // The connection broke or was closed by us: the end of the lines, as any other.
  } finally {
    close();
  }
}

function isSocket(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSocket === true;
  } catch {
    return false;
  }
}

function closeQuietly(connection: Deno.UnixConn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
