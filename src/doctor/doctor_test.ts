import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { SipListener } from "../config/mod.ts";
import { judgeFiles, judgeShown, type ShownCertificate } from "./certificates.ts";
import { type ClockFacts, judgeClock } from "./clock.ts";
import { enumerate, type Finding, type FindingState, printSize } from "./finding.ts";
import { judgeListener, judgePage, type ListenerFacts } from "./listeners.ts";
import { judgeMachine, type MachineFacts } from "./machine.ts";
import { judgeMediaPorts, type MediaPortFacts, parseRanges, parseUdpPorts } from "./media_ports.ts";
import { isPrivate, judgeOutside, type OutsideFacts } from "./outside.ts";
import { type FileFacts, judgeFile, judgePermissions } from "./permissions.ts";
import { judgeDatabase, judgeEcho, judgeVersion } from "./server.ts";

type Row = readonly [promise: string, found: Finding | undefined, state: FindingState, words: RegExp];

function rows(check: string, table: readonly Row[]): void {
  for (const [promise, found, state, words] of table) {
    Deno.test(`${check}: ${promise}`, () => {
      assert.ok(found);
      assert.equal(found.state, state, found.text);
      assert.match([found.text, ...found.fix ?? []].join("\n"), words);
      const hasFix = found.fix !== undefined && found.fix.length > 0;
      assert.equal(
        hasFix,
        state === "warning" || state === "problem",
        "what is wrong has a line that mends it",
      );
      assert.doesNotMatch(found.text, /\.$/);
    });
  }
}

const UDP: SipListener = { transport: "udp", host: "0.0.0.0", port: 5060 };
const LOW: SipListener = { transport: "tls", host: "0.0.0.0", port: 443 };
const served = (probes: (ListenerFacts & { kind: "running" })["probes"], isServed = true) =>
  judgeListener({ kind: "running", listener: UDP, isServed, probes });
const stopped = (listener: SipListener, fault?: string) =>
  judgeListener({ kind: "stopped", listener, ...(fault !== undefined && { fault }) });

rows("listeners", [
  [
    "any answer is an answer",
    served([{ host: "127.0.0.1", statusCode: 503 }]),
    "ok",
    /answers on 127\.0\.0\.1/,
  ],
  [
    "silence on all addresses is a problem",
    served([{ host: "10.0.0.1" }]),
    "problem",
    /10\.0\.0\.1 \(no answer\)/,
  ],
  [
    "silence on one address is a warning",
    served([{ host: "127.0.0.1", statusCode: 200 }, { host: "10.0.0.1", fault: "it closed the connection" }]),
    "warning",
    /10\.0\.0\.1 \(it closed the connection\), but on 127\.0\.0\.1/,
  ],
  ["a listener that waits for a restart is told", served([], false), "problem", /restart/],
  ["a free port is fine", stopped(UDP), "ok", /is free/],
  [
    "a port in use names the tool that finds who has it",
    stopped(UDP, "port is in use"),
    "problem",
    /ss -lunp/,
  ],
  ["a low port names the capability", stopped(LOW, "permission denied"), "problem", /CAP_NET_BIND_SERVICE/],
  [
    "an address of nobody names one that is",
    stopped(UDP, "address is not of this machine"),
    "problem",
    /udp:\/\/0\.0/,
  ],
  ["the page answers", judgePage({ url: "http://x", statusCode: 200 }), "ok", /http:\/\/x/],
  ["the page is not ready", judgePage({ url: "http://x", statusCode: 503 }), "problem", /status 503/],
]);

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const shown = (
  changes: Partial<NonNullable<ShownCertificate["certificate"]>> = {},
  isOwn = false,
) =>
  judgeShown(
    {
      listener: "tls://0.0.0.0:5061",
      serverName: "office.example",
      certificate: {
        names: ["office.example"],
        issuer: "x",
        notBeforeMs: NOW - DAY,
        notAfterMs: NOW + 90 * DAY,
        coversName: true,
        ...changes,
      },
    },
    NOW,
    { isOwn },
  );

rows("certificates", [
  ["one that is good", shown(), "ok", /good for 90 days/],
  ["an own one says what phones need", shown({}, true), "ok", /ca\.pem/],
  ["expired", shown({ notAfterMs: NOW }), "problem", /expired on 2026-06-01/],
  ["of tomorrow: it is the clock", shown({ notBeforeMs: NOW + DAY }), "problem", /set-ntp/],
  [
    "another name",
    shown({ names: ["a", "b"], coversName: false }),
    "problem",
    /names a and b, not office\.example/,
  ],
  [
    "an own one with another name",
    shown({ coversName: false }, true),
    "problem",
    /tls: \{ names: \[ office\.example/,
  ],
  ["a broken chain", shown({ chainFault: "no end" }), "warning", /fullchain\.pem/],
  ["days left", shown({ notAfterMs: NOW + 20 * DAY }), "warning", /expires in 20 days/],
  ["an own one renews itself", shown({ notAfterMs: NOW + 20 * DAY }, true), "ok", /20 days/],
  [
    "no handshake",
    judgeShown({ listener: "l", serverName: "d", fault: "reset" }, NOW, { isOwn: false }),
    "problem",
    /reset/,
  ],
  ["files of a pair", judgeFiles({ cert: "c", key: "k", daysLeft: 30 }), "ok", /30 days/],
  ["files that end soon", judgeFiles({ cert: "c", key: "k", daysLeft: 3 }), "warning", /3 days/],
  [
    "a foreign key",
    judgeFiles({ cert: "c", key: "k", fault: "key belongs to another certificate" }),
    "problem",
    /in "k"/,
  ],
]);

const clock = (changes: Partial<ClockFacts>) =>
  judgeClock({ nowMs: NOW, isSynchronized: true, maxErrorMs: 10, ...changes });
rows("clock", [
  ["set by the network", clock({}), "ok", /2026-06-01 00:00:00 UTC/],
  ["set by nobody", clock({ isSynchronized: false }), "warning", /timedatectl/],
  ["not told", clock({ isSynchronized: undefined }), "ok", /not told/],
  ["1970", clock({ nowMs: 0 }), "problem", /wrong/],
  ["before the last write of the database", clock({ knownPastMs: NOW + 61_000 }), "problem", /wrong/],
  ["a minute is borne", clock({ knownPastMs: NOW + 59_000 }), "ok", /set by/],
  ["a large error", clock({ maxErrorMs: 2500 }), "warning", /2\.5 s/],
]);

const ports = (changes: Partial<MediaPortFacts>) =>
  judgeMediaPorts({
    range: { first: 20_000, last: 29_999 },
    outgoing: { first: 32_768, last: 60_999 },
    reserved: [],
    taken: [],
    listening: [5060],
    extensions: 100,
    ...changes,
  })[0];
rows("media ports", [
  ["the default", ports({}), "ok", /2500 calls/],
  [
    "too few for the phones",
    ports({ range: { first: 20_000, last: 20_039 } }),
    "warning",
    /carry 10 calls.*want 25/s,
  ],
  [
    "too few for any call",
    ports({ range: { first: 20_000, last: 20_001 } }),
    "problem",
    /ports: 20000-20999/,
  ],
  ["a listener within", ports({ listening: [20_010] }), "problem", /port 20010/],
  ["taken by others", ports({ taken: [20_001, 20_002] }), "warning", /ss -lunp 'sport = :20001'/],
  [
    "within the range of outgoing connections",
    ports({ range: { first: 40_000, last: 49_999 } }),
    "warning",
    /ip_local_reserved_ports = 40000-49999/,
  ],
  [
    "reserved there",
    ports({ range: { first: 40_000, last: 49_999 }, reserved: [{ first: 39_000, last: 50_000 }] }),
    "ok",
    /free/,
  ],
]);

Deno.test("media ports: the kernel's own ways of writing ranges and sockets are read", () => {
  assert.deepEqual(parseRanges("32768-60999"), [{ first: 32_768, last: 60_999 }]);
  assert.deepEqual(parseRanges("1-2,5000, 7000-7100\n"), [
    { first: 1, last: 2 },
    { first: 5000, last: 5000 },
    { first: 7000, last: 7100 },
  ]);
  assert.deepEqual(parseRanges(""), []);
  const table = "  sl  local_address rem_address   st\n" +
    "  12: 0100007F:13C4 00000000:0000 07 00000000:00000000\n" +
    "  13: 00000000:4E20 00000000:0000 07 00000000:00000000\n";
  assert.deepEqual(parseUdpPorts(table), [5060, 20_000]);
  assert.ok(Array.isArray(parseUdpPorts(readFileSync("/proc/net/udp", "utf8"))));
});

const outside = (changes: Partial<OutsideFacts>) =>
  judgeOutside({
    address: "auto",
    local: ["127.0.0.1", "10.0.0.5"],
    isLoopbackOnly: false,
    peers: [],
    ...changes,
  });
rows("outside", [
  ["this machine only", outside({ isLoopbackOnly: true }), "ok", /this machine only/],
  ["all at home", outside({}), "ok", /SDP says 10\.0\.0\.5/],
  ["a carrier on the internet", outside({ peers: ["203.0.113.9"] }), "warning", /one-way voice/],
  ["a public address", outside({ local: ["203.0.113.5"], peers: ["203.0.113.9"] }), "ok", /203\.0\.113\.5/],
  [
    "a public address of the other family",
    outside({ local: ["2001:db8::5", "10.0.0.5"], peers: ["203.0.113.9"] }),
    "warning",
    /one-way/,
  ],
  ["a fixed address", outside({ address: { ip: "203.0.113.1" } }), "ok", /router in front/],
  ["a fixed private address", outside({ address: { ip: "192.168.1.1" } }), "warning", /private/],
  ["a STUN server", outside({ address: { stun: "s" }, found: "203.0.113.1" }), "ok", /203\.0\.113\.1/],
  ["a dead STUN server", outside({ address: { stun: "s" } }), "problem", /does not answer/],
]);

Deno.test("outside: private addresses of both families are known", () => {
  for (
    const host of ["10.1.2.3", "172.31.0.1", "192.168.0.1", "100.64.0.1", "127.0.0.1", "fd00::1", "fe80::1"]
  ) {
    assert.ok(isPrivate(host), host);
  }
  for (const host of ["172.32.0.1", "100.128.0.1", "203.0.113.1", "2001:db8::1"]) {
    assert.ok(!isPrivate(host), host);
  }
});

const file = (kind: FileFacts["kind"], mode: number, more: Partial<FileFacts> = {}, user?: number) =>
  judgeFile({ path: "/x/y", kind, mode, ...more }, user);
rows("permissions", [
  ["a key that all may read", file("key", 0o644), "problem", /private key .*\n?chmod o-rwx/],
  ["passwords that all may read", file("configuration", 0o644), "problem", /holds passwords/],
  ["a database that all may read", file("database", 0o604), "problem", /read by everybody/],
  ["a folder that all may enter", file("folder", 0o701), "problem", /chmod o-rwx "\/x\/y"/],
  [
    "a configuration that all may write",
    file("configuration", 0o646, { hasSecrets: false }),
    "problem",
    /changed by everybody/,
  ],
  ["a key that its group may write", file("key", 0o660), "warning", /chmod g-w/],
  ["a folder of another user", file("folder", 0o700, { owner: 0 }, 990), "problem", /chown -R 990/],
  ["all in order", judgePermissions([{ path: "a", kind: "key", mode: 0o600 }])[0], "ok", /1 place/],
]);

Deno.test("permissions: nothing is said of what is in order or not there", () => {
  assert.equal(file("configuration", 0o640), undefined);
  assert.equal(file("configuration", 0o644, { hasSecrets: false }), undefined);
  assert.equal(file("folder", 0o700, { owner: 990 }, 990), undefined);
  assert.equal(file("folder", 0o700, { owner: 990 }, 0), undefined, "root writes everywhere");
  assert.equal(judgeFile({ path: "x", kind: "key", mode: undefined }), undefined);
});

const machine = (changes: Partial<MachineFacts>) =>
  judgeMachine({
    data: "/d",
    mediaSockets: 10_000,
    wantedReceiveBuffer: 4_194_304,
    mayForceBuffer: false,
    extensions: 500,
    ...changes,
  })[0];
rows("machine", [
  ["room", machine({ disk: { free: 5e9, total: 1e10 } }), "ok", /4\.7 GB free on the disk of \/d \(50 %\)/],
  ["little room", machine({ disk: { free: 5e8, total: 1e10 } }), "warning", /du -xh/],
  ["no room", machine({ disk: { free: 5e7, total: 1e10 } }), "problem", /47\.7 MB/],
  ["open files", machine({ maxOpenFiles: 65_536 }), "ok", /65536/],
  ["unlimited open files", machine({ maxOpenFiles: Infinity }), "ok", /open files/],
  [
    "too few open files",
    machine({ maxOpenFiles: 1024 }),
    "warning",
    /enough for 6 calls.*\n?.*LimitNOFILE=65536/,
  ],
  ["buffers", machine({ maxReceiveBuffer: 4_194_304 }), "ok", /4 MB/],
  ["small buffers, many phones", machine({ maxReceiveBuffer: 212_992 }), "warning", /rmem_max = 4194304/],
  ["small buffers, few phones", machine({ maxReceiveBuffer: 212_992, extensions: 20 }), "ok", /208 kB/],
  ["buffers by force", machine({ maxReceiveBuffer: 212_992, mayForceBuffer: true }), "ok", /4 MB/],
]);

const ECHO = {
  transport: "tls",
  tlsVersion: "TLSv1.3",
  suite: "AES_CM_128_HMAC_SHA1_80",
  codec: "g722",
  heardShare: 1,
};
rows("server", [
  ["the same version", judgeVersion({ own: "1", runtime: "r", running: "1" }), "ok", /version 1/],
  ["an older one runs", judgeVersion({ own: "2", runtime: "r", running: "1" }), "warning", /restart/],
  ["none runs", judgeVersion({ own: "2", runtime: "r" }), "warning", /serve/],
  ["a whole database", judgeDatabase({ path: "p", isThere: true, bytes: 2_097_152 }), "ok", /2 MB/],
  ["no database yet", judgeDatabase({ path: "p", isThere: false }), "skipped", /first start/],
  [
    "a damaged database",
    judgeDatabase({ path: "p", isThere: true, fault: "the database is damaged" }),
    "problem",
    /restore a backup/,
  ],
  ["an echo", judgeEcho(ECHO), "ok", /TLS 1\.3, SRTP AES_CM_128_HMAC_SHA1_80, g722; 100 %/],
  ["an echo with loss", judgeEcho({ ...ECHO, lossShare: 0.05 }), "warning", /5\.0 %/],
  [
    "an echo in the clear",
    judgeEcho({ transport: "udp", codec: "pcma", heardShare: 1 }),
    "warning",
    /UDP, plain RTP/,
  ],
  ["no echo", judgeEcho({ problem: "busy" }), "problem", /fails: busy/],
]);

Deno.test("lists and sizes read like English", () => {
  assert.deepEqual([[], ["a"], ["a", "b"], ["a", "b", "c"]].map((words) => enumerate(words)), [
    "",
    "a",
    "a and b",
    "a, b and c",
  ]);
  assert.equal(enumerate(["a", "b", "c", "d"], 2), "a, b and 2 more");
  assert.deepEqual([1024, 1_572_864, 2_147_483_648].map(printSize), ["1 kB", "1.5 MB", "2.0 GB"]);
});
