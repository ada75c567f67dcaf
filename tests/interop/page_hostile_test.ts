/** Names that would be code if anybody took them for HTML: from phones, strangers and lines, they stay text on every view. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { hasChromium, TestBrowser } from "../support/browser.ts";
import { setUp, VIEWS } from "../support/page_office.ts";
import { TestServer } from "../support/server.ts";

const AVAILABLE = await hasChromium();
if (!AVAILABLE) console.log("skipped: Chromium is not installed (apt-get install chromium)");

const SERVER = "127.0.0.65", PHONE = "127.0.0.66", PEER = "127.0.0.67";
const ORIGIN = `http://${SERVER}:8080`;
const HOSTILE = "<img src=x onerror=window.hit=1>";
const ENCODER = new TextEncoder(), DECODER = new TextDecoder();

/** A sender who writes what nobody should: one UDP socket, lines as they stand. */
class Sender implements Disposable {
  readonly #address: string;
  readonly #socket: Deno.DatagramConn;

  constructor(address: string) {
    this.#address = address;
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: 5060 });
  }

  /** Sends a request, again each half a second as UDP wants it, and gives the final answer to it. */
  async ask(lines: readonly string[]): Promise<string> {
    const again = setInterval(() => void this.tell(lines).catch(() => undefined), 500);
    try {
      await this.tell(lines);
      const cseq = lines.find((line) => line.startsWith("CSeq:"))!;
      for (;;) {
        const text = DECODER.decode((await this.#socket.receive())[0]);
        if (/^SIP\/2\.0 [2-6]/.test(text) && text.includes(cseq)) return text;
      }
    } finally {
      clearInterval(again);
    }
  }

  async tell([first, ...lines]: readonly string[]): Promise<void> {
    const via = `Via: SIP/2.0/UDP ${this.#address}:5060;branch=${branchOf(lines)};rport`;
    const text = [first, via, ...lines, "Content-Length: 0", "", ""].join("\r\n");
    await this.#socket.send(ENCODER.encode(text), { transport: "udp", hostname: SERVER, port: 5060 });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

interface Wish {
  readonly uri: string;
  readonly to: string;
  readonly cseq: number;
  /** Headers more. */
  readonly lines: readonly string[];
}

function request(method: string, { uri, to, cseq, lines }: Wish): string[] {
  // An ACK belongs to the INVITE that was refused.
  const of = method === "ACK" ? "INVITE" : method;
  return [
    `${method} ${uri} SIP/2.0`,
    "Max-Forwards: 70",
    `To: ${to}`,
    `Call-ID: hostile-${of}`,
    `CSeq: ${cseq} ${method}`,
    `User-Agent: ${HOSTILE}`,
    ...lines,
  ];
}

/** One transaction for each CSeq; an ACK belongs to that of its INVITE. */
function branchOf(lines: readonly string[]): string {
  const cseq = lines.find((line) => line.startsWith("CSeq:"))!;
  return `z9hG4bK-${cseq.slice(6).replace("ACK", "INVITE").replace(" ", "-")}`;
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/** Registers 100 with a device whose name for itself is code. */
async function register(sender: Sender): Promise<void> {
  const uri = "sip:office.example";
  const lines = [
    `From: "${HOSTILE}" <sip:100@office.example>;tag=r`,
    `Contact: "${HOSTILE}" <sip:100@${PHONE}:5060>;expires=600`,
  ];
  const to = "<sip:100@office.example>";
  const challenge = await sender.ask(request("REGISTER", { uri, to, cseq: 1, lines }));
  const nonce = /nonce="([^"]+)"/.exec(challenge)![1]!;
  const answer = md5(
    `${md5("100:office.example:secret-100")}:${nonce}:00000001:c:auth:${md5(`REGISTER:${uri}`)}`,
  );
  const proof =
    `Authorization: Digest username="100", realm="office.example", nonce="${nonce}", uri="${uri}", ` +
    `response="${answer}", cnonce="c", qop=auth, nc=00000001, algorithm=MD5`;
  const answered = await sender.ask(request("REGISTER", { uri, to, cseq: 2, lines: [...lines, proof] }));
  assert.match(answered, /^SIP\/2\.0 200/);
}

/** Calls a number of the office over the line that is trusted by address, and one with a wrong name. */
async function call(sender: Sender): Promise<void> {
  const lines = [
    `From: "${HOSTILE}" <sip:%3Cimg%20src=x%3E@${PEER}>;tag=i`,
    `Contact: <sip:${PEER}>`,
  ];
  const wish: Wish = { uri: `sip:101@${SERVER}`, to: `<sip:101@${SERVER}>`, cseq: 1, lines };
  const refusal = await sender.ask(request("INVITE", wish));
  assert.match(refusal, /^SIP\/2\.0 [45]/, "101 is not registered");
  await sender.tell(request("ACK", { ...wish, to: /^To: (.*)\r$/m.exec(refusal)![1]! }));
}

/** Guesses a password for a user whose name is code: a line of the log. */
async function guess(sender: Sender): Promise<void> {
  const proof = `Authorization: Digest username="${HOSTILE}", realm="office.example", nonce="n", ` +
    'uri="sip:office.example", response="0123456789abcdef0123456789abcdef"';
  const lines = ["From: <sip:100@office.example>;tag=g", `Contact: <sip:100@${PHONE}>`, proof];
  await sender.ask(
    request("REGISTER", { uri: "sip:office.example", to: "<sip:100@office.example>", cseq: 9, lines }),
  );
}

Deno.test({
  name: "names from the network and from people are text on every view, never code",
  ignore: !AVAILABLE,
  async fn() {
    await using server = await TestServer.start({
      address: SERVER,
      mediaPorts: "38400-38499",
      extensions: [
        { number: "100", name: HOSTILE, password: "secret-100" },
        { number: "101", name: "Bob", password: "secret-101" },
      ],
      office: {
        huntGroups: [{ number: "600", name: HOSTILE, members: [{ extension: "100", order: 1 }] }],
        rooms: [{ number: "800", name: HOSTILE }],
        lines: [{
          name: "peer",
          kind: "peer",
          server: `sip:${PEER}`,
          addresses: [PEER],
          optionsSeconds: 0,
          incoming: [{ number: "*", to: "101" }],
        }],
      },
    });
    using phone = new Sender(PHONE), peer = new Sender(PEER);
    await register(phone);
    await call(peer);
    await guess(phone);
    await using browser = await TestBrowser.start();
    await using visit = await browser.visit({ origin: ORIGIN });
    const { page } = visit;
    await setUp(visit, server);

    await visit.go("/calls/past");
    const link = page.getByRole("row").filter({ hasText: HOSTILE }).getByRole("link");
    const path = (await link.getAttribute("href"))!;
    const texts = new Map<string, string>();
    for (
      const [name, view] of [
        ...VIEWS,
        ["call", path] as const,
        ["device", "/extensions/office.example/100"] as const,
      ]
    ) {
      await visit.go(view);
      for (const arrow of await page.locator(".ladder .arrow").all()) await arrow.click();
      texts.set(name, await page.locator("main").innerText());
      assert.equal(await page.evaluate("window.hit"), undefined, name);
      assert.equal(await page.locator("img").count(), 0, name);
      assert.equal(await page.locator("script").count(), 1, name);
    }
    // It was there to be shown, and was shown as it came.
    for (const name of ["past", "extensions", "groups", "rooms", "call", "device", "overview"]) {
      assert.ok(texts.get(name)!.includes(HOSTILE), `${name}: ${texts.get(name)}`);
    }
    assert.deepEqual(visit.foreign, []);
    assert.deepEqual(visit.faults, []);
  },
});
