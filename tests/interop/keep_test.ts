/** Keeping and moving, with the real server running: backup under load, a move, apply and certificates without a restart. */

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { RUN_FLAGS } from "../../tools/build_stage.ts";
import { ApiClient } from "../support/api_client.ts";
import { TestServer, type TestServerOptions } from "../support/server.ts";
import { SipClient } from "../support/sip_client.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
/** What the built file may do. */
const PERMISSIONS = ["--no-prompt", ...RUN_FLAGS.filter((flag) => flag.startsWith("--allow-"))];
const DOMAIN = "office.example";
const PASSPHRASE = "five words make a passphrase";

const OFFICE: Omit<TestServerOptions, "address" | "mediaPorts"> = {
  extensions: [{ number: "130", password: "secret-130" }],
};

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sipedge-keep-" });
  try {
    await Deno.writeTextFile(`${folder}/pass`, `${PASSPHRASE}\n`);
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a command with no more than the built file may do; what it wrote to the standard error. */
async function asBuilt(...args: string[]): Promise<string> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...PERMISSIONS, MAIN, ...args],
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert.equal(code, 0, said);
  return said;
}

/** SHA-256 of the certificate that the SIP listener shows now. */
function shownFingerprint(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 5061, rejectUnauthorized: false, servername: DOMAIN }, () => {
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      resolve(new X509Certificate(raw).fingerprint256);
    });
    socket.on("error", reject);
  });
}

Deno.test("a backup made under load is whole, refused while the server runs, and moves the office to another box", async () => {
  await inFolder(async (folder) => {
    const address = "127.0.0.115", file = `${folder}/office.backup`;
    const pass = ["--passphrase-file", `${folder}/pass`];
    await using server = await TestServer.start({ ...OFFICE, address, mediaPorts: "39700-39719" });
    const api = await ApiClient.signUp(server);
    const phone = new SipClient({
      address: "127.0.0.1",
      server: address,
      domain: DOMAIN,
      user: "130",
      password: "secret-130",
    });
    const known: string[] = [];
    let isDone = false;
    const writing = Promise.all([
      (async () => {
        for (let index = 0; !isDone; index++) {
          const number = String(2000 + index);
          const { status } = await api.call("POST", `/domains/${DOMAIN}/extensions`, {
            number,
            password: "long enough",
          });
          assert.equal(status, 201);
          known.push(number);
        }
      })(),
      (async () => {
        while (!isDone) assert.equal(await phone.register(), 200);
      })(),
    ]);
    // Told where it is awaited; a failure in between must not hide behind this one.
    writing.catch(() => {});
    const before = [...known];
    const made = await server.command("backup", file, ...pass, "--json");
    const after = [...known];
    assert.equal(made.code, 0, made.stderr);
    await asBuilt("backup", `${folder}/built.backup`, ...pass, "--config", server.configFile);
    const busy = await server.command("restore", file, ...pass, "--yes");
    assert.equal(busy.code, 1);
    assert.match(busy.stderr, /^A server runs on ".*" \(another server uses it\): stop it first/);
    isDone = true;
    await writing;
    phone.close();
    // The page gives the same: a file that restore takes.
    const offered = await fetch(`http://${address}:8080/api/v1/backup`, { method: "POST" });
    assert.equal(offered.status, 401);
    await offered.body?.cancel();
    const download = await api.download("/backup", { passphrase: PASSPHRASE });
    await Deno.writeFile(`${folder}/page.backup`, download);
    const tried = await server.command("restore", `${folder}/page.backup`, ...pass, "--dry-run", "--json");
    assert.equal(tried.code, 0, tried.stderr);
    assert.ok(JSON.parse(tried.stdout).rows.credentials >= known.length);

    // Another box: nothing but the file.
    const moved = `${folder}/moved`;
    await Deno.mkdir(moved);
    const restored = await asBuilt(
      ...["restore", file, ...pass, "--yes", "--config", `${moved}/sipedge.yaml`, "--data", `${moved}/data`],
    );
    assert.match(restored, /note: the configuration names the data folder ".*": change server\.data/);
    const list = await server.run(
      ...["extension", "list", "--json", "--config", `${moved}/sipedge.yaml`, "--data", `${moved}/data`],
    );
    const there: string[] = JSON.parse(list.stdout).extensions.map(({ number }: { number: string }) =>
      number
    );
    for (const number of before) assert.ok(there.includes(number), `${number} was there before the backup`);
    // One moment: what is in it is all that was made up to some point.
    assert.deepEqual(there.slice(1), after.concat(known.slice(after.length)).slice(0, there.length - 1));
    const authority = (path: string) => Deno.readTextFile(`${path}/tls/ca.pem`);
    assert.equal(await authority(`${moved}/data`), await authority(server.data));
  });
});

Deno.test("apply, import and certificates reach a running server at once, and a connection that lives goes on", async () => {
  await inFolder(async (folder) => {
    const address = "127.0.0.116";
    await using server = await TestServer.start({ ...OFFICE, address, mediaPorts: "39720-39739" });
    const api = await ApiClient.signUp(server);
    const living = await Deno.connectTls({
      hostname: address,
      port: 5061,
      caCerts: [(await server.command("cert", "ca")).stdout],
    });
    const yaml =
      `domains: [ { name: ${DOMAIN}, extensions: [ { number: "140", name: Dora, password: "long enough" } ] } ]`;
    await Deno.writeTextFile(`${folder}/more.yaml`, yaml);
    const applied = await server.command("apply", `${folder}/more.yaml`, "--yes");
    assert.equal(applied.code, 0, applied.stderr);
    assert.equal((await api.call("GET", `/domains/${DOMAIN}/extensions/140`)).status, 200);
    const dora = new SipClient({
      address: "127.0.0.1",
      server: address,
      domain: DOMAIN,
      user: "140",
      password: "long enough",
    });
    assert.equal(await dora.register(), 200);
    dora.close();
    const table = "number,name,password\r\n141,Emil,long enough\r\n";
    const imported = await api.call("POST", `/domains/${DOMAIN}/extensions/import`, table, {
      type: "text/csv",
    });
    assert.deepEqual(imported, {
      status: 200,
      body: { applied: true, added: ["141"], changed: [], passwords: [] },
    });
    const exported = await server.command("export");
    assert.match(exported.stdout, /number: "140"[\s\S]*number: "141"/);

    const first = await shownFingerprint(address);
    const renewed = await server.command("cert", "renew", "--json");
    assert.equal(renewed.code, 0, renewed.stderr);
    const { fingerprint } = JSON.parse(renewed.stdout);
    assert.notEqual(fingerprint, first);
    assert.equal(await shownFingerprint(address), fingerprint);
    // Same authority, and whoever was connected still is.
    await living.write(new TextEncoder().encode("\r\n\r\n"));
    const pong = new Uint8Array(2);
    assert.equal(await living.read(pong), 2);
    living.close();
  });
});
