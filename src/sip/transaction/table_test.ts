/** The table at work: times on a manual clock, random inputs, and that nothing is left behind. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ManualClock, seededRandom, SILENT_LOG } from "../../base/mod.ts";
import {
  createRequest,
  createResponse,
  cseq,
  type NameAddr,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from "../message/mod.ts";
import type { Destination, Flow, SendFault } from "../transport/mod.ts";
import type { ClientTransaction, ClientUser } from "./client_transaction.ts";
import type { ServerTransaction } from "./server_transaction.ts";
import { TransactionTable } from "./table.ts";

const LOCAL = { host: "10.0.0.1", port: 5060 };
const REMOTE = { host: "10.0.0.2", port: 5060 };

function flow(transport: "udp" | "tcp"): Flow {
  return { id: `${transport}-flow`, transport, local: LOCAL, remote: REMOTE, peerNames: [], isOpen: true };
}

const ALICE: NameAddr = {
  uri: { scheme: "sip", user: "alice", host: "example.com", params: new Map(), headers: new Map() },
  params: new Map([["tag", "a"]]),
};

function newRequest(method: string, sequence = 1): SipRequest {
  const { uri } = ALICE;
  return createRequest({
    method,
    requestUri: uri,
    from: ALICE,
    to: { uri, params: new Map() },
    callId: "c",
    sequence,
  });
}

/** A table whose messages go nowhere but into a list with their times. */
class Bench implements ClientUser {
  readonly clock = new ManualClock(0);
  readonly sent: { atMs: number; name: string; message: SipMessage; onFault: (fault: SendFault) => void }[] =
    [];
  readonly heard: string[] = [];
  readonly incoming: ServerTransaction[] = [];
  readonly requests: SipRequest[] = [];
  readonly table: TransactionTable;

  constructor() {
    this.table = new TransactionTable({
      sender: {
        send: (message, _destination, onFault) => {
          this.sent.push({ atMs: this.clock.now(), name: nameOf(message), message, onFault });
        },
      },
      clock: this.clock,
      random: seededRandom(7),
      log: SILENT_LOG,
      user: {
        incoming: ({ request, transaction }) => {
          this.requests.push(request);
          this.incoming.push(transaction);
        },
        acknowledged: () => this.heard.push("ACK for a 2xx"),
      },
    });
  }

  response(response: SipResponse): void {
    this.heard.push(nameOf(response));
  }

  failed(reason: string): void {
    this.heard.push(`failed ${reason}`);
  }

  send(method: string, transport: "udp" | "tcp"): ClientTransaction {
    const destination: Destination = { kind: "flow", flow: flow(transport) };
    return this.table.send(newRequest(method), destination, this);
  }

  times(name: string): number[] {
    return this.sent.filter((entry) => entry.name === name).map((entry) => entry.atMs);
  }

  assertEmpty(): void {
    assert.deepEqual(this.table.counts(), { clientTransactions: 0, serverTransactions: 0 });
    assert.equal(this.clock.pending, 0);
  }
}

function nameOf(message: SipMessage): string {
  return message.kind === "request" ? message.method : `${message.statusCode} ${cseq(message).method}`;
}

/** A request as it comes in from the network. */
function received(method: string, branch = "z9hG4bKin", sequence = 1): SipRequest {
  const request = newRequest(method, sequence);
  request.headers.prepend("Via", `SIP/2.0/UDP 10.0.0.2:5060;branch=${branch};rport=5060;received=10.0.0.2`);
  return request;
}

Deno.test("over UDP an unanswered INVITE goes out seven times in 32 s (RFC 3261 §17.1.1.2)", () => {
  const bench = new Bench();
  bench.send("INVITE", "udp");
  bench.clock.advance(40_000);
  assert.deepEqual(bench.times("INVITE"), [0, 500, 1500, 3500, 7500, 15_500, 31_500]);
  assert.deepEqual(bench.heard, ["failed timeout"]);
  bench.assertEmpty();
});

Deno.test("over UDP any other unanswered request goes out eleven times in 32 s (RFC 3261 §17.1.2.2)", () => {
  const bench = new Bench();
  bench.send("OPTIONS", "udp");
  bench.clock.advance(40_000);
  assert.deepEqual(
    bench.times("OPTIONS"),
    [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
  );
  assert.deepEqual(bench.heard, ["failed timeout"]);
  bench.assertEmpty();
});

Deno.test("over a connection nothing is repeated", () => {
  const bench = new Bench();
  bench.send("INVITE", "tcp");
  bench.send("OPTIONS", "tcp");
  bench.clock.advance(40_000);
  assert.equal(bench.sent.length, 2);
  assert.deepEqual(bench.heard, ["failed timeout", "failed timeout"]);
  bench.assertEmpty();
});

Deno.test("a refusal is repeated by timer G until the ACK, and given up by timer H", () => {
  const bench = new Bench();
  const invite = received("INVITE");
  bench.table.receive(invite, flow("udp"));
  bench.incoming[0]?.respond(createResponse(invite, 486, undefined, { toTag: "b" }));
  bench.clock.advance(40_000);
  assert.deepEqual(
    bench.times("486 INVITE"),
    [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
  );
  bench.assertEmpty();
  const again = received("INVITE", "z9hG4bKagain", 2);
  bench.table.receive(again, flow("udp"));
  bench.incoming[1]?.respond(createResponse(again, 486, undefined, { toTag: "b" }));
  bench.table.receive(received("ACK", "z9hG4bKagain", 2), flow("udp"));
  const count = bench.sent.length;
  bench.clock.advance(40_000);
  assert.equal(bench.sent.length, count);
  bench.assertEmpty();
});

Deno.test("an answered request that comes again gets the same answer, byte for byte, for 32 s", () => {
  const bench = new Bench();
  const options = received("OPTIONS");
  bench.table.receive(options, flow("udp"));
  const response = createResponse(options, 200, undefined, { toTag: "b" });
  response.headers.append("X-Proof", "kept");
  bench.incoming[0]?.respond(response);
  bench.clock.advance(31_000);
  bench.table.receive(received("OPTIONS"), flow("udp"));
  assert.equal(bench.incoming.length, 1);
  assert.deepEqual(bench.times("200 OPTIONS"), [0, 31_000]);
  const repeated = bench.sent.at(-1)?.message;
  assert.deepEqual([...repeated?.headers ?? []].slice(0, -1), [...response.headers]);
  bench.clock.advance(2000);
  bench.assertEmpty();
});

Deno.test("a connection that closes fails what nobody has answered yet, and nothing else", () => {
  const bench = new Bench();
  const open = flow("tcp");
  const destination: Destination = { kind: "flow", flow: open };
  bench.table.send(newRequest("OPTIONS"), destination, bench);
  const invite = bench.table.send(newRequest("INVITE"), destination, bench);
  bench.table.receive(createResponse(invite.request!, 180, undefined, { toTag: "b" }), open);
  bench.table.flowClosed(open);
  assert.deepEqual(bench.heard, ["180 INVITE", "failed fault"]);
  assert.equal(invite.stateName, "proceeding");
});

Deno.test("RFC 6026: every 2xx reaches the user, an ACK with the INVITE's branch as well", () => {
  const bench = new Bench();
  const transaction = bench.send("INVITE", "udp");
  const request = transaction.request!;
  for (const toTag of ["one", "two", "one"]) {
    bench.table.receive(createResponse(request, 200, undefined, { toTag }), flow("udp"));
  }
  assert.deepEqual(bench.heard, ["200 INVITE", "200 INVITE", "200 INVITE"]);
  const invite = received("INVITE");
  bench.table.receive(invite, flow("udp"));
  bench.incoming[0]?.respond(createResponse(invite, 200, undefined, { toTag: "b" }));
  bench.table.receive(received("ACK"), flow("udp"));
  assert.equal(bench.heard.at(-1), "ACK for a 2xx");
  bench.clock.advance(33_000);
  bench.assertEmpty();
});

const METHODS = ["INVITE", "OPTIONS", "BYE", "CANCEL", "ACK"] as const;

const input = fc.oneof(
  fc.record({
    kind: fc.constant("send" as const),
    method: fc.constantFrom("INVITE", "OPTIONS"),
    transport: fc.constantFrom("udp" as const, "tcp" as const),
  }),
  fc.record({
    kind: fc.constant("receive" as const),
    method: fc.constantFrom(...METHODS),
    branch: fc.nat(3),
  }),
  fc.record({
    kind: fc.constant("respond" as const),
    to: fc.nat(5),
    statusCode: fc.constantFrom(100, 180, 200, 404),
  }),
  fc.record({
    kind: fc.constant("answer" as const),
    to: fc.nat(5),
    statusCode: fc.constantFrom(100, 180, 200, 486),
  }),
  fc.record({ kind: fc.constant("fault" as const), of: fc.nat(8) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(10, 500, 5000, 33_000) }),
);

Deno.test("whatever comes in whatever order, nothing throws, everything ends, no timer is left", () => {
  fc.assert(
    fc.property(fc.array(input, { maxLength: 40 }), (inputs) => {
      const bench = new Bench();
      const requests: SipRequest[] = [];
      for (const each of inputs) {
        if (each.kind === "send") requests.push(bench.send(each.method, each.transport).request!);
        else if (each.kind === "receive") {
          bench.table.receive(received(each.method, `z9hG4bK${each.branch}`), flow("udp"));
        } else if (each.kind === "respond") {
          const request = bench.requests[each.to];
          if (request) bench.incoming[each.to]?.respond(createResponse(request, each.statusCode));
        } else if (each.kind === "answer") {
          const request = requests[each.to];
          if (request) bench.table.receive(createResponse(request, each.statusCode), flow("udp"));
        } else if (each.kind === "fault") bench.sent[each.of]?.onFault("connection failed");
        else bench.clock.advance(each.ms);
      }
      // Requests the user never answered wait for the user alone.
      for (const [index, transaction] of bench.incoming.entries()) {
        transaction.respond(createResponse(bench.requests[index]!, 500));
      }
      for (const request of requests) {
        bench.table.receive(createResponse(request, 500), flow("udp"));
      }
      bench.clock.advance(70_000);
      bench.assertEmpty();
    }),
    { numRuns: 500 },
  );
});
