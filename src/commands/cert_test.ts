import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { seededRandom } from "../base/mod.ts";
import { createAuthority, createServerCertificate } from "../platform/own_authority.ts";
import { testCommand, TestShell } from "../../tests/support/test_shell.ts";

const CONFIG = `server: { data: ./data }
domains: [{ name: office.example, aliases: [ pbx.office.example ] }]
`;
const YEAR_MS = 365 * 86_400_000;

async function hasOpenssl(): Promise<boolean> {
  try {
    return (await new Deno.Command("openssl", { args: ["version"] }).output()).success;
  } catch {
    return false;
  }
}

function start(shell: TestShell): string[] {
  return ["--config", shell.file("sipedge.yaml", CONFIG)];
}

/** A pair signed by an authority that is not ours. */
async function foreign(
  shell: TestShell,
  options: { names: string[]; agoMs?: number; name?: string },
): Promise<string> {
  const { names, agoMs = 0, name = "foreign" } = options;
  const at = { nowMs: Date.now() - agoMs, random: seededRandom(9) };
  const pair = await createServerCertificate(await createAuthority("Foreign", at), { ...at, names });
  shell.file(`${name}.pem`, pair.certificate);
  shell.file(`${name}.key`, pair.key);
  return `${name}.pem`;
}

testCommand(
  "a renewed certificate is signed by the same authority and names what the office needs",
  async (shell) => {
    const config = start(shell);
    assert.match(
      (await shell.run("cert", ...config)).output,
      /PROBLEM +there is none yet: the server makes it/,
    );
    assert.match((await shell.run("cert", "ca", ...config)).error, /Cannot read the own authority/);
    const renewed = await shell.run("cert", "renew", "--json", ...config);
    assert.equal(renewed.code, 0, renewed.error);
    const names: string[] = JSON.parse(renewed.output).names;
    for (const name of ["office.example", "pbx.office.example", "localhost"]) {
      assert.ok(
        names.includes(name),
        name,
      );
    }
    const authority = (await shell.run("cert", "ca", ...config)).output;
    const again = await shell.run("cert", "renew", ...config);
    assert.match(
      again.error,
      /^Renewed: office\.example, .*, until 20\d\d-\d\d-\d\d, SHA-256 [0-9A-F:]{95}\n$/,
    );
    assert.equal((await shell.run("cert", "ca", ...config)).output, authority);
    const leaf = new X509Certificate(Deno.readTextFileSync(`${shell.folder}/data/tls/server.pem`));
    assert.ok(leaf.verify(new X509Certificate(authority).publicKey));
    assert.ok(!renewed.output.includes(leaf.fingerprint256));
    const shown = JSON.parse((await shell.run("cert", "show", "--json", ...config)).output);
    assert.deepEqual(shown.certificates[0].problems, []);
    assert.equal(shown.certificates[0].fingerprint, leaf.fingerprint256);
    assert.ok(shown.authority.daysLeft > 3600);
    assert.equal((await shell.run("cert", "ca", "--output", "ca.pem", ...config)).code, 0);
    assert.equal(Deno.readTextFileSync(`${shell.folder}/ca.pem`), authority);
  },
);

testCommand(
  "a certificate is installed after key, dates and names were checked, and taken away again",
  async (shell) => {
    const config = start(shell);
    const good = await foreign(shell, { names: ["office.example"] });
    await foreign(shell, { names: ["office.example"], name: "other" });
    const old = await foreign(shell, { names: ["office.example"], agoMs: 4 * YEAR_MS, name: "old" });
    const elsewhere = await foreign(shell, { names: ["shop.example"], name: "elsewhere" });
    shell.file("empty.pem", "no certificate");
    const rows: [args: string[], error: RegExp][] = [
      [["none.pem", "--key", "foreign.key"], /Cannot use certificate ".*none\.pem": it does not exist/],
      [["empty.pem", "--key", "foreign.key"], /there is no PEM certificate in it/],
      [[good], /There is no request whose key could be used: say --key FILE/],
      [[good, "--key", "empty.pem"], /there is no PEM private key in it/],
      [[good, "--key", "other.key"], /key ".*other\.key" belongs to another certificate/],
      [[old, "--key", "old.key"], /expired on/],
      [
        [elsewhere, "--key", "elsewhere.key"],
        /names shop\.example, and none of office\.example, pbx\.office\.example/,
      ],
    ];
    for (const [args, error] of rows) {
      const found = await shell.run("cert", "install", ...args, ...config);
      assert.equal(found.code, 1);
      assert.match(found.error, error);
    }
    assert.throws(() => Deno.statSync(`${shell.folder}/data/tls/uploaded`));
    const done = await shell.run("cert", "install", good, "--key", "foreign.key", ...config);
    assert.equal(done.code, 0, done.error);
    assert.match(done.error, /It does not name pbx\.office\.example/);
    assert.equal(Deno.statSync(`${shell.folder}/data/tls/uploaded/key.pem`).mode! & 0o777, 0o600);
    const shown = JSON.parse((await shell.run("cert", "--json", ...config)).output);
    assert.equal(shown.certificates[0].source, "installed");
    assert.match(shown.certificates[0].problems[0], /does not name pbx\.office\.example/);
    assert.match(
      (await shell.run("cert", "renew", ...config)).error,
      /one was installed; "sipedge cert remove"/,
    );
    assert.equal((await shell.run("cert", "remove", ...config)).code, 0);
    assert.match((await shell.run("cert", "remove", ...config)).error, /No certificate was installed/);
    assert.equal(
      (await shell.run("cert", "install", elsewhere, "--key", "elsewhere.key", "--force", ...config)).code,
      0,
    );
  },
);

testCommand("a certificate of the configuration file is changed there", async (shell) => {
  const pem = await foreign(shell, { names: ["office.example"] });
  const text = CONFIG + "tls: { certificate: { cert: foreign.pem, key: foreign.key } }\n";
  const config = ["--config", shell.file("sipedge.yaml", text)];
  const refused = await shell.run("cert", "install", pem, "--key", "foreign.key", ...config);
  assert.match(
    refused.error,
    /The configuration file names the certificate: put the new one into ".*foreign\.pem"/,
  );
  assert.match(
    (await shell.run("cert", "renew", ...config)).error,
    /the configuration file names ".*foreign\.pem"/,
  );
  assert.match(
    (await shell.run("cert", ...config)).output,
    /certificate of the configuration file: .*foreign\.pem/,
  );
});

Deno.test({
  name:
    "a request is taken by an authority of another make, and its certificate installed without naming the key",
  ignore: !await hasOpenssl(),
  async fn() {
    const shell = new TestShell();
    try {
      const config = start(shell);
      const asked = await shell.run("cert", "request", "--output", "office.csr", ...config);
      assert.equal(asked.code, 0, asked.error);
      assert.match(asked.error, /^A request for office\.example, pbx\.office\.example\./);
      assert.equal(Deno.statSync(`${shell.folder}/data/tls/request.key`).mode! & 0o777, 0o600);
      assert.match((await shell.run("cert", "request", ...config)).error, /There is a request already/);
      const openssl = async (...args: string[]) => {
        const ran = await new Deno.Command("openssl", { args, cwd: shell.folder }).output();
        const text = new TextDecoder().decode(ran.stdout) + new TextDecoder().decode(ran.stderr);
        assert.ok(ran.success, text);
        return text;
      };
      const text = await openssl("req", "-in", "office.csr", "-verify", "-noout", "-text");
      assert.match(text, /verify OK/);
      assert.match(text, /DNS:office\.example, DNS:pbx\.office\.example/);
      await openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "a.key",
        "-out",
        "a.pem",
        "-subj",
        "/CN=Other",
      );
      shell.file("san.cnf", "subjectAltName=DNS:office.example,DNS:pbx.office.example\n");
      await openssl(
        ...["x509", "-req", "-in", "office.csr", "-CA", "a.pem", "-CAkey", "a.key", "-CAcreateserial"],
        ...["-days", "90", "-extfile", "san.cnf", "-out", "office.pem"],
      );
      const done = await shell.run("cert", "install", "office.pem", ...config);
      assert.equal(done.code, 0, done.error);
      assert.match(done.error, /There is no chain behind the certificate/);
      assert.throws(() => Deno.statSync(`${shell.folder}/data/tls/request.key`));
    } finally {
      shell.dispose();
    }
  },
});

testCommand("words of cert that make no sense are told", async (shell) => {
  assert.match((await shell.run("cert", "renw")).error, /unknown action "renw", did you mean "renew"\?/);
  assert.match((await shell.run("cert", "install")).error, /CERTIFICATE is missing/);
  assert.match(
    (await shell.run("cert", "request")).error,
    /There is no domain with a name of the DNS: say for which NAME/,
  );
});
