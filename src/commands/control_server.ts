/** The server's end of the control socket: reads requests, asks the handlers, writes answers. */

import { type Log, type Result } from "../base/mod.ts";
import { type LineConnection, listenLocal, type LocalListener } from "../platform/mod.ts";
import type { TraceFilter } from "../app_types.ts";
import type { ControlAnswer, ControlHandlers, ControlRequest } from "./control_types.ts";

export interface ControlServer {
  /** Who answers; until it is called every question waits. */
  serve(handlers: ControlHandlers): void;
  close(): void;
}

/** Listens at `path` for commands of this user. The error says why that cannot be. */
export async function openControlServer(path: string, log: Log): Promise<Result<ControlServer, string>> {
  const handlers = Promise.withResolvers<ControlHandlers>();
  const listening: Result<LocalListener, string> = await listenLocal(path, (connection) => {
    answerAll(connection, handlers.promise).catch((error) => {
      log.warn("a command could not be answered", { reason: String(error) });
      connection.close();
    });
  });
  if (!listening.ok) return listening;
  return { ok: true, value: { serve: handlers.resolve, close: () => listening.value.close() } };
}

async function answerAll(connection: LineConnection, handlers: Promise<ControlHandlers>): Promise<void> {
  for await (const line of connection.lines()) {
    const request = parseRequest(line);
    const isThere = request?.ask === "trace"
      ? await sendTrace(connection, (await handlers).trace(filterOf(request)))
      : await send(connection, await answer(request, await handlers));
    if (!isThere) return;
  }
}

async function answer(
  request: ControlRequest | undefined,
  handlers: ControlHandlers,
): Promise<ControlAnswer> {
  try {
    switch (request?.ask) {
      case "status":
        return { ok: true, value: await handlers.status() };
      case "calls":
        return { ok: true, value: await handlers.calls() };
      case "route":
        return { ok: true, value: await handlers.route(request.route) ?? null };
      case "pass":
        return { ok: true, value: await handlers.pass() ?? null };
      case "directoryChanged":
        await handlers.directoryChanged();
        return { ok: true, value: null };
      case "certificatesChanged":
        await handlers.certificatesChanged();
        return { ok: true, value: null };
      default:
        return { ok: false, error: "the server does not know this request: is it of another version?" };
    }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Ends when the reader has had enough: the next line then finds nobody. */
async function sendTrace(connection: LineConnection, texts: AsyncIterable<string>): Promise<boolean> {
  for await (const item of texts) {
    if (!await send(connection, { item })) return false;
  }
  return await send(connection, { ok: true, value: null });
}

function filterOf({ text, last }: TraceFilter): TraceFilter {
  return {
    ...(text && { text }),
    ...(typeof last === "number" && last > 0 && { last }),
  };
}

function send(connection: LineConnection, answer: ControlAnswer): Promise<boolean> {
  return connection.send(JSON.stringify(answer));
}

function parseRequest(line: string): ControlRequest | undefined {
  try {
    const value = JSON.parse(line) as ControlRequest | null;
    return value && typeof value.ask === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
