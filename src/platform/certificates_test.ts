import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { type LogFields, ManualClock, SILENT_LOG } from "../base/mod.ts";
import { Certificates, type CertificatesOptions } from "./certificates.ts";
import { certificateNames, matchesName } from "./certificate_names.ts";
import { createAuthority, createServerCertificate, DAY_MS, pemBytes } from "./own_authority.ts";
import { SystemRandom } from "./system_random.ts";

const random = new SystemRandom();
const NAMES = ["pbx.office.example", "localhost", "192.0.2.1", "2001:db8::1"];

class Folder implements AsyncDisposable {
  constructor(readonly path: string) {}

  static async create(): Promise<Folder> {
    return new Folder(await Deno.makeTempDir({ prefix: "sipedge-certificates-" }));
  }

  async write(name: string, text: string): Promise<string> {
    const path = `${this.path}/${name}`;
    await Deno.writeTextFile(path, text);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

function certificates(folder: Folder, changes: Partial<CertificatesOptions> = {}) {
  const clock = new ManualClock(Math.floor(Date.now() / 1000) * 1000),
    lines: [string, LogFields | undefined][] = [];
  const note = (event: string, fields?: LogFields) => void lines.push([event, fields]);
  const all = new Certificates({
    clock,
    random,
    log: { ...SILENT_LOG, info: note, warn: note, error: note },
    folder: folder.path,
    source: "auto",
    names: () => NAMES,
    ...changes,
  });
  return { clock, lines, all };
}

async function failure(started: ReturnType<Certificates["start"]>): Promise<string> {
  const result = await started;
  assert.ok(!result.ok);
  return result.error;
}

Deno.test("the first start makes an authority and a certificate that others believe", async () => {
  await using folder = await Folder.create();
  const { all, clock } = certificates(folder);
  assert.ok((await all.start()).ok);
  const [server, authority] = all.list();
  assert.deepEqual(server?.names, NAMES);
  assert.equal(server?.source, "own server certificate");
  assert.equal(server?.daysLeft, 824);
  assert.ok(authority?.isAuthority && authority.daysLeft === 3650);
  for (const name of ["ca.key", "server.key"]) {
    assert.equal((await Deno.stat(`${folder.path}/${name}`)).mode! & 0o777, 0o600, name);
  }
  const leaf = new X509Certificate(all.choose().certificate), issuer = new X509Certificate(all.authority!);
  assert.ok(leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey) && issuer.ca && !leaf.ca);
  assert.ok(leaf.checkHost("pbx.office.example") && leaf.checkIP("192.0.2.1"));
  all.stop();
  assert.equal(clock.pending, 0);
});

Deno.test("openssl finds no fault with what we issue", { ignore: !hasOpenssl() }, async () => {
  await using folder = await Folder.create();
  const { all } = certificates(folder);
  assert.ok((await all.start()).ok);
  all.stop();
  for (const purpose of ["sslserver", "sslclient"]) {
    const file = `${folder.path}/server.pem`;
    const args = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", `${folder.path}/ca.pem`, file];
    const { success, stderr } = await new Deno.Command("openssl", { args }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  }
});

function hasOpenssl(): boolean {
  try {
    return new Deno.Command("openssl", { args: ["version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test("a second start uses what is there", async () => {
  await using folder = await Folder.create();
  const first = certificates(folder).all, second = certificates(folder).all;
  assert.ok((await first.start()).ok && (await second.start()).ok);
  assert.deepEqual(second.list(), first.list());
  first.stop();
  second.stop();
});

Deno.test("another name means another certificate from the same authority, at once and by itself", async () => {
  await using folder = await Folder.create();
  const names = [...NAMES];
  const { all } = certificates(folder, { names: () => names });
  assert.ok((await all.start()).ok);
  const authority = all.authority, before = all.list()[0]!.fingerprint;
  let changes = 0;
  all.onChange(() => changes++);
  names.push("2001:db8::2");
  await all.reload();
  assert.equal(changes, 0, "a new IPv6 address alone is no reason");
  names.push("other.example");
  await all.reload();
  assert.equal(changes, 1);
  assert.equal(all.authority, authority);
  assert.notEqual(all.list()[0]!.fingerprint, before);
  assert.ok(all.list()[0]!.names.includes("other.example"));
  all.stop();
});

Deno.test("a certificate is renewed a month before its end, an authority replaced before its own", async () => {
  await using folder = await Folder.create();
  const { all, clock } = certificates(folder);
  assert.ok((await all.start()).ok);
  const authority = all.authority, first = all.list()[0]!.fingerprint;
  clock.advance(790 * DAY_MS);
  await all.reload();
  assert.equal(all.list()[0]!.fingerprint, first);
  clock.advance(10 * DAY_MS);
  await all.reload();
  assert.notEqual(all.list()[0]!.fingerprint, first);
  assert.equal(all.authority, authority);
  clock.advance(2820 * DAY_MS);
  await all.reload();
  assert.notEqual(all.authority, authority);
  assert.ok(all.list().every(({ daysLeft }) => daysLeft > 700));
  all.stop();
});

Deno.test("files that were replaced are in use seconds later; bad ones are told and the old stay", async () => {
  await using folder = await Folder.create();
  const issuer = await createAuthority("company", { nowMs: Date.now(), random });
  const issue = (name: string) =>
    createServerCertificate(issuer, { nowMs: Date.now(), random, names: [name] });
  const one = await issue("one.example"), two = await issue("two.example");
  const files = {
    cert: await folder.write("c.pem", one.certificate),
    key: await folder.write("c.key", one.key),
  };
  const { all, clock, lines } = certificates(folder, { source: [files] });
  assert.ok((await all.start()).ok);
  const changed: string[] = [];
  all.onChange(() => changed.push(all.list()[0]!.names.join()));
  await folder.write("c.pem", two.certificate);
  await all.reload();
  assert.deepEqual(changed, []);
  assert.match(String(all.list()[0]!.warning), /belongs to another certificate/);
  await all.reload();
  assert.equal(lines.filter(([event]) => event === "the certificate in use stays").length, 1);
  await folder.write("c.key", two.key);
  const exchanged = new Promise<void>((resolve) => all.onChange(resolve));
  clock.advance(10_000);
  await exchanged;
  assert.deepEqual(changed, ["two.example"]);
  assert.equal(all.list()[0]!.warning, undefined);
  assert.equal(all.authority, undefined);
  all.stop();
});

Deno.test("given files that cannot be used stop the start with what is wrong", async () => {
  const nowMs = Date.now();
  const issuer = await createAuthority("company", { nowMs, random });
  const good = await createServerCertificate(issuer, { nowMs, random, names: ["a.example"] });
  const other = await createServerCertificate(issuer, { nowMs, random, names: ["a.example"] });
  const old = await createServerCertificate(issuer, {
    nowMs: nowMs - 900 * DAY_MS,
    random,
    names: ["a.example"],
  });
  const early = await createServerCertificate(issuer, {
    nowMs: nowMs + 9 * DAY_MS,
    random,
    names: ["a.example"],
  });
  const encrypted = good.key.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
  const rows: [string, string | undefined, string | undefined, RegExp][] = [
    ["no certificate", undefined, good.key, /Cannot use certificate ".*c\.pem": file not found/],
    ["no key", good.certificate, undefined, /Cannot use key ".*c\.key": file not found/],
    ["nonsense", "nonsense", good.key, /no PEM certificate in it/],
    ["key nonsense", good.certificate, "nonsense", /no PEM private key in it/],
    ["encrypted", good.certificate, encrypted, /encrypted with a passphrase/],
    ["mismatch", good.certificate, other.key, /c\.pem": key ".*c\.key" belongs to another certificate/],
    ["expired", old.certificate, old.key, /c\.pem": expired on \d{4}-\d\d-\d\d/],
    ["too early", early.certificate, early.key, /c\.pem": not valid before \d{4}-\d\d-\d\d/],
  ];
  for (const [name, certificate, key, want] of rows) {
    await using own = await Folder.create();
    if (certificate !== undefined) await own.write("c.pem", certificate);
    if (key !== undefined) await own.write("c.key", key);
    const files = { cert: `${own.path}/c.pem`, key: `${own.path}/c.key` };
    assert.match(await failure(certificates(own, { source: [files] }).all.start()), want, name);
  }
});

Deno.test("a folder where a certificate should be stops the start", async () => {
  await using folder = await Folder.create();
  await Deno.mkdir(`${folder.path}/c.pem`);
  const files = { cert: `${folder.path}/c.pem`, key: await folder.write("c.key", "") };
  const { all } = certificates(folder, { source: [files] });
  assert.match(await failure(all.start()), /Cannot use certificate ".*c\.pem": it is not a file/);
});

Deno.test("a lost authority key is told; a valid certificate serves on without it", async () => {
  await using folder = await Folder.create();
  const first = certificates(folder);
  assert.ok((await first.all.start()).ok);
  first.all.stop();
  await Deno.remove(`${folder.path}/ca.key`);
  const second = certificates(folder, { names: () => [...NAMES, "new.example"] });
  assert.ok((await second.all.start()).ok);
  assert.ok(second.lines.some(([event]) => event === "the own server certificate cannot be renewed"));
  second.all.stop();
  await Deno.remove(`${folder.path}/server.key`);
  const third = certificates(folder);
  assert.match(await failure(third.all.start()), /ca\.key": file not found\. Phones trust this authority/);
});

Deno.test("a folder that cannot be made is told", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("file", "");
  const { all } = certificates(folder, { folder: `${file}/tls` });
  assert.match(await failure(all.start()), /^Cannot keep own certificates in/);
});

Deno.test("the certificate is chosen by exact name, by wildcard, else the first", async () => {
  await using folder = await Folder.create();
  const issuer = await createAuthority("company", { nowMs: Date.now(), random });
  const source = [];
  for (const [index, name] of ["one.example", "*.two.example"].entries()) {
    const pair = await createServerCertificate(issuer, { nowMs: Date.now(), random, names: [name] });
    source.push({
      cert: await folder.write(`${index}.pem`, pair.certificate),
      key: await folder.write(`${index}.key`, pair.key),
    });
  }
  const { all } = certificates(folder, { source });
  assert.ok((await all.start()).ok);
  const chosen = (name?: string) => certificateNames(pemBytes(all.choose(name).certificate)).join();
  const rows: [string | undefined, string][] = [
    ["one.example", "one.example"],
    ["A.TWO.example.", "*.two.example"],
    ["a.b.two.example", "one.example"],
    ["two.example", "one.example"],
    ["", "one.example"],
    [undefined, "one.example"],
  ];
  for (const [name, want] of rows) assert.equal(chosen(name), want, String(name));
  all.stop();
});

Deno.test("a wildcard stands for one label and never for an address", () => {
  assert.ok(matchesName(["*.example"], "a.example"));
  assert.ok(!matchesName(["*.example"], "a.b.example"));
  assert.ok(!matchesName(["*.0.0.1"], "127.0.0.1"));
  assert.ok(matchesName(["2001:db8::1"], "2001:DB8:0::1"));
});

Deno.test("no bytes make the reader of names throw", async () => {
  const issuer = await createAuthority("x", { nowMs: Date.now(), random });
  const der = pemBytes(
    (await createServerCertificate(issuer, { nowMs: Date.now(), random, names: NAMES })).certificate,
  );
  assert.deepEqual(certificateNames(der), NAMES);
  for (let at = 0; at < der.length; at++) {
    for (const value of [0, 0x30, 0x82, 0xff]) certificateNames(der.with(at, value));
    certificateNames(der.subarray(0, at));
  }
});
