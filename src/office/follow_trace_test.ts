import assert from "node:assert/strict";
import { SipTrace } from "../telemetry/mod.ts";
import { followTrace } from "./follow_trace.ts";

const PATH = {
  transport: "tls",
  local: { host: "192.0.2.1", port: 5061 },
  remote: { host: "2001:db8::7", port: 40_000 },
} as const;

function add(trace: SipTrace, text: string): void {
  trace.add(Date.UTC(2026, 0, 2, 3, 4, 5, 678), "in", { bytes: new TextEncoder().encode(text), path: PATH });
}

Deno.test("the newest remembered messages come in order, filtered, and then it ends", async () => {
  const trace = new SipTrace();
  for (const number of [1, 2, 3, 12]) add(trace, `OPTIONS sip:${number} SIP/2.0\r\n\r\n`);
  const printed = await Array.fromAsync(followTrace(trace, { text: "sip:1", last: 5 }));
  assert.deepEqual(printed.map((text) => /sip:\d+/.exec(text)![0]), ["sip:1", "sip:12"]);
  assert.match(printed[0]!, /^\d\d:\d\d:05\.678 <- tls \[2001:db8::7\]:40000\nOPTIONS/);
  assert.equal((await Array.fromAsync(followTrace(trace, { last: 2 }))).length, 2);
});

Deno.test("messages to come are handed out masked until the reader has had enough", async () => {
  const trace = new SipTrace();
  const reader = followTrace(trace, {})[Symbol.asyncIterator]();
  const first = reader.next();
  add(trace, 'REGISTER sip:a SIP/2.0\r\nAuthorization: Digest response="0123456789abcdef"\r\n\r\n');
  assert.match((await first).value ?? "", /response="\*{16}"/);
  await reader.return?.();
});
