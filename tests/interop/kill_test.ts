/** The server is killed at any moment while it writes: the database is whole, and what was acknowledged is there. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { below, seededRandom } from "../../src/base/mod.ts";
import { ApiClient } from "../support/api_client.ts";
import { TestServer } from "../support/server.ts";
import { SipClient } from "../support/sip_client.ts";

const SERVER = "127.0.0.110";
const DOMAIN = "office.example";
const ROUNDS = 5;
const SEED = 20_261;
/** What waits for nobody may be lost when it is younger: 200 ms, and a busy machine's share. */
const WRITTEN_MS = 1500;
const UP_WITHIN_MS = 20_000;

const EXTENSIONS = Array.from({ length: 20 }, (_, index) => ({
  number: String(130 + index),
  password: `secret-${130 + index}`,
}));

function startServer(data: string): Promise<TestServer> {
  return TestServer.start({
    address: SERVER,
    mediaPorts: "39500-39599",
    data,
    extensions: EXTENSIONS,
    // Nobody is banned for asking again after a kill.
    settings: { security: { ban: { failures: 0 } } },
  });
}

/** What the server has said yes to. */
interface Acknowledged {
  /** Extension → is it there? Undefined: it was asked for, and the answer never came. */
  readonly extensions: Map<string, boolean | undefined>;
  /** Extension → when it registered first; what follows are refreshes. */
  readonly registered: Map<string, number>;
  /** When each refused call of this round was answered. */
  calls: number[];
  /** Calls that were on disk for certain before one of the kills. */
  sureCalls: number;
}

/** Writes by all doors until the server is gone. */
function writeUntilKilled(server: TestServer, api: ApiClient, known: Acknowledged, round: number) {
  let isKilled = false;
  // Each with an address of its own: the server limits what one sender may ask.
  const clients = EXTENSIONS.map(({ number, password }, index) =>
    new SipClient({ address: `127.0.1.${1 + index}`, server: SERVER, domain: DOMAIN, user: number, password })
  );
  const changes = async () => {
    for (let index = 0; !isKilled; index++) {
      const number = `2${round}${String(index).padStart(4, "0")}`;
      known.extensions.set(number, undefined);
      const added = await api.call("POST", `/domains/${DOMAIN}/extensions`, { number, name: "x" });
      assert.equal(added.status, 201, JSON.stringify(added.body));
      known.extensions.set(number, true);
      if (index % 3 !== 2) continue;
      known.extensions.set(number, undefined);
      const removed = await api.call("DELETE", `/domains/${DOMAIN}/extensions/${number}`);
      assert.equal(removed.status, 204);
      known.extensions.set(number, false);
    }
  };
  const phone = async (client: SipClient, number: string) => {
    while (!isKilled) {
      if (await client.register() === 200 && !known.registered.has(number)) {
        known.registered.set(number, Date.now());
      }
      // Nobody has this number: a call that is refused is a call record, too.
      if (!isKilled && await client.invite("9999") === 404) known.calls.push(Date.now());
    }
  };
  const writers = Promise.allSettled([
    changes(),
    ...clients.map((client, index) => phone(client, EXTENSIONS[index]!.number)),
  ]);
  return {
    async kill() {
      isKilled = true;
      await server.stop("SIGKILL");
      const [apiResult] = await writers;
      for (const client of clients) client.close();
      // Only the connection may have failed, never an answer.
      if (apiResult?.status === "rejected") {
        assert.ok(!(apiResult.reason instanceof assert.AssertionError), String(apiResult.reason));
      }
    },
  };
}

/** What the file itself says while no server has it. */
function lookInto(data: string): { readonly integrity: string; readonly records: number } {
  const database = new DatabaseSync(`${data}/sipedge.db`);
  try {
    return {
      integrity: String(database.prepare("PRAGMA integrity_check").get()?.integrity_check),
      records: Number(database.prepare("SELECT count(*) AS count FROM call_records").get()?.count),
    };
  } finally {
    database.close();
  }
}

async function untilHealthy(): Promise<boolean> {
  const until = Date.now() + UP_WITHIN_MS;
  while (Date.now() < until) {
    const answer = await fetch(`http://${SERVER}:8080/healthz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** Extension → number of its devices, as the page shows it. */
async function shownExtensions(api: ApiClient): Promise<Map<string, number>> {
  const { body } = await api.call("GET", `/domains/${DOMAIN}/extensions?limit=1000`);
  const { items } = body as { items: { number: string; devices: unknown[] }[] };
  return new Map(items.map(({ number, devices }) => [number, devices.length]));
}

Deno.test("kill -9 at any moment: the database is whole, what was acknowledged is there, the page comes back", async () => {
  const random = seededRandom(SEED);
  const data = await Deno.makeTempDir({ prefix: "sipedge-kill-" });
  const known: Acknowledged = { extensions: new Map(), registered: new Map(), calls: [], sureCalls: 0 };
  const upMs: number[] = [];
  let server = await startServer(data);
  try {
    const api = await ApiClient.signUp(server);
    // The token itself is written behind.
    await new Promise((resolve) => setTimeout(resolve, WRITTEN_MS));
    for (let round = 1; round <= ROUNDS; round++) {
      const writing = writeUntilKilled(server, api, known, round);
      // Every other round is long enough for something to be old when the end comes.
      const roundMs = 50 + below(random, 900) + (round % 2 === 0 ? WRITTEN_MS + 500 : 0);
      await new Promise((resolve) => setTimeout(resolve, roundMs));
      const killedAt = Date.now();
      await writing.kill();
      const { integrity, records } = lookInto(data);
      assert.equal(integrity, "ok", `round ${round}, seed ${SEED}`);
      const isSure = (at: number) => at < killedAt - WRITTEN_MS;
      known.sureCalls += known.calls.filter(isSure).length;
      known.calls = [];
      assert.ok(
        records >= known.sureCalls,
        `${records} records of ${known.sureCalls} in round ${round}, seed ${SEED}`,
      );

      const startedAt = performance.now();
      const [restarted, isUp] = await Promise.all([startServer(data), untilHealthy()]);
      server = restarted;
      assert.ok(isUp, `the page is not up again in round ${round}:\n${server.log}`);
      upMs.push(performance.now() - startedAt);

      const there = await shownExtensions(api);
      for (const [number, expected] of known.extensions) {
        if (expected === undefined) known.extensions.set(number, there.has(number));
        else assert.equal(there.has(number), expected, `${number} in round ${round}, seed ${SEED}`);
      }
      for (const [number, at] of known.registered) {
        // What may be lost now may still be missing later.
        if (!isSure(at)) known.registered.delete(number);
        else assert.ok(there.get(number)! > 0, `${number} is forgotten in round ${round}, seed ${SEED}`);
      }
    }
    assert.ok(
      known.extensions.size > ROUNDS && known.sureCalls > 0 && known.registered.size > 0,
      "nothing was written",
    );
    const worst = Math.round(Math.max(...upMs));
    console.log(
      `${ROUNDS} kills under ${known.extensions.size} API changes, ${known.registered.size} phones, ${known.sureCalls} calls that had to be there: page up again in at most ${worst} ms`,
    );
  } finally {
    await server.stop();
    await Deno.remove(data, { recursive: true });
  }
});
