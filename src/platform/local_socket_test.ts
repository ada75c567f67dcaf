import assert from "node:assert/strict";
import { connectLocal, type LineConnection, listenLocal } from "./local_socket.ts";

async function inFolder(body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(`${folder}/control.sock`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function echo(connection: LineConnection): Promise<void> {
  for await (const line of connection.lines()) await connection.send(`echo ${line}`);
}

Deno.test("lines go both ways, whole, whatever their length", () =>
  inFolder(async (path) => {
    const listener = await listenLocal(path, echo);
    assert.ok(listener.ok);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    const connection = await connectLocal(path);
    assert.ok(connection.ok);
    const long = "ä".repeat(200_000);
    await connection.value.send("one\ntwo");
    await connection.value.send(long);
    const seen: string[] = [];
    for await (const line of connection.value.lines()) {
      seen.push(line);
      if (seen.length === 3) break;
    }
    assert.deepEqual(seen, ["echo one", "echo two", `echo ${long}`]);
    connection.value.close();
    listener.value.close();
  }));

Deno.test("two servers cannot share a socket, and the one of a dead server is taken over", () =>
  inFolder(async (path) => {
    const first = await listenLocal(path, (connection) => connection.close());
    assert.ok(first.ok);
    assert.deepEqual(await listenLocal(path, () => {}), { ok: false, error: "another server uses it" });
    first.value.close();
    assert.deepEqual(await connectLocal(path), { ok: false, error: "it does not exist" });
    // What a killed process leaves behind: a socket nobody listens on.
    const dead = Deno.listen({ transport: "unix", path: `${path}.dead` });
    Deno.renameSync(`${path}.dead`, path);
    dead.close();
    assert.ok(Deno.lstatSync(path).isSocket);
    const second = await listenLocal(path, () => {});
    assert.ok(second.ok);
    second.value.close();
  }));

Deno.test("what is no socket is never removed", () =>
  inFolder(async (path) => {
    Deno.writeTextFileSync(path, "precious");
    const outcome = await listenLocal(path, () => {});
    assert.equal(outcome.ok, false);
    assert.equal(Deno.readTextFileSync(path), "precious");
  }));

Deno.test("closing the listener ends its connections", () =>
  inFolder(async (path) => {
    const listener = await listenLocal(path, echo);
    assert.ok(listener.ok);
    const connection = await connectLocal(path);
    assert.ok(connection.ok);
    await connection.value.send("one");
    const lines = connection.value.lines()[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, "echo one");
    listener.value.close();
    assert.equal((await lines.next()).done, true);
  }));
