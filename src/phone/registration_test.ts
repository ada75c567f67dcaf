import assert from "node:assert/strict";
import { ManualClock, seededRandom } from "../base/mod.ts";
import type { RequestOutcome } from "../sip/mod.ts";
import { createResponse } from "../sip/message/mod.ts";
import { createHeadersRequest } from "./fake_messages.ts";
import { type Register, Registration } from "./registration.ts";

type Sent = Register & { readonly isProven: boolean; answer(outcome: RequestOutcome): void };

/** A registrar by hand: every REGISTER waits for its answer. */
class Desk {
  readonly clock = new ManualClock();
  readonly sent: Sent[] = [];
  readonly states: string[] = [];
  hasCredentials = false;
  realms = 0;
  connectFault: string | undefined;
  readonly registration: Registration;

  constructor(expiresSec?: number) {
    this.registration = new Registration({
      clock: this.clock,
      random: seededRandom(1),
      user: "100",
      instance: "<urn:uuid:1>",
      ...(expiresSec !== undefined && { expiresSec }),
      showsCredentials: () => this.hasCredentials,
      connectFault: () => this.connectFault,
      learnRealms: () => {
        this.realms++;
        return this.hasCredentials = true;
      },
      changed: ({ state }) => this.states.push(state),
      send: (register, answer) => this.sent.push({ ...register, answer, isProven: this.hasCredentials }),
    });
  }

  get last(): Sent {
    return this.sent.at(-1)!;
  }

  answer(
    statusCode: number,
    headers: Readonly<Record<string, string>> = {},
    sequence = this.last.sequence,
  ): void {
    const request = createHeadersRequest("REGISTER", {});
    request.headers.set("CSeq", `${sequence} REGISTER`);
    const response = createResponse(request, statusCode);
    for (const [name, value] of Object.entries(headers)) response.headers.append(name, value);
    const destination = {
      kind: "target",
      target: { transport: "udp", address: { host: "192.0.2.1", port: 5060 } },
    };
    this.last.answer({ kind: "response", response, destination } as RequestOutcome);
  }

  untilMs(): number {
    const { status } = this.registration;
    return status.state === "registered" ? status.untilMs : status.state === "failed" ? status.retryMs : NaN;
  }
}

const CONTACT = '<sip:100@192.0.2.9>;+sip.instance="<urn:uuid:1>";expires=300, <sip:100@192.0.2.8>;expires=9';

Deno.test("registers, refreshes before the end with the same Call-ID and a higher number, signs off", async () => {
  const desk = new Desk();
  desk.registration.start();
  assert.deepEqual([desk.last.expiresSec, desk.last.sequence], [600, 1]);
  desk.answer(200, { Contact: CONTACT });
  assert.deepEqual(desk.states, ["registering", "registered"]);
  assert.equal(desk.untilMs() - desk.clock.now(), 300_000, "our own contact counts, not the other device");
  desk.clock.advance(209_000);
  assert.equal(desk.sent.length, 1);
  desk.clock.advance(62_000);
  assert.equal(desk.sent.length, 2, "between 70 and 90 % of the time");
  assert.equal(desk.last.callId, desk.sent[0]!.callId);
  assert.equal(desk.last.sequence, 2);
  desk.answer(200, { Contact: CONTACT });
  assert.deepEqual(desk.states, ["registering", "registered", "registered"]);
  const stopped = desk.registration.stop();
  assert.equal(desk.last.expiresSec, 0);
  desk.answer(200);
  await stopped;
  assert.equal(desk.registration.status.state, "off");
  desk.clock.advance(1_000_000);
  assert.equal(desk.sent.length, 3, "nothing more once off");
});

Deno.test("credentials are shown after the first challenge, and not twice when they are wrong", () => {
  const desk = new Desk();
  desk.registration.start();
  assert.equal(desk.last.isProven, false);
  desk.answer(401, {}, 1);
  assert.deepEqual([desk.last.isProven, desk.last.sequence], [true, 2]);
  // The endpoint answered a second challenge by itself and used up a number.
  desk.answer(401, {}, 3);
  assert.equal(desk.sent.length, 2);
  const { status } = desk.registration;
  assert.ok(status.state === "failed" && status.reason === "user name or password refused");
  assert.ok(desk.untilMs() - desk.clock.now() >= 600_000, "a wrong password is not tried again soon");
});

Deno.test("a registrar that wants longer times gets them", () => {
  const desk = new Desk(60);
  desk.registration.start();
  desk.answer(423, { "Min-Expires": "120" });
  assert.equal(desk.last.expiresSec, 120);
  desk.answer(423, { "Min-Expires": "120" });
  assert.equal(desk.registration.status.state, "failed", "asked twice for the same it is a fault");
});

Deno.test("silence is met with growing patience and a fresh Call-ID", () => {
  const desk = new Desk();
  desk.registration.start();
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    const { callId } = desk.last;
    desk.last.answer({ kind: "failed", reason: "timeout" });
    const waitMs = desk.untilMs() - desk.clock.now();
    waits.push(waitMs);
    desk.clock.advance(waitMs);
    assert.notEqual(desk.last.callId, callId);
  }
  assert.ok(waits[0]! >= 2500 && waits[0]! <= 5000, `${waits}`);
  assert.ok(waits.every((waitMs) => waitMs <= 300_000));
  assert.ok(waits.at(-1)! >= 150_000, `${waits}`);
  desk.connectFault = "the server's certificate is not believed: expired";
  desk.last.answer({ kind: "failed", reason: "unreachable" });
  const { status } = desk.registration;
  assert.ok(status.state === "failed" && status.reason === desk.connectFault);
});

Deno.test("a lost path is found again at once, other losses are of no interest", () => {
  const desk = new Desk();
  desk.registration.pathLost();
  assert.equal(desk.sent.length, 0);
  desk.registration.start();
  desk.answer(200, { Expires: "600" });
  desk.registration.pathLost();
  desk.clock.advance(500);
  assert.equal(desk.sent.length, 2);
  assert.equal(desk.registration.status.state, "registering");
});

Deno.test("an answer that comes after the stop changes nothing", () => {
  const desk = new Desk();
  desk.registration.start();
  const first = desk.last;
  void desk.registration.stop();
  const request = createHeadersRequest("REGISTER", {});
  const destination = {
    kind: "target",
    target: { transport: "udp", address: { host: "192.0.2.1", port: 5060 } },
  };
  first.answer({ kind: "response", response: createResponse(request, 200), destination } as RequestOutcome);
  assert.equal(desk.registration.status.state, "off");
});

Deno.test("a lifetime that makes no sense is replaced by the one we asked for", () => {
  for (const expires of ["0", "-5", "99999999999", "soon"]) {
    const desk = new Desk();
    desk.registration.start();
    desk.answer(200, { Contact: `<sip:100@192.0.2.9>;+sip.instance="<urn:uuid:1>";expires=${expires}` });
    assert.equal(desk.untilMs() - desk.clock.now(), 600_000, expires);
  }
});
