import assert from "node:assert/strict";
import { parseMessage, type SipRequest } from "../message/mod.ts";
import { reopenAddress, responseAddress, stampReceived, stampSent } from "./top_via.ts";

const SOURCE = { host: "198.51.100.7", port: 40_000 };

function request(...vias: string[]): SipRequest {
  const lines = [
    "OPTIONS sip:a@b SIP/2.0",
    ...vias.map((via) => `Via: ${via}`),
    "From: <sip:a@b>;tag=1",
    "To: <sip:a@b>",
    "Call-ID: 1",
    "CSeq: 1 OPTIONS",
    "Max-Forwards: 70",
    "Content-Length: 0",
  ];
  const parsed = parseMessage(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  assert.ok(parsed.ok && parsed.value.kind === "request");
  return parsed.value;
}

Deno.test("received is always set, rport when asked for or when a NAT stands between", () => {
  const rows: [string, string, string][] = [
    ["asked", "192.0.2.1;rport;branch=z", "192.0.2.1;rport=40000;branch=z;received=198.51.100.7"],
    ["not asked", "198.51.100.7:5062;branch=z", "198.51.100.7:5062;branch=z;received=198.51.100.7"],
    ["a name", "phone.test;branch=z", "phone.test;branch=z;received=198.51.100.7"],
    ["NAT", "192.0.2.1:5062;branch=z", "192.0.2.1:5062;branch=z;received=198.51.100.7;rport=40000"],
    ["forged", "phone.test;received=1.2.3.4;branch=z", "phone.test;received=198.51.100.7;branch=z"],
    ["forged rport", "h.test;rport=1;branch=z", "h.test;rport=40000;branch=z"],
  ];
  for (const [name, via, want] of rows) {
    const message = request(`SIP/2.0/UDP ${via}`);
    stampReceived(message, SOURCE);
    const got = message.headers.get("Via") ?? "";
    assert.ok(got.startsWith(`SIP/2.0/UDP ${want}`), `${name}: ${got}`);
  }
});

Deno.test("only the top Via is touched, also when several stand in one field", () => {
  const message = request(
    "SIP/2.0/UDP one;rport;branch=z1, SIP/2.0/UDP two;branch=z2",
    "SIP/2.0/TCP three;branch=z3",
  );
  stampReceived(message, SOURCE);
  stampSent(message, { host: "192.0.2.9", port: 5061, transport: "tls" });
  assert.deepEqual(message.headers.all("Via").map((via) => via.split(";")[0]), [
    "SIP/2.0/TLS 192.0.2.9:5061",
    "SIP/2.0/UDP two",
    "SIP/2.0/TCP three",
  ]);
});

Deno.test("stamping a sent request twice changes nothing, another path changes all but the branch", () => {
  const message = request("SIP/2.0/UDP placeholder;branch=z9hG4bKx");
  const udp = { host: "192.0.2.9", port: 5060, transport: "udp" } as const;
  stampSent(message, udp);
  const first = message.headers.get("Via");
  assert.equal(first, "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKx;rport");
  stampSent(message, udp);
  assert.equal(message.headers.get("Via"), first);
  stampSent(message, { host: "2001:db8::1", port: 5061, transport: "tls" });
  assert.equal(message.headers.get("Via"), "SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bKx;rport");
});

Deno.test("a response goes to its source, at the port of rport, of sent-by, or 5060", () => {
  const rows: [string, number][] = [
    ["h;rport=40000;branch=z", 40_000],
    ["h:5062;branch=z", 5062],
    ["h;branch=z", 5060],
    ["h;rport=70000;branch=z", 5060],
    ["h;maddr=1.2.3.4;branch=z", 5060],
  ];
  for (const [via, port] of rows) {
    assert.deepEqual(
      responseAddress(request(`SIP/2.0/UDP ${via}`), SOURCE),
      { host: SOURCE.host, port },
      via,
    );
  }
  assert.deepEqual(reopenAddress(request("SIP/2.0/TLS h;branch=z"), SOURCE, true), {
    host: SOURCE.host,
    port: 5061,
  });
});
