import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ManualClock, SILENT_LOG } from "../base/mod.ts";
import type { BanStore, PbxEvent, StoredBan } from "../pbx/ports.ts";
import { Guard, type GuardOptions } from "./guard.ts";
import { DEFAULT_LIMITS } from "./limits.ts";

class MemoryBans implements BanStore {
  readonly rows = new Map<string, StoredBan>();
  all(): Promise<readonly StoredBan[]> {
    return Promise.resolve([...this.rows.values()]);
  }
  put(ban: StoredBan): void {
    this.rows.set(ban.address, ban);
  }
  remove(address: string): void {
    this.rows.delete(address);
  }
}

const BAN = { failures: 5, withinSeconds: 60, forSeconds: 7200 };

function door(changes: Partial<GuardOptions> & { allow?: string[]; ban?: typeof BAN } = {}) {
  const clock = new ManualClock(1_000_000);
  const store = new MemoryBans();
  const events: PbxEvent[] = [];
  const security = { allow: changes.allow ?? [], ban: changes.ban ?? BAN };
  const guard = new Guard({
    clock,
    log: SILENT_LOG,
    store,
    events: { emit: (event) => events.push(event) },
    security: () => security,
    ...changes,
  });
  const fail = (host: string, times: number, transport = "tls", proven = transport !== "udp") => {
    for (let i = 0; i < times; i++) guard.failed({ host, transport, proven }, "wrong");
  };
  return { clock, store, events, guard, fail, security };
}

Deno.test("a sender is banned after so many failures within the window, on every transport", () => {
  for (const transport of ["udp", "tcp", "tls"]) {
    const { guard, fail } = door();
    fail("192.0.2.1", 4, transport, true);
    assert.equal(guard.admit("192.0.2.1", transport), true);
    fail("192.0.2.1", 1, transport, true);
    assert.equal(guard.admit("192.0.2.1", transport), false);
    assert.equal(guard.admit("192.0.2.1", "udp"), false);
    assert.equal(guard.admit("192.0.2.2", transport), true);
  }
});

Deno.test("a banned sender gets no answer, not even busy", () => {
  const { guard, fail } = door();
  fail("192.0.2.1", 5);
  assert.deepEqual(guard.request({ host: "192.0.2.1", transport: "tls" }, "REGISTER"), { kind: "drop" });
});

Deno.test("failures further apart than the window ban nobody", () => {
  const { guard, fail, clock } = door();
  for (let i = 0; i < 20; i++) {
    fail("192.0.2.1", 1);
    clock.advance(15_001);
  }
  assert.equal(guard.isBanned("192.0.2.1"), false);
});

Deno.test("a ban ends by itself and leaves the store", () => {
  const { guard, fail, clock, store } = door();
  fail("192.0.2.1", 5);
  clock.advance(7_199_999);
  assert.equal(guard.admit("192.0.2.1", "udp"), false);
  clock.advance(1);
  assert.equal(guard.admit("192.0.2.1", "udp"), true);
  assert.equal(store.rows.size, 0);
});

Deno.test("a failure over a path that proves nothing never bans: nobody is banned under a borrowed address", () => {
  const { guard, fail } = door();
  fail("192.0.2.1", 1000, "udp", false);
  assert.equal(guard.admit("192.0.2.1", "udp"), true);
  assert.deepEqual([guard.counts().failures, guard.counts().unprovenFailures], [1000, 1000]);
});

Deno.test("a nonce proves the path of the sender it was sent to, and of no other", () => {
  const { guard } = door();
  const nonce = "0198f2c5a6b1".padEnd(56, "e");
  guard.challenged("192.0.2.1", nonce);
  assert.equal(guard.wasChallenged("192.0.2.1", nonce), true);
  assert.equal(guard.wasChallenged("192.0.2.2", nonce), false);
  assert.equal(guard.wasChallenged("192.0.2.1", nonce.replace("e", "f")), false);
  assert.equal(guard.wasChallenged("192.0.2.1", ""), false);
  assert.equal(guard.wasChallenged("192.0.2.3", ""), false);
});

Deno.test("of one sender the last 16 nonces are remembered, one for all algorithms of a challenge", () => {
  const { guard } = door();
  for (let i = 0; i < 40; i++) {
    for (let algorithm = 0; algorithm < 2; algorithm++) guard.challenged("192.0.2.1", `nonce${i}`);
  }
  const known = Array.from({ length: 40 }, (_, i) => guard.wasChallenged("192.0.2.1", `nonce${i}`));
  assert.deepEqual(known, Array.from({ length: 40 }, (_, i) => i >= 24));
});

Deno.test("guessing over UDP with answered nonces bans the guesser; the same under a borrowed address bans nobody", () => {
  const { guard } = door();
  const attempt = (host: string, nonce: string) =>
    guard.failed({ host, transport: "udp", proven: guard.wasChallenged(host, nonce) }, "wrong");
  guard.challenged("192.0.2.66", "mine");
  for (let i = 0; i < 100; i++) attempt("198.51.100.1", "mine");
  assert.equal(guard.isBanned("198.51.100.1"), false);
  for (let i = 0; i < 5; i++) attempt("192.0.2.66", "mine");
  assert.equal(guard.isBanned("192.0.2.66"), true);
});

Deno.test("addresses and networks of the allow-list are never banned, also when they come to it later", () => {
  const { guard, fail, security } = door({ allow: ["198.51.100.0/24", "2001:db8:1::/48"] });
  fail("198.51.100.7", 100);
  fail("2001:db8:1::9", 100);
  assert.equal(guard.isBanned("198.51.100.7"), false);
  assert.equal(guard.isBanned("2001:db8:1::9"), false);
  assert.equal(guard.ban("198.51.100.7", { reason: "by hand", forSeconds: 60 }), false);
  fail("192.0.2.1", 5);
  assert.equal(guard.isBanned("192.0.2.1"), true);
  security.allow = ["192.0.2.1"];
  assert.equal(guard.isBanned("192.0.2.1"), false);
});

Deno.test("IPv6 senders are counted and banned by their /64", () => {
  const { guard, fail } = door();
  for (let i = 0; i < 5; i++) fail(`2001:db8:0:1::${i}`, 1);
  assert.equal(guard.isBanned("2001:db8:0:1:ffff::1"), true);
  assert.equal(guard.isBanned("2001:db8:0:2::1"), false);
  assert.deepEqual(guard.bans().map(({ address }) => address), ["2001:db8:0:1::/64"]);
});

Deno.test("IPv4 mapped into IPv6 is the same sender", () => {
  const { guard, fail } = door();
  fail("::ffff:192.0.2.1", 5);
  assert.equal(guard.isBanned("192.0.2.1"), true);
});

Deno.test("a ban survives a restart and is told as an event", async () => {
  const { guard, fail, store, events, clock } = door();
  fail("192.0.2.1", 5);
  assert.deepEqual(events, [{
    kind: "ban",
    address: "192.0.2.1",
    until: 1_000_000 + 7_200_000,
    reason: "wrong",
  }]);
  const restarted = door({ store, clock }).guard;
  await restarted.load();
  assert.equal(restarted.isBanned("192.0.2.1"), true);
  assert.equal(guard.unban("192.0.2.1"), true);
  const later = door({ store, clock }).guard;
  await later.load();
  assert.equal(later.isBanned("192.0.2.1"), false);
});

Deno.test("bans that ended while the server was off are forgotten at the start", async () => {
  const store = new MemoryBans();
  store.put({ address: "192.0.2.1", since: 0, until: 5, reason: "wrong" });
  const { guard } = door({ store });
  await guard.load();
  assert.deepEqual([guard.sizes().bans, store.rows.size], [0, 0]);
});

Deno.test("a ban can be lifted by any spelling of the sender", () => {
  const { guard, fail } = door();
  fail("2001:db8::1", 5);
  assert.equal(guard.unban("2001:db8:0:0::7"), true);
  fail("2001:db8::1", 5);
  assert.equal(guard.unban("2001:db8::/64"), true);
  assert.equal(guard.unban("2001:db8::/64"), false);
  assert.equal(guard.isBanned("2001:db8::1"), false);
});

Deno.test("failures: 0 switches bans off", () => {
  const { guard, fail } = door({ ban: { ...BAN, failures: 0 } });
  fail("192.0.2.1", 100);
  assert.equal(guard.isBanned("192.0.2.1"), false);
});

Deno.test("a right password does not wash away the failures before it", () => {
  const { guard, fail } = door();
  fail("192.0.2.1", 4);
  guard.succeeded({ host: "192.0.2.1", transport: "tls" });
  fail("192.0.2.1", 1);
  assert.equal(guard.isBanned("192.0.2.1"), true);
});

Deno.test("one stranger's flood of datagrams is cut, others are not touched", () => {
  const { guard } = door();
  const { burst } = DEFAULT_LIMITS.packets.stranger;
  let admitted = 0;
  for (let i = 0; i < 20_000; i++) if (guard.admit("192.0.2.1", "udp")) admitted++;
  assert.equal(admitted, burst);
  assert.equal(guard.admit("192.0.2.2", "udp"), true);
});

Deno.test("a flood from invented senders is cut as a whole, and registered senders go on", () => {
  const { guard } = door();
  guard.succeeded({ host: "198.51.100.1", transport: "udp" });
  let admitted = 0;
  for (let i = 0; i < 60_000; i++) {
    if (guard.admit(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, "udp")) admitted++;
    if (i % 100 === 0) assert.equal(guard.admit("198.51.100.1", "udp"), true);
  }
  assert.equal(admitted, DEFAULT_LIMITS.strangerPackets.burst);
  assert.equal(guard.sizes().sources, DEFAULT_LIMITS.strangerPackets.burst + 1);
});

Deno.test("a flood of invented senders pushes out neither trust nor failures", () => {
  const { guard, fail, clock } = door({ limits: { maxSources: 1_000 } });
  guard.succeeded({ host: "198.51.100.1", transport: "udp" });
  fail("192.0.2.1", 4);
  for (let i = 0; i < 20_000; i++) {
    clock.advance(1);
    guard.admit(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, "udp");
  }
  assert.equal(guard.sizes().sources, 1_000);
  fail("192.0.2.1", 1);
  assert.equal(guard.isBanned("192.0.2.1"), true);
  const invites = Array.from(
    { length: 500 },
    () => guard.request({ host: "198.51.100.1", transport: "udp" }, "INVITE").kind,
  );
  assert.deepEqual(new Set(invites), new Set(["pass"]));
});

Deno.test("a stranger over UDP is never answered more bytes than it sent, but for one first credit; who is trusted is", () => {
  const { guard } = door();
  let sent = 0, answered = 0;
  for (let count = 0; count < 100; count++) {
    assert.ok(guard.admit("192.0.2.1", "udp", 300));
    sent += 300;
    if (guard.mayAnswer("192.0.2.1", 450)) answered += 450;
  }
  assert.ok(answered > sent - 450 && answered <= sent + 512, `${sent} in, ${answered} out`);
  assert.equal(guard.counts().withheldAnswers, 100 - answered / 450);
  assert.ok(guard.mayAnswer("192.0.2.2", 1_000_000), "nobody that came by us");
  guard.succeeded({ host: "192.0.2.1", transport: "udp" });
  assert.ok(guard.mayAnswer("192.0.2.1", 1_000_000));
  for (let count = 0; count < 1000; count++) guard.admit("192.0.2.3", "udp", 1400);
  assert.equal(guard.mayAnswer("192.0.2.3", 65_537), false, "nor can anybody save up for a blow");
});

Deno.test("a stranger's flood of INVITEs is told busy a few times, then met with silence, and may come again", () => {
  const { guard, clock } = door();
  const ask = () => guard.request({ host: "192.0.2.1", transport: "tls" }, "INVITE");
  const { perSecond, burst } = DEFAULT_LIMITS.invites.stranger;
  for (let i = 0; i < burst; i++) assert.equal(ask().kind, "pass");
  assert.deepEqual(ask(), { kind: "busy", retryAfterSec: 1 });
  const kinds = Array.from({ length: 100 }, () => ask().kind);
  assert.equal(kinds.filter((kind) => kind === "busy").length, DEFAULT_LIMITS.busyAnswers.burst - 1);
  assert.equal(kinds.filter((kind) => kind === "drop").length, 100 - DEFAULT_LIMITS.busyAnswers.burst + 1);
  clock.advance(1_000);
  assert.deepEqual(Array.from({ length: perSecond }, () => ask().kind), Array(perSecond).fill("pass"));
});

Deno.test("INVITEs of ever new senders are cut as a whole: silence over UDP, busy over a connection", () => {
  const { guard } = door();
  const { burst } = DEFAULT_LIMITS.strangerInvites;
  for (let i = 0; i < burst; i++) {
    assert.equal(
      guard.request({ host: `10.0.${i >> 8}.${i & 255}`, transport: "udp" }, "INVITE").kind,
      "pass",
    );
  }
  assert.equal(guard.request({ host: "10.1.0.1", transport: "udp" }, "INVITE").kind, "drop");
  assert.equal(guard.request({ host: "10.1.0.2", transport: "tcp" }, "INVITE").kind, "busy");
  assert.equal(guard.request({ host: "10.1.0.3", transport: "udp" }, "REGISTER").kind, "pass");
  guard.succeeded({ host: "10.1.0.4", transport: "udp" });
  assert.equal(guard.request({ host: "10.1.0.4", transport: "udp" }, "INVITE").kind, "pass");
});

Deno.test("lines by address and the allow-list are trusted without a password", () => {
  const { guard } = door({ allow: ["203.0.113.0/24"], isPeer: (host) => host === "192.0.2.9" });
  for (const host of ["192.0.2.9", "203.0.113.5"]) {
    for (let i = 0; i < 1000; i++) {
      assert.equal(guard.request({ host, transport: "udp" }, "INVITE").kind, "pass");
    }
  }
});

Deno.test("trust ends after an hour without a right password", () => {
  const { guard, clock } = door();
  const passed = () => {
    let count = 0;
    while (guard.request({ host: "192.0.2.1", transport: "tls" }, "INVITE").kind === "pass" && count < 1000) {
      count++;
    }
    return count;
  };
  guard.succeeded({ host: "192.0.2.1", transport: "tls" });
  clock.advance(3_599_999);
  assert.equal(passed(), 1000);
  clock.advance(1);
  assert.equal(passed(), 0);
  clock.advance(60_000);
  assert.equal(passed(), DEFAULT_LIMITS.invites.stranger.burst);
});

Deno.test("INVITEs that are never finished are capped per source, and the place comes back", () => {
  const { guard } = door();
  const open = Array.from(
    { length: DEFAULT_LIMITS.openInvites.stranger },
    () => guard.openInvite("192.0.2.1"),
  );
  assert.ok(open.every((close) => close !== undefined));
  assert.equal(guard.openInvite("192.0.2.1"), undefined);
  assert.ok(guard.openInvite("192.0.2.2"));
  open[0]!();
  open[0]!();
  assert.ok(guard.openInvite("192.0.2.1"));
  assert.equal(guard.openInvite("192.0.2.1"), undefined);
});

Deno.test("the number of bans is capped: the one that ends first makes room", () => {
  const { guard, clock, store } = door({ limits: { maxBans: 3 } });
  for (const host of ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]) {
    guard.ban(host, { reason: "by hand", forSeconds: 60 });
    clock.advance(1);
  }
  assert.deepEqual(guard.bans().map(({ address }) => address), ["10.0.0.4", "10.0.0.3", "10.0.0.2"]);
  assert.equal(store.rows.size, 3);
});

Deno.test("whatever senders do, a ban needs that many proven failures of that sender within the window", () => {
  const step = fc.record({
    host: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"),
    proven: fc.boolean(),
    waitMs: fc.constantFrom(0, 1_000, 20_000, 61_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { guard, clock } = door();
      const proven = new Map<string, number[]>();
      for (const { host, proven: isProven, waitMs } of steps) {
        clock.advance(waitMs);
        const key = host.startsWith("2001") ? "v6" : host;
        const banned = guard.isBanned(host);
        guard.failed({ host, transport: "udp", proven: isProven }, "wrong");
        if (isProven) proven.set(key, [...proven.get(key) ?? [], clock.now()]);
        if (banned || !guard.isBanned(host)) continue;
        const recent = proven.get(key)!.filter((at) => at > clock.now() - 60_000);
        assert.ok(recent.length >= 5, "banned too early");
      }
    }),
    { numRuns: 300 },
  );
});
