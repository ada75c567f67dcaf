/** Our headless phone with baresip at the other end of the real server, and on another server. */

import assert from "node:assert/strict";
import type { AccountSettings, SrtpPolicy } from "../../src/phone/mod.ts";
import { Baresip, type BaresipOptions, hasBaresip } from "../support/baresip.ts";
import { hasKamailio, Kamailio } from "../support/carrier_kamailio.ts";
import { Headless } from "../support/headless.ts";
import { TestServer } from "../support/server.ts";
import { hearing, readWav, toneWav } from "../support/wav.ts";
import { pause } from "../support/waiting.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const SERVER = "127.0.0.90";
const DOMAIN = "office.example";
const OWN_TONE = 440;
const THEIR_TONE = 1000;

interface Scene {
  readonly server: TestServer;
  readonly headless: Headless;
  /** Our account, number 100. */
  account(changes?: Partial<AccountSettings>): ReturnType<Headless["account"]>;
  baresip(user: string, address: string, changes?: Partial<BaresipOptions>): Promise<Baresip>;
  /** A step whose failure comes with the logs of all. */
  step(test: Deno.TestContext, name: string, run: () => Promise<void>): Promise<void>;
  /** A file with our tone. */
  readonly tone: string;
}

function scene(name: string, play: (scene: Scene, test: Deno.TestContext) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !AVAILABLE,
    // Sockets of the system are kept by the phone's network for the life of the process.
    sanitizeResources: false,
    sanitizeOps: false,
    async fn(test) {
      await using server = await TestServer.start({
        address: SERVER,
        mediaPorts: "38000-38249",
        extensions: ["100", "101", "102"].map((number) => ({
          number,
          name: `P${number}`,
          password: `secret-${number}`,
        })),
      });
      await using headless = new Headless({ ports: { first: 38_250, last: 38_449 } });
      const authority = await Deno.readTextFile(`${server.data}/tls/ca.pem`);
      const tone = `${headless.folder}/tone.wav`;
      const others: Baresip[] = [];
      await Deno.writeFile(tone, toneWav(OWN_TONE, { sampleRate: 16_000, seconds: 5 }));
      const explained = async (run: () => Promise<void>) => {
        await run().catch((error) => {
          const logs = [server, ...others].map(({ log }) => log.slice(-3000)).join("\n---\n");
          throw new Error(`${error.message}\n---\n${logs}`, { cause: error });
        });
      };
      const act: Scene = {
        server,
        headless,
        tone,
        account: ({ transport = "tls", ...changes } = {}) =>
          headless.account({
            user: "100",
            domain: DOMAIN,
            password: "secret-100",
            server: `${SERVER}:${transport === "tls" ? 5061 : 5060}`,
            transport,
            srtp: "optional",
            register: true,
            trust: { authorities: [authority] },
            ...changes,
          }),
        baresip: async (user, address, changes = {}) => {
          const transport = changes.transport ?? "tls";
          const phone = await Baresip.start({
            user,
            password: `secret-${user}`,
            domain: DOMAIN,
            server: `${SERVER}:${transport === "tls" ? 5061 : 5060}`,
            transport,
            encryption: "srtp-mand",
            codec: "PCMA",
            tone: THEIR_TONE,
            address,
            seconds: 60,
            rtpPorts: "38450-38499",
            ...changes,
          });
          others.push(phone);
          return phone;
        },
        step: async (test, name, run) => void await test.step(name, () => explained(run)),
      };
      await explained(() => play(act, test));
    },
  });
}

const PAIRS: readonly [Partial<AccountSettings>, Partial<BaresipOptions>, boolean][] = [
  [{ transport: "tls", srtp: "required" }, { encryption: "srtp-mand", codec: "G722" }, true],
  [{ transport: "tls", srtp: "optional" }, { encryption: "srtp", codec: "PCMU" }, true],
  [{ transport: "tls", srtp: "required" }, { encryption: "none", transport: "udp" }, true],
  [{ transport: "udp", srtp: "off" }, { encryption: "srtp-mand" }, false],
  [{ transport: "tcp", srtp: "off" }, { encryption: "none", transport: "tcp" }, false],
];

scene("calls in both directions, every encryption: each hears the other's tone", async (scene, test) => {
  for (const [ours, theirs, isEncrypted] of PAIRS) {
    const name = `${ours.transport} ${ours.srtp} with ${theirs.transport ?? "tls"} ${theirs.encryption}`;
    await scene.step(test, name, async () => {
      const { headless, tone } = scene;
      await using bob = await scene.baresip("101", "127.0.0.91", theirs);
      const account = await scene.account(ours);
      const out = await headless.dial(account, "101", { say: tone });
      await pause(2200);
      assert.equal(out.agreement?.encryption !== undefined, isEncrypted);
      out.hangUp();
      const first = await out.ended;
      await bob.waitFor("CALL_CLOSED");
      await bob.dial("100");
      const back = await headless.take(account, { say: tone });
      await bob.waitFor("CALL_ESTABLISHED", 8000, 2);
      await pause(2200);
      await bob.command("hangup");
      const second = await back.ended;
      await bob.stop();
      for (const [report, call] of [[first, out], [second, back]] as const) {
        const { heardSeconds, steadyShare } = hearing(readWav(await headless.recording(call)), THEIR_TONE);
        assert.ok(heardSeconds > 1 && steadyShare > 0.9, `${heardSeconds} s, ${steadyShare} of their tone`);
        assert.equal(report.outcome, "answered");
        assert.ok((report.quality?.mos ?? 0) > 4, `MOS ${report.quality?.mos}`);
        assert.equal(report.path?.transport, ours.transport);
      }
      const heard = await bob.heard();
      assert.equal(heard.length, 2);
      for (const wav of heard) {
        const { heardSeconds, steadyShare } = hearing(wav, OWN_TONE);
        assert.ok(heardSeconds > 1 && steadyShare > 0.9, `${heardSeconds} s, ${steadyShare} of our tone`);
      }
      await headless.phone.removeAccount(account);
    });
  }
});

scene("all ways of offering SRTP lead to an encrypted call", async (scene, test) => {
  await using _bob = await scene.baresip("101", "127.0.0.91");
  for (const way of ["opportunistic", "secure", "two lines"] as const) {
    await scene.step(test, way, async () => {
      const account = await scene.account({ srtpWay: way });
      const call = await scene.headless.dial(account, "101");
      assert.equal(call.agreement?.encryption?.way, way);
      await pause(700);
      call.hangUp();
      const { quality } = await call.ended;
      assert.ok(quality && quality.packetsReceived > 10 && quality.unauthentic === 0);
      await scene.headless.phone.removeAccount(account);
    });
  }
});

scene("hold, digits and blind transfer, encrypted", async (scene) => {
  const { headless, tone } = scene;
  await using bob = await scene.baresip("101", "127.0.0.91");
  await using carol = await scene.baresip("102", "127.0.0.92", { encryption: "srtp", tone: 1300 });
  const account = await scene.account({ srtp: "required" });
  const call = await headless.dial(account, "101", { say: tone });
  // Sent and received; we go on sending silence while the other side is held.
  const speaking = /audio=[67]\d{4}\/[67]\d{4} \(bit\/s\)/, held = /audio=0\/\d+ \(bit\/s\)/;
  await bob.waitForNewLog(speaking);
  assert.ok((await call.hold()).ok);
  await bob.waitForNewLog(held);
  assert.ok((await call.resume()).ok);
  await bob.waitForNewLog(speaking);
  await bob.command("hold");
  await headless.until(() => call.isHeldByPeer, "hold by the other side");
  await bob.command("resume");
  await headless.until(() => !call.isHeldByPeer, "end of the hold");
  assert.ok(call.sendDigits("5").ok);
  await bob.waitForLog(/received (DTMF )?event: '5' \(end=1\)/i);
  await bob.command("sndcode", "#");
  await headless.until(() => headless.digits(call) === "#", "digit");
  const transferred = await account.transfer(call, "102");
  assert.ok(transferred.ok, transferred.ok ? "" : transferred.error);
  assert.equal((await call.ended).outcome, "answered");
  await carol.waitFor("CALL_ESTABLISHED");
  await pause(1200);
  await carol.command("hangup");
  await bob.waitFor("CALL_CLOSED");
  await carol.stop();
  const [heard] = await carol.heard();
  assert.ok(hearing(heard!, THEIR_TONE).heardSeconds > 0.5, "the two who stay hear one another");
});

scene("busy, unknown, wrong password, wrong certificate: each is told apart", async (scene) => {
  const { headless } = scene;
  await using _bob = await scene.baresip("101", "127.0.0.91", { answer: "manual" });
  const account = await scene.account({ register: false });
  const outcome = async (target: string, from = account) => {
    const call = from.dial(target);
    assert.ok(call.ok);
    return (({ outcome }) => outcome)(await call.value.ended);
  };
  assert.equal(await outcome("999"), "not found");
  const ringing = account.dial("101");
  assert.ok(ringing.ok);
  await headless.until(() => ringing.value.state === "ringing", "ringing");
  ringing.value.hangUp();
  assert.equal((await ringing.value.ended).outcome, "cancelled");
  assert.equal(
    await outcome("101", await scene.account({ register: false, password: "wrong" })),
    "not allowed",
  );
  const stranger = await scene.account({ register: false, trust: {} });
  const refused = stranger.dial("101");
  assert.ok(refused.ok);
  const report = await refused.value.ended;
  assert.deepEqual([report.outcome, /certificate is not believed/.test(report.reason)], [
    "unreachable",
    true,
  ]);
  assert.equal(
    await outcome("101", await scene.account({ server: "127.0.0.99:5061", register: false })),
    "unreachable",
  );
});

scene("a server that restarts is found again", async (scene) => {
  const { headless } = scene;
  const account = await scene.account({ registerSec: 600 });
  const states = () =>
    headless.events.flatMap((event) => event.kind === "registration" ? [event.status.state] : []);
  await scene.server.stop("SIGKILL");
  await headless.until(() => states().includes("failed"), "failed registration", 12_000);
  await using _again = await TestServer.start({
    address: SERVER,
    mediaPorts: "38000-38249",
    data: scene.server.data,
    extensions: [{ number: "100", name: "P100", password: "secret-100" }],
  });
  await headless.until(() => account.registration.state === "registered", "new registration", 12_000);
  const call = await headless.dial(account, "*43");
  call.hangUp();
  assert.equal((await call.ended).outcome, "answered");
});

scene(
  "from the shell: a report for scripts, and an exit code for each outcome",
  async ({ server, tone, headless }) => {
    const main = new URL("../../main.ts", import.meta.url).pathname;
    const sipedge = (...args: string[]) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", main, ...args, "--server", SERVER, "--ca", `${server.data}/tls/ca.pem`],
        env: { SIPEDGE_PASSWORD: "secret-100" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      });
    const phone = sipedge(
      "phone",
      "--headless",
      "--user",
      `101@${DOMAIN}`,
      "--password",
      "secret-101",
      "--json",
    );
    const bob = phone.spawn();
    await until(() => server.log.includes('"extension":"101"'));
    const call = async (number: string, ...args: string[]) => {
      const { code, stdout } = await sipedge("call", number, "--user", `100@${DOMAIN}`, "--json", ...args)
        .output();
      return { code, report: JSON.parse(new TextDecoder().decode(stdout)) };
    };
    const heard = `${headless.folder}/heard.wav`;
    const echo = await call("*43", "--srtp", "required", "--play", tone, "--seconds", "2", "--record", heard);
    assert.equal(echo.code, 0);
    assert.deepEqual([echo.report.outcome, echo.report.agreement.encryption.suite], [
      "answered",
      "AES_CM_128_HMAC_SHA1_80",
    ]);
    assert.ok(hearing(readWav(await Deno.readFile(heard)), OWN_TONE).heardSeconds > 1);
    assert.equal((await call("101", "--seconds", "1")).code, 0);
    const unknown = await call("999");
    assert.deepEqual([unknown.code, unknown.report.outcome], [5, "not found"]);
    assert.equal((await call("101", "--password", "wrong")).code, 5);
    bob.kill("SIGTERM");
    const { code, stdout } = await bob.output();
    assert.equal(code, 0);
    const events = new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line).event);
    assert.deepEqual(events, [
      "registration",
      "registration",
      "incoming",
      "answered",
      "ended",
      "registration",
    ]);
  },
);

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 8000;
  while (!condition()) {
    if (Date.now() > end) throw new Error("it did not happen in 8 s");
    await pause(20);
  }
}

Deno.test({
  name: "on another server (Kamailio): two accounts of one phone talk, hold and hang up, by UDP and TCP",
  ignore: !await hasKamailio(),
  sanitizeResources: false,
  sanitizeOps: false,
  async fn(test) {
    const [address, realm, password] = ["127.0.0.95", "carrier.example", "line-secret"];
    await using _kamailio = await Kamailio.start({
      address,
      trunk: "127.0.0.96",
      office: "127.0.0.97",
      trunkPrefix: "00",
      password,
      realm,
    });
    await using headless = new Headless({ ports: { first: 38_250, last: 38_449 } });
    const [low, high] = [`${headless.folder}/low.wav`, `${headless.folder}/high.wav`];
    await Deno.writeFile(low, toneWav(OWN_TONE, { sampleRate: 8000, seconds: 5 }));
    await Deno.writeFile(high, toneWav(THEIR_TONE, { sampleRate: 8000, seconds: 5 }));
    for (const transport of ["udp", "tcp"] as const) {
      await test.step(transport, async () => {
        const [alice, bob] = await Promise.all(
          ["alice", "bob"].map((user) =>
            headless.account({
              user,
              domain: realm,
              password,
              server: address,
              transport,
              srtp: "optional",
              register: true,
            })
          ),
        );
        const [call, taken] = await Promise.all([
          headless.dial(alice!, "bob", { say: low }),
          headless.take(bob!, { say: high }),
        ]);
        await pause(1200);
        assert.ok((await taken.hold()).ok);
        assert.ok(call.isHeldByPeer);
        assert.ok((await taken.resume()).ok);
        await pause(300);
        taken.hangUp();
        const [report] = await Promise.all([call.ended, taken.ended]);
        assert.deepEqual(report.agreement?.encryption, {
          suite: "AES_CM_128_HMAC_SHA1_80",
          way: "opportunistic",
          keysExposed: true,
        });
        for (const [one, tone] of [[call, THEIR_TONE], [taken, OWN_TONE]] as const) {
          const { heardSeconds } = hearing(readWav(await headless.recording(one)), tone);
          assert.ok(heardSeconds > 0.9, `${heardSeconds} s of ${tone} Hz`);
        }
        await Promise.all([alice!, bob!].map((account) => headless.phone.removeAccount(account)));
      });
    }
  },
});

Deno.test("SRTP that is required is not asked for over an open connection", async () => {
  await using headless = new Headless({ ports: { first: 38_250, last: 38_449 } });
  for (const transport of ["udp", "tcp"] as const) {
    const srtp: SrtpPolicy = "required";
    const settings = { user: "100", domain: DOMAIN, server: SERVER, transport, srtp, register: true };
    await assert.rejects(headless.account(settings), /has the keys\. Use TLS/);
  }
});
