/** A command's end of the control socket. */

import { connectLocal, type LineConnection } from "../platform/mod.ts";
import type { RouteAnswer, RouteQuestion, TraceFilter } from "../app_types.ts";
import { CommandError, EXIT } from "./command.ts";
import type { ControlAnswer, ControlAnswers, ControlQuestion, ControlRequest } from "./control_types.ts";

/** Asks the server at `path`. Throws {@linkcode CommandError} when there is none or it refuses. */
export function ask<Question extends Exclude<ControlQuestion, "route">>(
  path: string,
  question: Question,
): Promise<ControlAnswers[Question]> {
  return request(path, { ask: question }) as Promise<ControlAnswers[Question]>;
}

/** Asks the server at `path` what a dialled number would lead to; null without such a domain or extension. */
export function askRoute(path: string, route: RouteQuestion): Promise<RouteAnswer | null> {
  return request(path, { ask: "route", route }) as Promise<RouteAnswer | null>;
}

async function request(path: string, question: ControlRequest): Promise<unknown> {
  const connection = await connect(path);
  try {
    for await (const answer of exchange(connection, question)) {
      if ("ok" in answer && answer.ok) return answer.value;
      if ("ok" in answer) throw new CommandError(`The server refuses: ${answer.error}`);
    }
    throw new CommandError(
      "The server closed the connection without an answer: look at its log",
      EXIT.notReachable,
    );
  } finally {
    connection.close();
  }
}

/** SIP messages from the server at `path`, until it ends or the caller stops reading. */
export async function* trace(path: string, filter: TraceFilter): AsyncGenerator<string> {
  const connection = await connect(path);
  try {
    for await (const answer of exchange(connection, { ask: "trace", ...filter })) {
      if ("item" in answer) yield answer.item;
      else if (answer.ok) return;
      else throw new CommandError(`The server refuses: ${answer.error}`);
    }
  } finally {
    connection.close();
  }
}

/** Whether this user may ask the server at `path`; false too where there is none. */
export async function isForbiddenHere(path: string): Promise<boolean> {
  const connection = await connectLocal(path);
  if (connection.ok) connection.value.close();
  return !connection.ok && isForbidden(connection.error);
}

function isForbidden(reason: string): boolean {
  return reason === "permission denied";
}

/** True when a server answers at `path`. */
export async function isServed(path: string): Promise<boolean> {
  const connection = await connectLocal(path);
  if (connection.ok) connection.value.close();
  return connection.ok;
}

async function connect(path: string): Promise<LineConnection> {
  const connection = await connectLocal(path);
  if (connection.ok) return connection.value;
  if (isForbidden(connection.error)) {
    throw new CommandError(
      `Cannot reach the server at "${path}": ${connection.error}. Run this as root (sudo) or as the server's user`,
      EXIT.notReachable,
    );
  }
  throw new CommandError(
    `Cannot reach the server at "${path}": ${connection.error}. Start it with "sipedge serve", or name its ` +
      "configuration with --config or its folder with --data",
    EXIT.notReachable,
  );
}

async function* exchange(connection: LineConnection, request: ControlRequest): AsyncGenerator<ControlAnswer> {
  await connection.send(JSON.stringify(request));
  for await (const line of connection.lines()) yield JSON.parse(line) as ControlAnswer;
}
