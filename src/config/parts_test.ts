import assert from "node:assert/strict";
import { checkSettings } from "./check.ts";
import { compareSettings, liveSettings } from "./compare.ts";
import { isHost, isSipUri, splitHostPort } from "./fields.ts";
import { isHoliday, readHours } from "./hours.ts";
import { readMediaAddress, readPortRange, readSipListener, readWebListener } from "./listeners.ts";
import { nearest } from "./nearest.ts";
import { extendPath, printPath } from "./path.ts";
import { defaultSettings, testSettings } from "./samples.ts";

Deno.test("nothing differs between equal settings", () => {
  assert.deepEqual(compareSettings(testSettings(), testSettings()), []);
});

Deno.test("every difference is named by key, with what waits for a restart", () => {
  const before = testSettings();
  const after = testSettings({
    media: { ports: "30000-30099", dscp: 0 },
    listen: { sip: ["udp://127.0.0.1:5070"], web: "off" },
    domains: [
      {
        name: "office.example",
        extensions: [{ number: "100", name: "New" }, { number: "103" }],
        locale: "zh",
      },
      { name: "other.example" },
    ],
  });
  assert.deepEqual(
    compareSettings(before, after).map(({ path, kind, needsRestart }) => [path, kind, needsRestart]),
    [
      ["listen.sip", "changed", true],
      ["listen.web", "removed", true],
      ["media.ports", "changed", true],
      ["media.dscp", "changed", false],
      ["domains[office.example].locale", "changed", false],
      ["domains[office.example].emergency", "changed", false],
      ["domains[office.example].extensions[100]", "changed", false],
      ["domains[office.example].extensions[101]", "removed", false],
      ["domains[office.example].extensions[102]", "removed", false],
      ["domains[office.example].extensions[103]", "added", false],
      ["domains[other.example]", "added", false],
    ],
  );
});

Deno.test("what a server can take over is all that needs no restart", () => {
  const before = testSettings();
  const after = testSettings({
    server: { data: "/other", locale: "zh" },
    media: { ports: "30000-30099", dscp: 0 },
  });
  const live = liveSettings(before, after);
  assert.deepEqual(compareSettings(before, live).filter(({ needsRestart }) => needsRestart), []);
  assert.deepEqual(compareSettings(live, after).filter(({ needsRestart }) => !needsRestart), []);
});

Deno.test("a capture server is an address alone, or with all that may be said of it", () => {
  const hep = (value: unknown) => testSettings({ telemetry: { hep: value } }).telemetry.hep;
  const usual = { host: "192.0.2.9", port: 9060, agent: 2001, isMasked: true };
  assert.deepEqual(hep("udp://192.0.2.9:9060"), usual);
  assert.deepEqual(hep("udp://192.0.2.9"), usual);
  assert.deepEqual(hep({ to: "udp://[2001:db8::9]:9061", agent: 7, password: "p", secrets: "whole" }), {
    host: "2001:db8::9",
    port: 9061,
    agent: 7,
    password: "p",
    isMasked: false,
  });
  assert.equal(testSettings().telemetry.hep, undefined);
  for (
    const bad of [
      "tcp://192.0.2.9:9060",
      "192.0.2.9:9060",
      "udp://",
      "udp://h:0",
      { to: "x" },
      { agent: 1 },
      5,
    ]
  ) {
    assert.throws(() => hep(bad), /udp:\/\/|telemetry/, JSON.stringify(bad));
  }
});

Deno.test("secrets that would leave the machine readably are warned of", () => {
  const warned = (to: string, secrets: string) =>
    checkSettings(testSettings({ telemetry: { hep: { to, secrets } } })).map(({ path }) => path.join("."));
  assert.deepEqual(warned("udp://192.0.2.9", "whole"), ["telemetry.hep.secrets"]);
  assert.deepEqual(warned("udp://192.0.2.9", "masked"), []);
  assert.deepEqual(warned("udp://127.0.0.1", "whole"), []);
});

Deno.test("a slip of the finger is recognised, another word is not", () => {
  const known = ["serve", "status", "check", "extension", "calls"];
  const rows: [word: string, expected: string | undefined][] = [
    ["sevre", "serve"],
    ["chek", "check"],
    ["extention", "extension"],
    ["STATUS", "status"],
    ["phone", undefined],
    ["", undefined],
    ["x".repeat(100_000), undefined],
  ];
  for (const [word, expected] of rows) assert.equal(nearest(word, known), expected, word.slice(0, 20));
});

Deno.test("hours are read, and what is none is refused", () => {
  assert.deepEqual(readHours("mo-fr 08:00-17:00"), {
    days: [0, 1, 2, 3, 4],
    fromMinute: 480,
    toMinute: 1020,
  });
  assert.deepEqual(readHours("sa,mo 9:00-12:30"), { days: [0, 5], fromMinute: 540, toMinute: 750 });
  assert.deepEqual(readHours("fr-mo 22:00-06:00"), { days: [0, 4, 5, 6], fromMinute: 1320, toMinute: 360 });
  assert.deepEqual(readHours("mo-su 00:00-24:00")?.days.length, 7);
  for (
    const bad of [
      "",
      "mo",
      "mo 8-17",
      "xx 08:00-17:00",
      "mo 08:00-08:00",
      "mo 25:00-26:00",
      "mo-fr-sa 1:00-2:00",
      "mo 08:60-09:00",
      "mo 24:00-08:00",
    ]
  ) {
    assert.equal(readHours(bad), undefined, bad);
  }
});

Deno.test("holidays are dates that exist", () => {
  for (const good of ["2026-12-25", "12-25", "02-29", "2028-02-29"]) {
    assert.equal(isHoliday(good), true, good);
  }
  for (const bad of ["2026-02-29", "13-01", "00-10", "12-32", "2026-1-1", "25.12."]) {
    assert.equal(isHoliday(bad), false, bad);
  }
});

Deno.test("listeners, ranges and media addresses are read as they are written", () => {
  assert.deepEqual(readSipListener("tls://[2001:db8::1]"), {
    transport: "tls",
    host: "2001:db8::1",
    port: 5061,
  });
  assert.deepEqual(readSipListener("udp://pbx.example:0"), {
    transport: "udp",
    host: "pbx.example",
    port: 0,
  });
  for (
    const bad of [
      "",
      "udp://",
      "udp:1.2.3.4",
      "ws://1.2.3.4",
      "udp://1.2.3.4:70000",
      "udp://1.2.3",
      "udp://[::1",
      "udp://a b",
    ]
  ) {
    assert.equal(readSipListener(bad), undefined, bad);
  }
  assert.deepEqual(readWebListener("https://0.0.0.0"), { secure: true, host: "0.0.0.0", port: 443 });
  assert.equal(readWebListener("off"), undefined);
  assert.equal(readWebListener("http://a/b"), "bad");
  assert.deepEqual(readPortRange("20001-30000"), { first: 20002, last: 29999 });
  for (const bad of ["20000", "20000-20000", "1-100", "60000-70000", "20001-20002"]) {
    assert.equal(readPortRange(bad), undefined, bad);
  }
  assert.deepEqual(readMediaAddress("203.0.113.1"), { ip: "203.0.113.1" });
  assert.deepEqual(readMediaAddress("2001:db8::1"), { ip: "2001:db8::1" });
  assert.deepEqual(readMediaAddress("stun:stun.example:3478"), { stun: "stun.example:3478" });
  for (const bad of ["pbx.example", "203.0.113.1:80", "stun:", "1.2.3"]) {
    assert.equal(readMediaAddress(bad), undefined, bad);
  }
});

Deno.test("hosts and SIP URIs are told from what only looks like one", () => {
  for (const good of ["office.example", "a", "sip_1.example", "192.0.2.1", "::1", "xn--bcher-kva.example"]) {
    assert.equal(isHost(good), true, good);
  }
  for (const bad of ["", "a..b", "-a.example", "1.2.3", "999.1.1.1", "a b", `${"a".repeat(64)}.example`]) {
    assert.equal(isHost(bad), false, bad);
  }
  for (
    const good of [
      "sip:a.example",
      "sips:u@a.example:5061;transport=tls",
      "sip:[::1]:5060",
      "sip:u:p@a.example",
    ]
  ) assert.equal(isSipUri(good), true, good);
  for (
    const bad of [
      "a.example",
      "sip:",
      "sip:@a",
      "sip:a b",
      "http://a",
      "sip:a.example;<x>",
      "sip:a.example?x=y",
    ]
  ) assert.equal(isSipUri(bad), false, bad);
  assert.deepEqual(splitHostPort("[::1]:0"), { host: "::1", port: 0 });
});

Deno.test("a check takes time in proportion to the text, whatever it holds", () => {
  for (const piece of [":", "1.", "a-", ";a", "[1-", "@", "sip:", "%"]) {
    const text = piece.repeat(50_000);
    assert.equal(isHost(text), false);
    assert.equal(isSipUri(`sip:a${text}`), false);
    assert.equal(splitHostPort(text), undefined);
    assert.equal(readHours(text), undefined);
  }
});

Deno.test("paths are printed as one would write them", () => {
  assert.equal(printPath(["domains", 0, "extensions", 1, "forward"]), "domains[0].extensions[1].forward");
  assert.equal(printPath(["a b", "__proto__"]), '["a b"].__proto__');
  assert.equal(extendPath("", "a"), "a");
});

Deno.test("the defaults are those of the manual", () => {
  const { security, media, sip, codes } = defaultSettings();
  assert.deepEqual(security.ban, { failures: 5, withinSeconds: 60, forSeconds: 7200 });
  assert.deepEqual(media, {
    ports: { first: 20000, last: 29999 },
    address: "auto",
    workers: "auto",
    dscp: 46,
    crypto: "fast",
  });
  assert.equal(sip.registration.maxDevices, 10);
  assert.deepEqual([
    codes.room,
    codes.pickupExtension,
    codes.pickupGroup,
    codes.park,
    codes.fetch,
    codes.join,
  ], ["*6*", "*40*", "*50*", "*70*", "*71*", "*74"]);
  assert.deepEqual([
    codes.forwardBusy,
    codes.forwardUnreachable,
    codes.forwardNoAnswer,
    codes.forwardAlways,
    codes.mailbox,
    codes.echo,
  ], ["*90", "*91", "*92", "*93", "*97", "*43"]);
});

Deno.test("settings for tests say what is wrong with them", () => {
  assert.throws(
    () => testSettings({ domains: [{ name: "a", extension: [] }] }),
    /Cannot make settings: domains\[0\]\.extension unknown key, did you mean "extensions"\?/,
  );
});
