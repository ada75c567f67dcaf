/** Telephones behind UDP that fall silent: the real server notices by OPTIONS, says so, and takes them back. */

import assert from "node:assert/strict";
import { ApiClient } from "../support/api_client.ts";
import { RawSip, statusOf } from "../support/raw_sip.ts";
import { TestServer } from "../support/server.ts";
import { pause } from "../support/waiting.ts";

const SERVER = "127.0.0.182";
const DOMAIN = "office.example";
const NUMBERS = ["130", "131", "132"];

/** A phone that is busy to every call, and answers OPTIONS as long as it is not silent. */
class UdpPhone implements AsyncDisposable {
  isSilent = false;
  questions = 0;
  readonly #sip: RawSip;

  constructor(readonly number: string, address: string) {
    this.#sip = new RawSip({ from: address, server: SERVER });
    this.#sip.onRequest = (request) => this.#answer(request);
  }

  #answer(request: string): string | undefined {
    const method = request.split(" ", 1)[0]!;
    if (method === "OPTIONS") this.questions++;
    if (this.isSilent || method === "ACK") return undefined;
    const echoed = request.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
      .map((line) => /^To:/i.test(line) ? `${line};tag=phone` : line);
    const status = method === "OPTIONS" ? "200 OK" : "486 Busy Here";
    return [`SIP/2.0 ${status}`, ...echoed, "Content-Length: 0", "", ""].join("\r\n");
  }

  async register(): Promise<void> {
    const answer = await this.#sip.prove("REGISTER", `secret-${this.number}`, { user: this.number });
    assert.equal(statusOf(answer), 200, answer);
  }

  /** Status and words of the answer to a call. */
  async call(number: string): Promise<string> {
    const callId = crypto.randomUUID();
    const answer = await this.#sip.prove("INVITE", `secret-${this.number}`, {
      user: this.number,
      to: number,
      callId,
    });
    const [, toTag] = /^To:.*;tag=([^;\s]+)/m.exec(answer ?? "") ?? [];
    const [, sequence] = /^CSeq: *([0-9]+)/m.exec(answer ?? "") ?? [];
    const ack = {
      user: this.number,
      to: number,
      callId,
      sequence: Number(sequence),
      ...(toTag && { toTag }),
    };
    await this.#sip.raw(this.#sip.write("ACK", ack));
    return /^SIP\/2\.0 ([^\r]*)/.exec(answer ?? "")?.[1] ?? "silence";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sip.stop();
  }
}

/** What page and command say of the one device of `number`. */
async function told(server: TestServer, api: ApiClient, number: string) {
  const { body } = await api.call("GET", `/domains/${DOMAIN}/extensions/${number}`);
  const { devices } = body as { devices: { isReachable: boolean }[] };
  assert.equal(devices.length, 1, "it stays registered");
  const { stdout } = await server.command("status");
  const line = stdout.split("\n").find((text) => text.startsWith(number)) ?? stdout;
  return { isReachable: devices[0]!.isReachable, state: /(not reachable|registered)/.exec(line)?.[1] };
}

async function untilReachable(api: ApiClient, number: string, wanted: boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const { body } = await api.call("GET", `/domains/${DOMAIN}/extensions/${number}`);
    if ((body as { devices: { isReachable: boolean }[] }).devices[0]?.isReachable === wanted) return;
    await pause(100);
  }
  assert.fail(`${number} never became ${wanted ? "reachable" : "unreachable"}`);
}

Deno.test("a UDP phone that leaves OPTIONS unanswered cannot be called until it answers or registers again", async () => {
  await using server = await TestServer.start({
    address: SERVER,
    mediaPorts: "39740-39759",
    extensions: NUMBERS.map((number) => ({ number, password: `secret-${number}` })),
    settings: { sip: { keepAliveSeconds: 1 } },
  });
  const api = await ApiClient.signUp(server);
  await using caller = new UdpPhone("130", "127.0.0.183");
  await using answering = new UdpPhone("131", "127.0.0.184");
  await using returning = new UdpPhone("132", "127.0.0.185");
  const phones = [answering, returning];
  for (const phone of [caller, ...phones]) await phone.register();
  for (const { number } of phones) {
    assert.equal(await caller.call(number), "486 Busy Here");
    assert.deepEqual(await told(server, api, number), { isReachable: true, state: "registered" });
  }

  for (const phone of phones) phone.isSilent = true;
  for (const { number } of phones) await untilReachable(api, number, false);
  for (const phone of phones) {
    assert.ok(phone.questions >= 3, "it was asked more than once");
    assert.equal(await caller.call(phone.number), "480 Not registered or not reachable");
    assert.deepEqual(await told(server, api, phone.number), { isReachable: false, state: "not reachable" });
  }

  answering.isSilent = false;
  await untilReachable(api, answering.number, true);
  returning.isSilent = false;
  await returning.register();
  for (const { number } of phones) {
    assert.equal(await caller.call(number), "486 Busy Here");
    assert.deepEqual(await told(server, api, number), { isReachable: true, state: "registered" });
  }
});
