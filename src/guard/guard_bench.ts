/** Cost of the door per datagram, from a known sender, a stranger, and a flood of invented ones. */

import { SILENT_LOG } from "../base/mod.ts";
import { Guard } from "./guard.ts";

const clock = { now: () => performance.timeOrigin + performance.now(), at: () => ({ cancel() {} }) };
const guard = new Guard({
  clock,
  log: SILENT_LOG,
  store: { all: () => Promise.resolve([]), put() {}, remove() {} },
  events: { emit() {} },
  security: () => SECURITY,
});
const SECURITY = {
  allow: ["10.0.0.0/8", "2001:db8::/32"],
  ban: { failures: 5, withinSeconds: 60, forSeconds: 7200 },
};
const INVENTED = Array.from(
  { length: 100_000 },
  (_, i) => `172.${16 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`,
);
guard.succeeded({ host: "192.0.2.1", transport: "udp" });
guard.ban("192.0.2.66", { reason: "bench", forSeconds: 3600 });
let turn = 0;

Deno.bench("admit: a registered phone", () => void guard.admit("192.0.2.1", "udp"));
Deno.bench("admit: a stranger", () => void guard.admit("192.0.2.2", "udp"));
Deno.bench("admit: a banned sender", () => void guard.admit("192.0.2.66", "udp"));
Deno.bench(
  "admit: 100,000 invented senders in turn",
  () => void guard.admit(INVENTED[turn++ % INVENTED.length]!, "udp"),
);
