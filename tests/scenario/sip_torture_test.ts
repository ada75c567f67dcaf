/** Torture messages, from the bytes of a datagram to what the office answers (RFC 4475, RFC 5118, and our own). */
import assert from "node:assert/strict";
import { SILENT_LOG } from "../../src/base/mod.ts";
import { callId, cseq, type SipRequest, type SipResponse, topVia } from "../../src/sip/message/mod.ts";
import { parseMessage, SipEndpoint } from "../../src/sip/mod.ts";
import {
  faultOf,
  type OwnExpectation,
  readOwnTorture,
  readTortureSet,
  TORTURE_SETS,
} from "../support/torture_sets.ts";
import { DOMAIN, VirtualOffice } from "../support/virtual_office.ts";

const STRANGER = { host: "10.0.0.99", port: 5060 };

const PROBE = new TextEncoder().encode([
  `OPTIONS sip:${DOMAIN} SIP/2.0`,
  `Via: SIP/2.0/UDP ${STRANGER.host}:5060;branch=z9hG4bKprobe`,
  "Max-Forwards: 70",
  "From: <sip:probe@lab.example>;tag=probe",
  `To: <sip:${DOMAIN}>`,
  "Call-ID: probe",
  "CSeq: 1 OPTIONS",
  "Content-Length: 0",
  "",
  "",
].join("\r\n"));

/** An office that serves the domains that the messages are meant for, so that none is turned away for its name alone. */
class TortureOffice {
  readonly #errors: string[] = [];
  readonly #office: VirtualOffice;

  constructor() {
    const domains = [DOMAIN, "example.com", "example.net", "example.org"].map((name) => ({
      name,
      extensions: [{ number: "100", password: "secret-100" }],
    }));
    this.#office = new VirtualOffice({
      extensions: [],
      settings: { domains },
      log: { ...SILENT_LOG, error: (event) => void this.#errors.push(event) },
    });
  }

  get #host() {
    return this.#office.network.find("10.0.0.1")!;
  }

  /** Final answers that `bytes` bring about before any of them is sent again. */
  async answersTo(bytes: Uint8Array): Promise<SipResponse[]> {
    const parsed = parseMessage(bytes);
    if (!parsed.ok) return parsed.error.answer ? [parsed.error.answer] : [];
    const { network } = this.#office;
    const before = network.sent.length;
    this.#host.arrive(bytes, this.#host.datagramFlow(STRANGER));
    await network.run(400);
    const answers = network.sent.slice(before).flatMap(({ message }) =>
      message.kind === "response" && message.statusCode >= 200 ? [message] : []
    );
    if (parsed.value.kind === "request") {
      for (const answer of answers) checkEcho(parsed.value, answer);
    }
    return answers;
  }

  /** Once all timers have run out nothing is left of any message, and the next one is served. */
  async check(): Promise<void> {
    assert.deepEqual(await this.#office.leftovers(), []);
    const endpoint = this.#host.listener;
    assert.ok(endpoint instanceof SipEndpoint);
    assert.deepEqual(endpoint.counts(), { sessions: 0, clientTransactions: 0, serverTransactions: 0 });
    assert.deepEqual([...this.#office.parts.bindings.all()], []);
    assert.deepEqual(await this.#office.records(), []);
    assert.deepEqual(this.#errors, []);
    assert.deepEqual(statusesOf(await this.answersTo(PROBE)), [200]);
  }
}

function statusesOf(answers: readonly SipResponse[]): number[] {
  return answers.map(({ statusCode }) => statusCode);
}

/** An answer finds its way back and its request only by what it repeats (RFC 3261 §8.2.6.2). */
function checkEcho(request: SipRequest, answer: SipResponse): void {
  assert.equal(callId(answer), callId(request));
  assert.deepEqual(cseq(answer), cseq(request));
  assert.equal(topVia(answer).params.get("branch"), topVia(request).params.get("branch"));
  assert.deepEqual(answer.headers.all("Via").slice(1), request.headers.all("Via").slice(1));
}

for (const set of TORTURE_SETS) {
  const cases = readTortureSet(set);
  Deno.test({
    name: `${set}: every torture message gets an answer its verdict allows, and leaves nothing behind`,
    ignore: cases.length === 0,
    async fn(test) {
      const office = new TortureOffice();
      for (const { name, bytes, verdict, checks } of cases) {
        await test.step(name, async () => {
          const answers = await office.answersTo(bytes);
          assert.equal(faultOf(statusesOf(answers), verdict), undefined);
          const lists = checks["response_header_unsupported_any_of"] as readonly string[][] | undefined;
          const unsupported = answers[0]?.headers.all("Unsupported").join().toLowerCase();
          assert.ok(!lists || lists.some((list) => list.join().toLowerCase() === unsupported), unsupported);
          await office.check();
        });
      }
    },
  });
}

interface Expectation extends OwnExpectation {
  /** Status of the answer to a request. */
  readonly answer?: number;
}

Deno.test("own: every well-formed torture message gets the answer it should, and leaves nothing behind", async (test) => {
  const office = new TortureOffice();
  for (const { name, bytes, expected } of readOwnTorture<Expectation>("valid")) {
    await test.step(`${expected.promise} (${name})`, async () => {
      const wanted = expected.answer === undefined ? [] : [expected.answer];
      assert.deepEqual(statusesOf(await office.answersTo(bytes)), wanted);
      await office.check();
    });
  }
});
