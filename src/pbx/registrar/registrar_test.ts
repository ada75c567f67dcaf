import assert from "node:assert/strict";
import { ManualClock, seededRandom, SILENT_LOG } from "../../base/mod.ts";
import { testSettings } from "../../config/mod.ts";
import { answerChallenge, createHa1, ServerDigest } from "../../sip/auth/mod.ts";
import { createResponse, parseMessage, printNameAddr, type SipRequest } from "../../sip/message/mod.ts";
import type { IncomingRequest, Reply } from "../../sip/mod.ts";
import { udpFlow } from "../../sip/transport/mod.ts";
import { Access } from "../access/mod.ts";
import { createDirectory } from "../directory/mod.ts";
import type { PbxEvent, StoredBinding } from "../ports.ts";
import { Bindings } from "./bindings.ts";
import { Registrar } from "./registrar.ts";

const FLOW = udpFlow({ host: "192.0.2.1", port: 5060 }, { host: "192.0.2.50", port: 5070 });
const CONTACT = "Contact: <sip:100@192.0.2.50:5070>";

interface Asked {
  readonly user?: string;
  readonly password?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly sequence?: number;
  readonly lines: readonly string[];
}

/** A registrar for one domain with extensions 100 and 101, and phones that answer its challenges. */
function office(data: { stored?: readonly StoredBinding[] } = {}) {
  const clock = new ManualClock();
  const settings = testSettings({
    domains: [{
      name: "office.example",
      extensions: [{ number: "100", name: "Alice", password: "a", maxDevices: 2 }, {
        number: "101",
        name: "Bob",
        password: "b",
      }],
    }],
  });
  const directory = createDirectory({ settings, createHa1 });
  const events: PbxEvent[] = [];
  const failures: string[] = [];
  const disk = new Map((data.stored ?? []).map((one) => [`${one.extension} ${one.contact}`, one]));
  const bindings = new Bindings({
    clock,
    store: {
      all: () => Promise.resolve([...disk.values()]),
      put: (one) => void disk.set(`${one.extension} ${one.contact}`, one),
      remove: (_domain, extension, contact) => void disk.delete(`${extension} ${contact}`),
      flush: () => Promise.resolve(),
    },
  });
  const access = new Access({
    directory,
    digest: new ServerDigest({ clock, random: seededRandom(3) }),
    guard: {
      failed: ({ proven }, reason) => void failures.push(`${reason}${proven ? " proven" : ""}`),
      succeeded() {},
      challenged() {},
      wasChallenged: () => true,
    },
    events: { emit: (event) => void events.push(event) },
    log: SILENT_LOG,
    algorithms: () => ["MD5"],
  });
  const registrar = new Registrar({
    access,
    bindings,
    clock,
    events: { emit: (event) => void events.push(event) },
    log: SILENT_LOG,
    settings: () => settings.sip.registration,
    isOurselves: (host, port) => host === "192.0.2.1" && port === 5060,
  });
  let sequence = 0;
  const send = (asked: Asked, authorization?: string): Reply & { request: SipRequest } => {
    const { user = "100", to = `sip:${user}@office.example`, callId = "one@phone", lines } = asked;
    const text = [
      "REGISTER sip:office.example SIP/2.0",
      "Via: SIP/2.0/UDP 192.0.2.50:5070;branch=z9hG4bK1",
      `From: <${to}>;tag=f`,
      `To: <${to}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${asked.sequence ?? ++sequence} REGISTER`,
      "Max-Forwards: 70",
      ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
      ...lines,
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n");
    const parsed = parseMessage(new TextEncoder().encode(text));
    assert.ok(parsed.ok && parsed.value.kind === "request", text);
    const request = parsed.value;
    let answer: Reply | undefined;
    const incoming: IncomingRequest = {
      request,
      flow: FLOW,
      reply: (reply) => void (answer ??= reply),
      accept: () => assert.fail("a REGISTER is no session"),
    };
    registrar.handle(incoming);
    assert.ok(answer, "every REGISTER is answered");
    return { ...answer, request };
  };
  /** Registers as a phone does: challenged first, then with the answer. */
  const register = (asked: Asked): Reply => {
    const first = send(asked);
    if (first.statusCode !== 401) return first;
    const response = createResponse(first.request, 401);
    for (const [name, value] of first.headers ?? []) response.headers.append(name, value);
    const { user = "100", password = user === "100" ? "a" : "b" } = asked;
    const answered = answerChallenge({
      response,
      method: "REGISTER",
      uri: "sip:office.example",
      username: user,
      password,
      nonceCount: 1,
      cnonce: "c0ffee",
    });
    assert.ok(answered);
    return send(asked, answered.value);
  };
  return { clock, bindings, registrar, register, send, events, failures, disk };
}

function contactsOf(reply: Reply): string[] {
  return (reply.headers ?? []).filter(([name]) => name === "Contact").map(([, value]) => value);
}

Deno.test("nothing is stored before the digest is right, and a challenge is no failure", () => {
  const { send, bindings, failures } = office();
  assert.equal(send({ lines: [CONTACT] }).statusCode, 401);
  assert.equal(bindings.size, 0);
  assert.deepEqual(failures, []);
});

Deno.test("a wrong password and an unknown user get the same answer", () => {
  const { register, bindings, failures } = office();
  assert.equal(register({ password: "x", lines: [CONTACT] }).statusCode, 403);
  assert.equal(register({ user: "999", password: "x", lines: [CONTACT] }).statusCode, 403);
  assert.deepEqual(failures, ["wrong proven", "wrong proven"]);
  assert.equal(bindings.size, 0);
});

Deno.test("an unknown domain is told so", () => {
  assert.equal(office().register({ to: "sip:100@elsewhere.example", lines: [CONTACT] }).statusCode, 404);
});

Deno.test("nobody registers for somebody else", () => {
  const { register, bindings } = office();
  assert.equal(register({ user: "101", to: "sip:100@office.example", lines: [CONTACT] }).statusCode, 403);
  assert.equal(bindings.size, 0);
});

Deno.test("a registration is confirmed with its time and kept with its path", () => {
  const { register, bindings, events } = office();
  const reply = register({
    lines: [CONTACT, "Expires: 600", "Path: <sip:proxy.example;lr>", "Supported: path"],
  });
  assert.equal(reply.statusCode, 200);
  assert.deepEqual(contactsOf(reply), ["<sip:100@192.0.2.50:5070>;q=1;expires=600"]);
  assert.ok(reply.headers?.some(([name, value]) => name === "Path" && value === "<sip:proxy.example;lr>"));
  const [binding] = bindings.of("office.example", "100");
  assert.equal(binding!.flow!.id, FLOW.id);
  assert.equal(binding!.route.length, 1);
  assert.deepEqual(events.map(({ kind }) => kind), ["registered"]);
});

Deno.test("a path that cannot be read is 400, for a call back would go astray", () => {
  const { register, bindings } = office();
  const reply = register({
    lines: [CONTACT, "Path: <sip:edge.example;lr>, <sip:[broken;lr>", "Supported: path"],
  });
  assert.deepEqual([reply.statusCode, reply.reasonPhrase], [400, "Malformed Path"]);
  assert.equal(bindings.size, 0);
});

Deno.test("the hops of a path are kept and confirmed in their order, over fields and commas (RFC 3327 §5.3)", () => {
  const { register, bindings } = office();
  const hops = ["<sip:p1.example;lr>", "<sip:p2.example;lr>", "<sip:p3.example;lr;ob>"];
  const path = [`Path: ${hops[0]}, ${hops[1]}`, `Path: ${hops[2]}`];
  const reply = register({ lines: [CONTACT, ...path, "Supported: path"] });
  assert.deepEqual(reply.headers?.filter(([name]) => name === "Path").map(([, value]) => value), hops);
  const [binding] = bindings.of("office.example", "100");
  assert.deepEqual(binding!.route.map(printNameAddr), hops);
  assert.deepEqual(binding!.path, hops);
});

Deno.test("too short a time is 423 with the shortest allowed, too long a time is cut", () => {
  const { register } = office();
  const short = register({ lines: [`${CONTACT};expires=5`] });
  assert.equal(short.statusCode, 423);
  assert.ok(short.headers?.some(([name]) => name === "Min-Expires"));
  const long = register({ lines: [`${CONTACT};expires=4000000000`] });
  const granted = Number(/expires=(\d+)/.exec(contactsOf(long)[0]!)![1]);
  assert.ok(granted <= 86_400, String(granted));
});

Deno.test("a refresh keeps the start of the registration, a new device has its own", () => {
  const { register, bindings, clock } = office();
  register({ lines: [CONTACT] });
  const since = clock.now();
  clock.advance(10_000);
  register({ lines: [CONTACT] });
  register({ callId: "two@phone", lines: ["Contact: <sip:100@192.0.2.51:5070>"] });
  const devices = bindings.of("office.example", "100");
  assert.equal(devices.length, 2);
  assert.equal(bindings.registeredSince("office.example", "100"), since);
});

Deno.test("one device more than allowed is refused, and those that are there stay", () => {
  const { register, bindings } = office();
  register({ callId: "1", lines: ["Contact: <sip:100@192.0.2.51>"] });
  register({ callId: "2", lines: ["Contact: <sip:100@192.0.2.52>"] });
  assert.equal(register({ callId: "3", lines: ["Contact: <sip:100@192.0.2.53>"] }).statusCode, 403);
  assert.equal(bindings.size, 2);
});

Deno.test("Contact: * removes all devices, and only with Expires: 0", () => {
  const { register, bindings } = office();
  register({ lines: [CONTACT] });
  assert.equal(register({ lines: ["Contact: *", "Expires: 60"] }).statusCode, 400);
  assert.equal(bindings.size, 1);
  assert.equal(register({ lines: ["Contact: *", "Expires: 0"] }).statusCode, 200);
  assert.equal(bindings.size, 0);
});

Deno.test("an old request arriving late changes nothing", () => {
  const { register, bindings } = office();
  register({ lines: [CONTACT] });
  const { sequence } = bindings.of("office.example", "100")[0]!;
  const late = register({ sequence, lines: [`${CONTACT};expires=0`] });
  assert.equal(late.statusCode, 500);
  assert.equal(bindings.size, 1);
});

Deno.test("contacts at the server itself, at loopback or nowhere are refused", () => {
  const { register, bindings } = office();
  for (const uri of ["sip:100@192.0.2.1:5060", "sip:100@127.0.0.1:9999", "sip:100@0.0.0.0", "tel:100"]) {
    const { statusCode } = register({ lines: [`Contact: <${uri}>`] });
    assert.ok(statusCode === 403 || statusCode === 400, `${uri}: ${statusCode}`);
  }
  assert.equal(bindings.size, 0);
});

Deno.test("what runs out is gone from memory and store", () => {
  const { register, registrar, bindings, clock, disk, events } = office();
  register({ lines: [CONTACT, "Expires: 60"] });
  assert.equal(disk.size, 1);
  clock.advance(61_000);
  registrar.expire();
  assert.equal(bindings.size, 0);
  assert.equal(disk.size, 0);
  assert.deepEqual(events.map(({ kind }) => kind), ["registered", "unregistered"]);
});

Deno.test("a restart finds the way to phones behind UDP again", async () => {
  const before = office();
  before.register({ lines: [CONTACT, "Expires: 600"] });
  const after = office({ stored: [...before.disk.values()] });
  assert.equal(await after.bindings.restore(() => FLOW), 1);
  assert.equal(after.bindings.of("office.example", "100")[0]!.flow!.id, FLOW.id);
});

Deno.test("a device whose connection has gone cannot be reached until it comes back", () => {
  const { register, registrar, bindings } = office();
  register({ lines: [CONTACT] });
  registrar.flowClosed(FLOW);
  const [binding] = bindings.of("office.example", "100");
  assert.equal(binding!.isReachable, false);
  assert.equal(binding!.flow, undefined);
});
