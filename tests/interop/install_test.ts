/** `install.sh` on a Debian 13 with systemd: from the first start to the last trace, with phones on the cable outside. */

import assert from "node:assert/strict";
import { Baresip, type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import { DebianBox, type Outcome, run } from "../support/debian_box.ts";
import { PageClient } from "../support/page_client.ts";

const HOUSE = new URL("../../", import.meta.url).pathname;
const DOMAIN = "office.internal";
const PASSWORD = "an administrator's password";
/** Where the machine finds what an administrator has copied there. */
const COPIED = "/root/sipedge";

const obstacle = await DebianBox.obstacle() ??
  (await hasBaresip() ? undefined : "baresip is not installed (apt-get install baresip-core)");
if (obstacle) console.log(`skipped: ${obstacle}`);

const hasShellcheck = await run("shellcheck", ["--version"]).then(() => true, () => false);
if (!hasShellcheck) console.log("partly skipped: shellcheck is not installed (apt-get install shellcheck)");

Deno.test({
  name: "what is written in shell is plain POSIX shell",
  ignore: !hasShellcheck,
  async fn() {
    const files = ["install.sh", "tests/support/debian_box.sh"].map((name) => `${HOUSE}${name}`);
    const { code, output } = await run("shellcheck", ["-s", "sh", ...files]);
    assert.equal(code, 0, output);
  },
});

Deno.test("what makes no sense is explained, and nothing is done", async () => {
  for (
    const [args, message] of [
      [["--purge"], "--purge goes with --uninstall"],
      [["--file"], "--file needs a value"],
      [["--domain", "a b"], '--domain "a b" is no name of a domain'],
      [["--when-quiet", "soon"], "--when-quiet needs a number of minutes"],
      [["--instal"], "unknown option --instal"],
    ] as const
  ) {
    const { code, error } = await run(`${HOUSE}install.sh`, args);
    assert.deepEqual([code, error.split("\n")[0]], [2, `install.sh: ${message}`]);
  }
});

Deno.test({
  name: "a Debian 13 from installation to removal",
  ignore: obstacle !== undefined,
  async fn(test) {
    const dist = await Deno.makeTempDir({ prefix: "sipedge-dist-" });
    const build = ["run", "-A", `${HOUSE}tools/build.ts`, "--kind", "bundled", "--out", dist];
    const built = await run(Deno.execPath(), build);
    assert.equal(built.code, 0, built.error);
    await using box = await DebianBox.boot();
    await copyIn(box, dist);
    await Deno.remove(dist, { recursive: true });
    const office = new Office(box);
    const before = await office.listing();
    // Each step stands on the ones before.
    const step = async (name: string, fn: () => Promise<void>) => {
      const isDone = await test.step({ name, fn, sanitizeOps: false, sanitizeResources: false });
      if (!isDone) throw new Error("the steps that follow need this one");
    };

    await step("a dry run changes nothing", () => changesNothing(office, before));
    await step("the first installation starts a service that others cannot harm", () => installs(office));
    await step("the one-time link makes an administrator, who makes extensions", () => setsUp(office));
    await office.startPhones();
    try {
      await step("phones register, and a call is up", () => office.call());
      await step("a reload leaves the call alone, and refuses a bad file", () => reloads(office));
      await step("an upgrade waits for the end of the call, when told so", () => upgradesQuietly(office));
      await step(
        "an upgrade ends a call properly, and the next one needs no new registration",
        () => upgradesAtOnce(office),
      );
      await step("a bad version gives way to the old one and its database", () => returnsToOld(office));
      await step(
        "a process that hangs is killed by the watchdog",
        () => survives(office, "-STOP", "Watchdog timeout"),
      );
      await step(
        "a process that was killed comes back",
        () => survives(office, "-KILL", "Scheduled restart job"),
      );
    } finally {
      await office.stopPhones();
    }
    await step("removal keeps configuration and data", () => keepsData(office));
    await step("a purge leaves nothing", () => leavesNothing(office, before));
    await step("a system that is not running can be prepared", () => preparesRoot(office, before));
  },
});

/** Three files: the one that is built, a later version, and one that ruins the database and dies. */
async function copyIn(box: DebianBox, dist: string): Promise<void> {
  await Deno.mkdir(box.path(COPIED));
  const into = (name: string) => box.path(`${COPIED}/${name}`);
  for (const name of ["sipedge", "SHA256SUMS"]) await Deno.copyFile(`${dist}/${name}`, into(name));
  await Deno.copyFile(`${HOUSE}install.sh`, into("install.sh"));
  for (const later of ["later", "latest"]) {
    // Another name of its tree: to everybody who looks this is another version.
    const bytes = await Deno.readFile(`${dist}/sipedge`);
    const [line] = /tree_name='.*?'/.exec(new TextDecoder().decode(bytes.subarray(0, 2048))) ?? [];
    assert.ok(line);
    const place = new TextDecoder().decode(bytes.subarray(0, 2048)).indexOf(line);
    bytes.set(new TextEncoder().encode(line.replace(/\w{12}'/, `${later.padEnd(12, "0")}'`)), place);
    await Deno.writeFile(into(later), bytes, { mode: 0o755 });
  }
  await Deno.writeTextFile(
    into("bad"),
    `#!/bin/sh
case $1 in
  version) echo "sipedge 9.9.9" ;;
  check) ;;
  serve) echo ruined >/var/lib/sipedge/sipedge.db; echo "a fault of this version" >&2; exit 1 ;;
esac
`,
    { mode: 0o755 },
  );
}

/** The installed office as the test sees it: its machine, its page, two phones. */
class Office {
  readonly page = new PageClient();
  phones: Baresip[] = [];

  constructor(readonly box: DebianBox) {}

  install(...args: string[]): Promise<Outcome> {
    return this.box.run(`${COPIED}/install.sh`, ...args);
  }

  /** Paths with kind, mode and owner, without what the system itself writes. */
  listing(): Promise<string> {
    const skipped =
      "^/(root/sipedge|var/log|var/lib/systemd|var/tmp|etc/(passwd|group|shadow|gshadow)-|etc/\\.)";
    return this.box.do("sh", "-c", `find / -xdev -printf '%p %y %m %U:%G\\n' | grep -vE '${skipped}' | sort`);
  }

  show(property: string): Promise<string> {
    return this.box.do("systemctl", "show", "--property", property, "--value", "sipedge");
  }

  /** The program of the service's process. */
  async runs(): Promise<string> {
    return await this.box.do("readlink", `/proc/${await this.show("MainPID")}/exe`);
  }

  get config(): string {
    return this.box.path("/etc/sipedge/sipedge.yaml");
  }

  /** Alice encrypts all; Bob is reached over UDP, so that a restart of the server costs him nothing. */
  async startPhones(): Promise<void> {
    const [alice, bob] = DebianBox.outside;
    const phone = (number: string, options: Pick<BaresipOptions, "address" | "transport" | "encryption">) =>
      Baresip.start({
        user: number,
        password: `secret-${number}`,
        domain: DOMAIN,
        server: `${DebianBox.address}:${options.transport === "tls" ? 5061 : 5060}`,
        codec: "PCMA",
        tone: 440,
        seconds: 600,
        // No refresh falls into a moment in which the server hangs.
        registerSeconds: 900,
        ...options,
      });
    this.phones = await Promise.all([
      phone("100", { address: alice, transport: "tls", encryption: "srtp-mand" }),
      phone("101", { address: bob, transport: "udp", encryption: "none" }),
    ]);
  }

  async stopPhones(): Promise<void> {
    await Promise.all(this.phones.map((phone) => phone[Symbol.asyncDispose]()));
  }

  /** One phone calls the other. */
  async call(): Promise<void> {
    const [alice, bob] = this.phones;
    const times = alice!.count("CALL_ESTABLISHED") + 1;
    await alice!.dial("101");
    for (const phone of [alice!, bob!]) await phone.waitFor("CALL_ESTABLISHED", 8000, times);
  }

  async callAgain(): Promise<void> {
    await this.call();
    await this.hangUp();
  }

  async hangUp(): Promise<void> {
    const [alice, bob] = this.phones;
    const times = bob!.count("CALL_CLOSED") + 1;
    await alice!.command("hangup");
    await bob!.waitFor("CALL_CLOSED", 8000, times);
  }
}

async function changesNothing(office: Office, before: string): Promise<void> {
  const { code, output, error } = await office.install("--dry-run");
  assert.equal(code, 0, error);
  assert.match(output, /^would run: useradd --system .* sipedge$/m);
  assert.match(output, /^would write: \/etc\/systemd\/system\/sipedge\.service$/m);
  assert.equal(await office.listing(), before);
}

async function installs(office: Office): Promise<void> {
  const { box, page } = office;
  // Whoever has tried it as root before has left an unpacked program where the service cannot read it.
  await box.do(`${COPIED}/sipedge`, "version");
  const { code, output, error } = await office.install("--domain", DOMAIN);
  assert.equal(code, 0, output + error);
  assert.equal(error, "");
  const base = `https://${DebianBox.address}:8443`;
  assert.match(output, new RegExp(`^page: +${base}$`, "m"));
  assert.match(output, /let in UDP 5060, 20000-29999 and TCP 5060, 5061, 8443$/m);
  const link = new RegExp(`^first login: +${base}/setup#(\\w+)$`, "m").exec(output);
  assert.ok(link, output);
  page.open({ base, authority: await Deno.readTextFile(box.path("/var/lib/sipedge/tls/ca.pem")) });
  page.setupToken = link[1]!;
  assert.equal(await page.text("/healthz"), "ok\n");
  assert.match(await page.text("/"), /<html/i);
  assert.equal(await office.show("UnitFileState"), "enabled");
  const user = await box.do("ps", "-o", "user=", "-p", await office.show("MainPID"));
  assert.equal(user, "sipedge");
  const exposure = await box.do("systemd-analyze", "security", "--no-pager", "sipedge");
  const level = Number(/exposure level for sipedge\.service: ([0-9.]+)/.exec(exposure)?.[1]);
  assert.ok(level <= 2, exposure);
  const stranger = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "sipedge", "status"];
  assert.match((await box.run(...stranger)).error, /\/etc\/sipedge\/sipedge\.yaml: .*permission denied/);
  assert.match(await box.do("sipedge", "doctor"), /^ok +echo call .*TLS 1\.3, SRTP AES_CM_128_HMAC_SHA1_80/m);
  const again = await office.install();
  assert.match(again.output, /^this version is installed and running already: nothing to do$/m);
}

async function setsUp({ page, box }: Office): Promise<void> {
  await page.setUp(PASSWORD);
  for (const number of ["100", "101"]) {
    const extension = { number, name: number, password: `secret-${number}` };
    await page.change("POST", `/domains/${DOMAIN}/extensions`, extension);
  }
  assert.match(await box.do("sipedge", "extension", "list"), /^100 .*\n(?:.*\n)*101 /m);
}

async function reloads({ box, phones, config }: Office): Promise<void> {
  const closed = phones.map((phone) => phone.count("CALL_CLOSED"));
  const good = await Deno.readTextFile(config);
  await Deno.writeTextFile(config, "domains: [ { nam: x } ]");
  const refused = await box.run("systemctl", "reload", "sipedge");
  assert.notEqual(refused.code, 0);
  const changed = good.replace(":8443", ":443") +
    `    extensions: [ { number: "102", name: Carol, password: secret-102 } ]\n`;
  await Deno.writeTextFile(config, changed);
  await box.do("systemctl", "reload", "sipedge");
  assert.match(await box.do("sipedge", "status"), /^102 +Carol/m);
  assert.equal(await box.do("systemctl", "show", "--property", "SubState", "--value", "sipedge"), "running");
  assert.deepEqual(phones.map((phone) => phone.count("CALL_CLOSED")), closed);
}

async function upgradesQuietly(office: Office): Promise<void> {
  const [alice, bob] = office.phones;
  const closed = bob!.count("CALL_CLOSED");
  const old = await office.runs();
  const log = `${COPIED}/log`;
  const command = `exec ${COPIED}/install.sh --file ${COPIED}/later --when-quiet 1 >${log} 2>&1`;
  const upgrade = office.box.run("sh", "-c", command);
  await office.box.until((text) => /^waiting for the end of calls: 1 now$/m.test(text), "cat", log);
  assert.equal(await office.runs(), old);
  assert.equal(bob!.count("CALL_CLOSED"), closed);
  await alice!.command("hangup");
  const { code } = await upgrade;
  const output = await office.box.do("cat", log);
  assert.equal(code, 0, output);
  assert.match(output, /^kept: +\/usr\/local\/lib\/sipedge\/sipedge\.previous/m);
  assert.match(await office.runs(), /-later0000000\/sipedge$/);
  // A port below 1024, which the changed configuration wants.
  office.page.base = `https://${DebianBox.address}`;
  assert.equal(await office.page.text("/healthz"), "ok\n");
  assert.equal(bob!.count("CALL_CLOSED"), closed + 1);
}

async function upgradesAtOnce(office: Office): Promise<void> {
  await office.call();
  const closed = office.phones.map((phone) => phone.count("CALL_CLOSED"));
  const { code, output, error } = await office.install("--file", `${COPIED}/latest`);
  assert.equal(code, 0, output + error);
  assert.match(output, /^calls ended by the upgrade: 1$/m);
  assert.match(await office.runs(), /-latest000000\/sipedge$/);
  for (const [index, phone] of office.phones.entries()) {
    await phone.waitFor("CALL_CLOSED", 8000, closed[index]! + 1);
  }
  await office.callAgain();
}

async function returnsToOld(office: Office): Promise<void> {
  const { code, output, error } = await office.install("--file", `${COPIED}/bad`);
  assert.equal(code, 1, output);
  assert.match(error, /^a fault of this version$/m);
  assert.match(error, /the old one runs again, with the database as it was$/m);
  assert.match(await office.runs(), /-latest000000\/sipedge$/);
  await office.page.signIn(PASSWORD);
  await office.callAgain();
}

/** `signal` is what befalls the process, `said` what systemd tells of it. */
async function survives(office: Office, signal: string, said: string): Promise<void> {
  const { box, page } = office;
  const pid = await office.show("MainPID");
  const since = await box.do("date", "+%s");
  await box.do("kill", signal, pid);
  const show = ["systemctl", "show", "--property", "MainPID,SubState", "--value", "sipedge"];
  await box.until((shown) => /^\d+\nrunning$/.test(shown) && !shown.startsWith(`${pid}\n`), ...show);
  assert.equal(await page.text("/healthz"), "ok\n");
  const log = await box.do("journalctl", "--unit", "sipedge", "--no-pager", "--since", `@${since}`);
  assert.ok(log.includes(said), log);
  await office.callAgain();
}

async function keepsData(office: Office): Promise<void> {
  const { code, output, error } = await office.install("--uninstall");
  assert.equal(code, 0, error);
  assert.match(output, /are kept in \/etc\/sipedge and \/var\/lib\/sipedge/);
  assert.match(
    await office.listing(),
    /^\/etc\/sipedge\/sipedge\.yaml f 640 .*\n(?:.*\n)*\/var\/lib\/sipedge\/sipedge\.db f 600 /m,
  );
  assert.notEqual((await office.box.run("systemctl", "cat", "sipedge")).code, 0);
}

async function leavesNothing(office: Office, before: string): Promise<void> {
  const { code, error } = await office.install("--uninstall", "--purge");
  assert.equal(code, 0, error);
  assert.equal(await office.listing(), before);
  assert.equal(
    (await office.box.run("grep", "-rl", "--exclude=*-", "sipedge", "/etc", "/usr/local", "/var/lib")).output,
    "",
  );
}

/** From outside, as a maker of images does. */
async function preparesRoot(office: Office, before: string): Promise<void> {
  const { box } = office;
  const root = ["--root", box.path("")];
  const script = box.path(`${COPIED}/install.sh`);
  const { code, output, error } = await run(script, root);
  assert.equal(code, 0, output + error);
  assert.match(output, /it starts when that system does$/m);
  assert.equal(await box.do("stat", "-c", "%U %a", "/var/lib/sipedge"), "sipedge 700");
  await box.do("systemctl", "daemon-reload");
  await box.do("systemctl", "start", "sipedge");
  assert.match(await box.do("sipedge", "status"), /^page https:/m);
  await box.do("systemctl", "stop", "sipedge");
  assert.equal((await run(script, [...root, "--uninstall", "--purge"])).code, 0);
  assert.equal(await office.listing(), before);
}
