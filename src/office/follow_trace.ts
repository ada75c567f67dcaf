/** SIP messages as text for somebody at a shell, secrets masked: those to come, or the newest that are remembered. */

import type { TraceFilter } from "../app_types.ts";
import { printHostPort } from "../base/mod.ts";
import type { SipTrace, TracedMessage } from "../telemetry/mod.ts";

/** A reader who is slower than the calls loses the oldest. */
const MAX_WAITING = 1000;
const DECODER = new TextDecoder();

/** First line: local time, direction, transport, peer; then the message. Ends by itself only with `last`. */
export async function* followTrace(trace: SipTrace, { text, last }: TraceFilter): AsyncIterable<string> {
  const isWanted = (printed: string) => text === undefined || printed.includes(text);
  if (last !== undefined) {
    yield* trace.recent(MAX_WAITING).map(print).filter(isWanted).slice(-last);
    return;
  }
  const waiting: string[] = [];
  let wake: (() => void) | undefined;
  // What a listener hears is masked already.
  const end = trace.listen((message) => {
    const printed = print(message);
    if (!isWanted(printed)) return;
    waiting.push(printed);
    if (waiting.length > MAX_WAITING) waiting.shift();
    wake?.();
  });
  try {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => wake = resolve);
    }
  } finally {
    end();
  }
}

function print({ at, direction, path, bytes }: TracedMessage): string {
  const { transport, remote } = path;
  const arrow = direction === "in" ? "<-" : "->";
  return `${printTime(at)} ${arrow} ${transport} ${printHostPort(remote.host, remote.port)}\n${
    DECODER.decode(bytes)
  }`;
}

/** Local time of day, `03:04:05.678`. */
function printTime(ms: number): string {
  const date = new Date(ms);
  const digits = (value: number, count = 2) => String(value).padStart(count, "0");
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((value) => digits(value)).join(
    ":",
  );
  return `${clock}.${digits(date.getMilliseconds(), 3)}`;
}
