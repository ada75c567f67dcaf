import assert from "node:assert/strict";
import fc from "fast-check";
import { type Network, parseNetwork } from "../../base/mod.ts";
import { type LineSettings, testSettings } from "../../config/mod.ts";
import { type Flow, parseMessage, type SipRequest } from "../../sip/mod.ts";
import { receive, type Recognisable, recognise } from "./incoming.ts";

const DOMAIN_PARTS = {
  name: "office.example",
  extensions: [
    { number: "100", name: "Alice", password: "s3cret-a" },
    { number: "101", name: "Bob", password: "s3cret-b", rejectAnonymous: true },
  ],
  callerNames: [{ number: "4989*", name: "Munich" }],
  callerLists: [{ list: "black", caller: "4966" }, { list: "black", caller: "4977", percent: 50 }],
};

function domain(lines: readonly object[]) {
  return testSettings({ domains: [{ ...DOMAIN_PARTS, lines }] }).domains[0]!;
}

interface Given extends Partial<Recognisable> {
  readonly sources?: readonly string[];
  readonly flowId?: string;
}

function line(settings: object, given: Given = {}): Recognisable {
  const found = domain([settings]).lines[0]!;
  return {
    settings: found,
    contactUser: found.username ?? found.name,
    isSecure: given.isSecure ?? false,
    networks: found.addresses.map((text): Network => parseNetwork(text)!),
    isSource: (host) => found.kind === "register" && (given.sources ?? []).includes(host),
    isOwnFlow: (flow) => flow.id === given.flowId,
  };
}

function peer(name: string, more: object = {}, given: Given = {}): Recognisable {
  return line({ name, kind: "peer", server: "sip:192.0.2.1", ...more }, given);
}

function account(name: string, username: string, more: object = {}, given: Given = {}): Recognisable {
  const fixed = { name, kind: "register", server: "sip:carrier.example", username, password: "line-secret" };
  return line({ ...fixed, ...more }, { sources: ["192.0.2.9"], ...given });
}

function flow(host: string, more: Partial<Flow> = {}): Flow {
  return {
    id: `udp:${host}`,
    transport: "udp",
    local: { host: "192.0.2.100", port: 5060 },
    remote: { host, port: 5060 },
    peerNames: [],
    isOpen: true,
    ...more,
  };
}

function invite(
  more: { uri?: string; to?: string; from?: string; headers?: readonly string[] } = {},
): SipRequest {
  const text = [
    `INVITE ${more.uri ?? "sip:4930123@192.0.2.100"} SIP/2.0`,
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
    `From: ${more.from ?? "<sip:4940555@carrier.example>"};tag=1`,
    `To: ${more.to ?? "<sip:4930123@192.0.2.100>"}`,
    "Call-ID: 1",
    "CSeq: 1 INVITE",
    ...(more.headers ?? []),
    "Content-Length: 0",
    "",
    "",
  ];
  const parsed = parseMessage(new TextEncoder().encode(text.join("\r\n")));
  assert.ok(parsed.ok && parsed.value.kind === "request");
  return parsed.value;
}

const ANY = { incoming: [{ number: "*", to: "100" }] };
const TLS = { transport: "tls" as const };

const PEERS = [
  peer("host", { addresses: ["192.0.2.1"] }),
  peer("net", { addresses: ["198.51.100.0/24", "2001:db8::/32"] }),
  peer("cert", { certificateNames: ["SBC.carrier.example"] }),
  peer("secure", { addresses: ["203.0.113.5"] }, { isSecure: true }),
  peer("nobody", {}),
];

const PEER_ROWS: readonly (readonly [string, Flow, string | undefined])[] = [
  ["its address", flow("192.0.2.1"), "host"],
  ["its address, another port", flow("192.0.2.1", { remote: { host: "192.0.2.1", port: 40_000 } }), "host"],
  ["its address, written as IPv6", flow("::ffff:192.0.2.1"), "host"],
  ["an address of its network", flow("198.51.100.200"), "net"],
  ["an IPv6 address of its network", flow("2001:db8:1::1"), "net"],
  ["the address beside it", flow("192.0.2.2"), undefined],
  ["the network beside it", flow("198.51.101.1"), undefined],
  ["its certificate", flow("203.0.113.9", { ...TLS, peerNames: ["x", "SBC.Carrier.Example"] }), "cert"],
  [
    "a name below its certificate's",
    flow("203.0.113.9", { ...TLS, peerNames: ["a.sbc.carrier.example"] }),
    undefined,
  ],
  ["no certificate", flow("203.0.113.9", TLS), undefined],
  ["a line of TLS over TLS", flow("203.0.113.5", TLS), "secure"],
  ["a line of TLS over UDP", flow("203.0.113.5"), undefined],
];

Deno.test("a peer is known by address or certificate and by nothing else", async (t) => {
  for (const [name, way, expected] of PEER_ROWS) {
    await t.step(name, () => {
      for (const uri of ["sip:4930123@192.0.2.100", "sip:host@192.0.2.1", "sip:nobody@carrier.example"]) {
        const from = "<sip:host@192.0.2.1>";
        assert.equal(recognise(invite({ uri, from }), way, PEERS)?.settings.name, expected);
      }
    });
  }
});

Deno.test("whatever a stranger writes into its INVITE, no peer line takes it", () => {
  const text = fc.stringMatching(/^[a-z0-9.@+]{1,20}$/);
  fc.assert(fc.property(text, text, fc.ipV4(), (user, host, source) => {
    fc.pre(!source.startsWith("192.0.2.1") && !source.startsWith("198.51.100.") && source !== "203.0.113.5");
    const request = invite({
      uri: `sip:u${user.replaceAll("@", "")}@192.0.2.1`,
      from: `"${host}" <sip:host@192.0.2.1>`,
      headers: [`P-Asserted-Identity: <sip:host@192.0.2.1>`, `X-Line: ${host}`],
    });
    assert.equal(recognise(request, flow(source), PEERS), undefined);
  }));
});

const ACCOUNTS = [
  account("first", "4930123", ANY),
  account("second", "4930456", { incoming: [{ number: "49304560", to: "100" }] }, { flowId: "tcp:own" }),
];

const ACCOUNT_ROWS: readonly (readonly [string, Flow, string, string, string | undefined])[] = [
  ["our Contact from its server", flow("192.0.2.9"), "sip:4930456@192.0.2.100", "sip:x@y", "second"],
  ["our Contact from elsewhere", flow("192.0.2.8"), "sip:4930456@192.0.2.100", "sip:x@y", undefined],
  ["a number of its own table", flow("192.0.2.9"), "sip:49304560@192.0.2.100", "sip:x@y", "second"],
  ["the account in To", flow("192.0.2.9"), "sip:07@192.0.2.100", "sip:4930123@carrier.example", "first"],
  [
    "the path of its registration",
    flow("192.0.2.9", { id: "tcp:own", transport: "tcp" }),
    "sip:07@192.0.2.100",
    "sip:07@y",
    "second",
  ],
  ["its server, but nothing that names it", flow("192.0.2.9"), "sip:07@192.0.2.100", "sip:07@y", undefined],
];

Deno.test("accounts at one carrier are told apart by Contact, number, To and path", async (t) => {
  for (const [name, way, uri, to, expected] of ACCOUNT_ROWS) {
    await t.step(name, () => {
      assert.equal(recognise(invite({ uri, to: `<${to}>` }), way, ACCOUNTS)?.settings.name, expected);
    });
  }
});

Deno.test("of two companies behind one carrier the one whose number was called gets the call", () => {
  const lines = [
    peer("wide", { addresses: ["192.0.2.0/24"], incoming: [{ number: "4930*", to: "100" }] }),
    peer("narrow", { addresses: ["192.0.2.1"], incoming: [{ number: "4940*", to: "100" }] }),
  ];
  const nameOf = (number: string) =>
    recognise(invite({ uri: `sip:${number}@x` }), flow("192.0.2.1"), lines)?.settings.name;
  assert.equal(nameOf("4930123"), "wide");
  assert.equal(nameOf("4940123"), "narrow");
  assert.equal(nameOf("4950123"), "narrow", "nobody's number: the closer network");
});

interface Want {
  readonly called?: string;
  readonly to?: string | undefined;
  readonly number?: string;
  readonly name?: string;
  readonly isPrivate?: boolean;
  readonly status?: number;
}

const RECEPTIONS: readonly (readonly [string, object, Parameters<typeof invite>[0], Want])[] = [
  ["From names the caller", {}, {}, { called: "4930123", to: "100", number: "4940555", name: "" }],
  ["with its display name", {}, { from: '"Carol" <sip:4940555@x>' }, { number: "4940555", name: "Carol" }],
  ["separators go, the plus stays", {}, { from: "<sip:+49%20(40)%20555-1@x>" }, { number: "+49405551" }],
  ["parameters of the user part go", {}, { from: "<sip:+4940;npdi;rn=1@x;user=phone>" }, { number: "+4940" }],
  ["a tel: URI", {}, { from: "<tel:+49-40-555>" }, { number: "+4940555" }],
  ["a name stays a name", {}, { from: "<sip:sales.berlin@x>" }, { number: "sales.berlin" }],
  [
    "what the carrier vouches for comes first",
    {},
    { headers: ['P-Asserted-Identity: "Dave" <sip:4940777@x>, <tel:+4940777>'] },
    { number: "4940777", name: "Dave" },
  ],
  [
    "Remote-Party-ID where there is nothing newer",
    {},
    { headers: ["Remote-Party-ID: <sip:4940888@x>;party=calling;privacy=off"] },
    { number: "4940888", isPrivate: false },
  ],
  [
    "Remote-Party-ID of the called side is none",
    {},
    { headers: ["Remote-Party-ID: <sip:4940888@x>;party=called"] },
    { number: "4940555" },
  ],
  ["names kept for numbers win", {}, { from: '"Spam" <sip:498912@x>' }, { name: "Munich" }],
  ["anonymous", {}, { from: '"Anonymous" <sip:anonymous@anonymous.invalid>' }, {
    number: "",
    name: "",
    isPrivate: true,
    to: "100",
  }],
  [
    "anonymous, but known to the carrier",
    {},
    {
      from: "<sip:anonymous@anonymous.invalid>",
      headers: ["P-Asserted-Identity: <sip:4940999@x>", "Privacy: id"],
    },
    { number: "4940999", isPrivate: true, name: "" },
  ],
  [
    "Privacy hides the name",
    {},
    { from: '"Carol" <sip:4940555@x>', headers: ["Privacy: user;id"] },
    { name: "", isPrivate: true },
  ],
  [
    "no anonymous callers for who wants none",
    { incoming: [{ number: "*", to: "101" }] },
    { headers: ["Privacy: id"] },
    { to: undefined, status: 433 },
  ],
  ["known callers for the same", { incoming: [{ number: "*", to: "101" }] }, {}, { to: "101" }],
  ["the black list", {}, { from: "<sip:+4966123@x>" }, { to: undefined, status: 603 }],
  ["the black list knows the anonymous by their carrier's word", {}, {
    from: "<sip:anonymous@anonymous.invalid>",
    headers: ["P-Asserted-Identity: <sip:4966123@x>"],
  }, { to: undefined, status: 603 }],
  ["a share of calls: this one not", {}, { from: "<sip:4977123@x>" }, { to: "100" }],
  ["a number that is not served", { incoming: [{ number: "1", to: "100" }] }, {}, { to: undefined }],
  [
    "the called number in To",
    { calledNumberIn: "to", incoming: [{ number: "4930777", to: "100" }] },
    { to: "<sip:+4930777@x>" },
    { called: "+4930777", to: "100" },
  ],
  ["a called tel: URI", {}, { uri: "tel:+49-30-1" }, { called: "+49301" }],
];

Deno.test("an INVITE from a line is read", async (t) => {
  for (const [name, more, request, want] of RECEPTIONS) {
    await t.step(name, () => {
      const settings: object = { name: "p", kind: "peer", server: "sip:192.0.2.1", ...ANY, ...more };
      const office = domain([settings]);
      const got = receive(invite(request), { settings: office.lines[0] as LineSettings, domain: office }, 75);
      const { called, to, caller, refusal } = got;
      const { number, name, isPrivate } = caller;
      const flat = { called, to, number, name, isPrivate, status: refusal?.statusCode };
      for (const [key, value] of Object.entries(want)) {
        assert.equal(flat[key as keyof typeof flat], value, key);
      }
    });
  }
});

Deno.test("no text of a caller gets through with control characters or without end", () => {
  const office = domain([{ name: "p", kind: "peer", server: "sip:192.0.2.1", ...ANY }]);
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
    const request = invite();
    const user = text.replace(/[\r\n]/g, "");
    const identity = `"${user.replace(/["\\]/g, "\\$&")}" <sip:${encodeURIComponent(user.toWellFormed())}@x>`;
    request.headers.set("P-Asserted-Identity", identity);
    const { caller } = receive(request, { settings: office.lines[0]!, domain: office }, 0);
    assert.match(caller.number, /^[0-9A-Za-z+*#._-]{0,40}$/);
    // deno-lint-ignore no-control-regex
    assert.match(caller.name, /^[^\x00-\x1f\x7f]{0,64}$/);
  }));
});
