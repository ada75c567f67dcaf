import assert from "node:assert/strict";
import { type LineSettings, testSettings } from "../../config/mod.ts";
import { printNameAddr, printUri } from "../../sip/mod.ts";
import type { Diversion } from "../call/mod.ts";
import { lineAddresses } from "./addresses.ts";
import { type OutgoingCall, outgoingTarget } from "./outgoing.ts";
import { defaultRealms } from "./realms.ts";

const EXTENSIONS = [{ number: "100", name: "Alice", password: "s3cret-a" }];

function lineOf(more: object): LineSettings {
  const merged = {
    name: "carrier",
    kind: "register",
    server: "sip:sip.carrier.example",
    username: "4930123",
    password: "line-secret",
    ...more,
  };
  // What is undefined is left out, as in a file.
  const line = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
  return testSettings({ domains: [{ name: "office.example", extensions: EXTENSIONS, lines: [line] }] })
    .domains[0]!.lines[0]!;
}

const PEER = { kind: "peer", username: undefined, password: undefined };
const ALICE = { domain: "office.example", number: "100", name: "Alice", isPrivate: false };

interface Wish {
  readonly line?: object;
  readonly number?: string;
  readonly callerNumber?: string;
  readonly caller?: Partial<OutgoingCall["caller"]>;
  readonly diversions?: readonly Diversion[];
}

function target({ line = {}, number = "+49401", callerNumber, caller, diversions = [] }: Wish) {
  const settings = lineOf(line);
  return outgoingTarget({
    settings,
    addresses: lineAddresses(settings)!,
    way: { line: "carrier", number, ...(callerNumber !== undefined && { callerNumber }) },
    call: { caller: { ...ALICE, ...caller }, diversions },
    route: { kind: "destinations", destinations: [] },
    routeSet: [],
    isSecurePath: false,
    attemptMs: 3000,
  });
}

/** The lines that a carrier sees: Request-URI, To, From, and what is said of identity and diversion. */
function seen(wish: Wish): string[] {
  const { requestUri, to, from, headers } = target(wish);
  const told = headers.filter(([name]) => name !== "Max-Forwards").map(([name, value]) =>
    `${name}: ${value}`
  );
  return [printUri(requestUri), printNameAddr(to), printNameAddr(from), ...told];
}

const AT = "@sip.carrier.example";
const ACCOUNT = `<sip:4930123${AT}>`;
const CALLED = [`sip:+49401${AT}`, `<sip:+49401${AT}>`];

const ROWS: readonly (readonly [string, Wish, readonly string[]])[] = [
  ["the account is shown where nothing else is wished", {}, [...CALLED, ACCOUNT]],
  [
    "the line's number before the account",
    { line: { outgoing: { callerNumber: "4930555" } } },
    [...CALLED, `<sip:4930555${AT}>`],
  ],
  [
    "the extension's own number before the line's",
    { line: { outgoing: { callerNumber: "4930555" } }, callerNumber: "4930777" },
    [...CALLED, `<sip:4930777${AT}>`],
  ],
  [
    "P-Asserted-Identity beside the account",
    { line: { identity: "pai" }, callerNumber: "4930777" },
    [...CALLED, ACCOUNT, `P-Asserted-Identity: <sip:4930777${AT}>`],
  ],
  [
    "Remote-Party-ID beside the account",
    { line: { identity: "rpid" }, callerNumber: "4930777" },
    [
      ...CALLED,
      ACCOUNT,
      `Remote-Party-ID: <sip:4930777${AT}>;party=calling;screen=yes;privacy=off`,
    ],
  ],
  [
    "an anonymous caller is known to the carrier alone",
    { callerNumber: "4930777", caller: { isPrivate: true } },
    [
      ...CALLED,
      '"Anonymous" <sip:anonymous@anonymous.invalid>',
      `P-Asserted-Identity: <sip:4930777${AT}>`,
      "Privacy: id",
    ],
  ],
  [
    "the same in the older way",
    { line: { identity: "rpid" }, caller: { isPrivate: true } },
    [
      ...CALLED,
      '"Anonymous" <sip:anonymous@anonymous.invalid>',
      `Remote-Party-ID: ${ACCOUNT};party=calling;screen=yes;privacy=full`,
      "Privacy: id",
    ],
  ],
  [
    "a peer with no number of its own sees the extension",
    { line: PEER },
    [...CALLED, `"Alice" <sip:100${AT}>`],
  ],
  [
    "parameters on the Request-URI and nowhere else",
    { line: { requestUriParameters: ";user=phone;x" } },
    [`sip:+49401${AT};user=phone;x`, `<sip:+49401${AT}>`, ACCOUNT],
  ],
  ["tel: of a global number", { line: { useTelUri: true } }, ["tel:+49401", "<tel:+49401>", ACCOUNT]],
  [
    "tel: of a local number says where it means something",
    { line: { useTelUri: true, requestUriParameters: "user=phone;x=1" }, number: "0401" },
    [
      "tel:0401;phone-context=sip.carrier.example;x=1",
      "<tel:0401;phone-context=sip.carrier.example>",
      ACCOUNT,
    ],
  ],
  [
    "the port of the server stands in the addresses, its transport does not",
    { line: { server: "sip:192.0.2.7:5080;transport=tcp" }, number: "1" },
    ["sip:1@192.0.2.7:5080", "<sip:1@192.0.2.7:5080>", "<sip:4930123@192.0.2.7:5080>"],
  ],
  [
    "an account with a domain of its own",
    { line: { username: "4930123@ims.carrier.example" } },
    [...CALLED, "<sip:4930123@ims.carrier.example>"],
  ],
  [
    "one diversion, by the number outside",
    {
      callerNumber: "4930777",
      diversions: [
        { from: "100", to: "101", reason: "user-busy" },
        { from: "101", to: "949401", reason: "no-answer" },
      ],
    },
    [...CALLED, `<sip:4930777${AT}>`, `Diversion: <sip:4930777${AT}>;reason=no-answer;counter=2`],
  ],
];

Deno.test("a call to the outside is addressed as the carrier wants it", async (t) => {
  for (const [name, wish, expected] of ROWS) {
    await t.step(name, () => assert.deepEqual(seen(wish), expected));
  }
});

Deno.test("a carrier never sees a name, a domain or an extension of the house", () => {
  for (const identity of ["from", "pai", "rpid"]) {
    for (const isPrivate of [false, true]) {
      const lines = seen({
        line: { identity, outgoing: { callerNumber: "4930555" } },
        caller: { isPrivate },
        diversions: [{ from: "100", to: "949401", reason: "unconditional" }],
      });
      for (const line of lines) assert.doesNotMatch(line, /Alice|office\.example|sip:100@/);
    }
  }
});

Deno.test("a line's codecs come in its order, events stay", () => {
  const { codecs } = target({ line: { codecs: ["PCMU", "pcma"] } });
  const formats = ["g722", "pcma", "pcmu", "telephone-event"].map((encoding, payloadType) => ({
    payloadType,
    encoding,
    clockRate: 8000,
    channels: 1,
  }));
  assert.deepEqual(codecs!(formats).map(({ encoding }) => encoding), ["pcmu", "pcma", "telephone-event"]);
});

const ADDRESSES: readonly (readonly [string, object, Record<string, unknown>])[] = [
  ["a plain server", {}, { nextHop: "sip:sip.carrier.example", isSecure: false, contactUser: "4930123" }],
  ["TLS by the URI", { server: "sip:sip.carrier.example;transport=TLS" }, { isSecure: true }],
  ["TLS by the scheme", { server: "sips:sip.carrier.example" }, {
    isSecure: true,
    registrar: "sip:sip.carrier.example",
  }],
  ["TLS by the line", { transport: "tls" }, {
    isSecure: true,
    nextHop: "sip:sip.carrier.example;transport=tls",
    registrar: "sip:sip.carrier.example",
  }],
  ["a proxy in between", { outboundProxy: "sip:edge.carrier.example", transport: "tcp" }, {
    nextHop: "sip:edge.carrier.example;transport=tcp",
    registrar: "sip:sip.carrier.example",
    isSecure: false,
  }],
  ["a peer without a user name", PEER, { contactUser: "carrier" }],
];

Deno.test("where a line is follows from its settings", async (t) => {
  for (const [name, more, want] of ADDRESSES) {
    await t.step(name, () => {
      const { nextHop, registrar, isSecure, contactUser } = lineAddresses(lineOf(more))!;
      const got = { nextHop: printUri(nextHop), registrar: printUri(registrar), isSecure, contactUser };
      for (const [key, value] of Object.entries(want)) assert.equal(got[key as keyof typeof got], value, key);
    });
  }
});

Deno.test("a server that is no SIP URI makes no line", () => {
  const settings = lineOf({});
  assert.equal(lineAddresses({ ...settings, server: "mailto:x@y" }), undefined);
  assert.equal(lineAddresses({ ...settings, outboundProxy: "nonsense" }), undefined);
});

Deno.test("a carrier's realms are its names and the domains above them, never a whole top-level domain", () => {
  const realmsOf = (server: string) => defaultRealms(lineAddresses(lineOf({ server }))!);
  assert.deepEqual(realmsOf("sip:a.sip.carrier.example"), [
    "a.sip.carrier.example",
    "sip.carrier.example",
    "carrier.example",
  ]);
  assert.deepEqual(realmsOf("sip:192.0.2.7"), ["192.0.2.7"]);
  assert.deepEqual(realmsOf("sip:pbx"), ["pbx"]);
});
