import assert from "node:assert/strict";
import { ManualClock } from "../../base/mod.ts";
import { DnsCache } from "./dns_cache.ts";
import type { DnsAnswer } from "./ports.ts";

function setUp(answer: DnsAnswer) {
  const clock = new ManualClock();
  const server = { answer, asked: 0 };
  const cache = new DnsCache({
    query: () => {
      server.asked++;
      return Promise.resolve(server.answer);
    },
  }, clock);
  return { clock, server, cache, ask: () => cache.query("Host.test", "A") };
}

const HOST: DnsAnswer = { kind: "records", records: [{ type: "A", address: "192.0.2.1", ttlSec: 30 }] };
const DOWN: DnsAnswer = { kind: "failed", reason: "down" };

Deno.test("an answer serves as long as it lives and no longer", async () => {
  const { clock, server, cache, ask } = setUp(HOST);
  await ask();
  clock.advance(29_999);
  assert.deepEqual(await cache.query("host.TEST", "A"), HOST);
  assert.equal(server.asked, 1);
  clock.advance(1);
  await ask();
  assert.equal(server.asked, 2);
});

Deno.test("a life of zero is not remembered", async () => {
  const { server, ask } = setUp({
    kind: "records",
    records: [{ type: "A", address: "192.0.2.1", ttlSec: 0 }],
  });
  await ask();
  await ask();
  assert.equal(server.asked, 2);
});

Deno.test("that there is none is remembered for at most five minutes", async () => {
  const { clock, server, ask } = setUp({ kind: "none", ttlSec: 86_400 });
  await ask();
  clock.advance(299_000);
  await ask();
  assert.equal(server.asked, 1);
  clock.advance(1000);
  await ask();
  assert.equal(server.asked, 2);
});

Deno.test("when DNS is down the last answer serves on for an hour, and the server is not hammered", async () => {
  const { clock, server, ask } = setUp(HOST);
  await ask();
  server.answer = DOWN;
  clock.advance(60_000);
  assert.deepEqual(await ask(), HOST);
  assert.deepEqual(await ask(), HOST);
  assert.equal(server.asked, 2);
  clock.advance(3_600_000);
  assert.deepEqual(await ask(), DOWN);
  server.answer = HOST;
  assert.deepEqual(await ask(), DOWN);
  clock.advance(5000);
  assert.deepEqual(await ask(), HOST);
});

Deno.test("the memory does not grow with invented names", async () => {
  const { cache, server, ask } = setUp(HOST);
  for (let i = 0; i < 5000; i++) await cache.query(`n${i}.test`, "A");
  assert.equal(server.asked, 5000);
  await cache.query("n4999.test", "A");
  assert.equal(server.asked, 5000);
  await cache.query("n0.test", "A");
  assert.equal(server.asked, 5001, "the oldest is forgotten");
  await ask();
});
