/** What commands and server say to each other: one JSON object a line over the control socket. */

import type { Pass } from "../pbx/access/mod.ts";
import type { CallRecord } from "../pbx/ports.ts";
import type { RouteAnswer, RouteQuestion, ServerHandlers, ServerStatus, TraceFilter } from "../app_types.ts";

/** What a command may ask, and what it gets. */
export interface ControlAnswers {
  readonly status: ServerStatus;
  readonly calls: readonly CallRecord[];
  readonly directoryChanged: null;
  /** Null without a domain or an echo test. */
  readonly pass: Pass | null;
  readonly certificatesChanged: null;
  /** Null without such a domain or extension. */
  readonly route: RouteAnswer | null;
}

export type ControlQuestion = keyof ControlAnswers;

/** A request line. `trace` is answered by many lines, the others by one. */
export type ControlRequest =
  | { readonly ask: Exclude<ControlQuestion, "route"> }
  | { readonly ask: "route"; readonly route: RouteQuestion }
  | ({ readonly ask: "trace" } & TraceFilter);

/** An answer line. */
export type ControlAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string }
  /** One of many; the last line is `{ ok: true }`. */
  | { readonly item: string };

/** What the server must be able to answer. */
export type ControlHandlers = Pick<
  ServerHandlers,
  "status" | "calls" | "route" | "directoryChanged" | "certificatesChanged" | "trace" | "pass"
>;
