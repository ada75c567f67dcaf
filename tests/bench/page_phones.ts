/**
 * Two thousand telephones on one UDP socket, for the load under which the page is measured: they register with digest,
 * call one another with digest, answer at once, and speak a little (a packet every `RTP_MS`) so that every side of every
 * call is measured. No retransmissions: the network is loopback.
 */

import { createHash } from "node:crypto";

/** A fifth of a second of G.711: what counts here is that calls are measured, not how many packets go by. */
const RTP_MS = 200;
const DECODER = new TextDecoder(), ENCODER = new TextEncoder();

export interface PagePhonesOptions {
  readonly server: string;
  readonly address: string;
  readonly domain: string;
  readonly password: (number: string) => string;
}

interface Leg {
  readonly callId: string;
  readonly port: number;
  sequence: number;
}

interface Placed {
  readonly bye: () => Promise<void>;
  readonly callId: string;
}

export class PagePhones implements AsyncDisposable {
  readonly #options: PagePhonesOptions;
  readonly #sip: Deno.DatagramConn;
  readonly #rtp: Deno.DatagramConn;
  readonly #answers = new Map<string, (text: string) => void>();
  readonly #legs = new Map<string, Leg>();
  readonly #placed: Placed[] = [];
  readonly #serving: Promise<void>;
  #next = 1;
  #isOpen = true;

  constructor(options: PagePhonesOptions) {
    this.#options = options;
    const place = { transport: "udp", hostname: options.address } as const;
    this.#sip = Deno.listenDatagram({ ...place, port: 5070 });
    this.#rtp = Deno.listenDatagram({ ...place, port: 40_000 });
    this.#serving = Promise.all([this.#serve(), this.#speak(), this.#listen()]).then(() => undefined);
  }

  /** Calls that go on, seen from here. */
  get calls(): number {
    return this.#placed.length;
  }

  async register(number: string): Promise<void> {
    const { domain, address } = this.#options;
    const from = `<sip:${number}@${domain}>`;
    await this.#askProven("REGISTER", {
      uri: `sip:${domain}`,
      number,
      headers: [
        `From: ${from};tag=${number}`,
        `To: ${from}`,
        `Contact: <sip:${number}@${address}:5070>;expires=3600`,
      ],
    });
  }

  /** Places a call that lasts until {@linkcode end}. */
  async call(number: string, to: string): Promise<void> {
    const { domain, address } = this.#options;
    const headers = [
      `From: <sip:${number}@${domain}>;tag=${number}-${this.#next}`,
      `Contact: <sip:${number}@${address}:5070>`,
    ];
    const uri = `sip:${to}@${domain}`;
    const { text, callId, cseq } = await this.#askProven("INVITE", {
      uri,
      number,
      headers: [...headers, `To: <${uri}>`],
      body: this.#sdp(),
    });
    const dialog = [...headers, `To: ${header(text, "To")}`];
    const target = /<([^>]+)>/.exec(header(text, "Contact"))![1]!;
    await this.#send(request("ACK", { uri: target, callId, cseq, branch: `ack-${callId}`, headers: dialog }));
    this.#join(`${callId}-caller`, text);
    this.#placed.push({
      callId,
      bye: async () => {
        this.#legs.delete(`${callId}-caller`);
        await this.#ask(
          request("BYE", { uri: target, callId, cseq: cseq + 1, branch: `bye-${callId}`, headers: dialog }),
        );
      },
    });
  }

  /** Ends the call that lasts longest. */
  async end(): Promise<void> {
    await this.#placed.shift()?.bye();
  }

  async #askProven(method: "REGISTER" | "INVITE", wish: {
    readonly uri: string;
    readonly number: string;
    readonly headers: readonly string[];
    readonly body?: string;
  }): Promise<{ text: string; callId: string; cseq: number }> {
    const { uri, number, headers, body = "" } = wish;
    const callId = `load-${this.#next++}`;
    const common = { uri, callId, body };
    const challenge = await this.#ask(
      request(method, { ...common, cseq: 1, branch: `${callId}-1`, headers }),
    );
    if (method === "INVITE") {
      const refused = headers.map((line) => line.startsWith("To:") ? `To: ${header(challenge, "To")}` : line);
      await this.#send(request("ACK", { uri, callId, cseq: 1, branch: `${callId}-1`, headers: refused }));
    }
    const proof = this.#prove(challenge, { method, uri, number });
    const text = await this.#ask(
      request(method, { ...common, cseq: 2, branch: `${callId}-2`, headers: [...headers, proof] }),
    );
    if (!text.startsWith("SIP/2.0 200")) {
      throw new Error(`${method} of ${number}: ${text.split("\r\n", 1)[0]}`);
    }
    return { text, callId, cseq: 2 };
  }

  #prove(
    challenge: string,
    { method, uri, number }: { method: string; uri: string; number: string },
  ): string {
    const { domain, password } = this.#options;
    const nonce = /nonce="([^"]+)"/.exec(challenge)![1]!;
    const ha1 = md5(`${number}:${domain}:${password(number)}`);
    const response = md5(`${ha1}:${nonce}:00000001:c:auth:${md5(`${method}:${uri}`)}`);
    return `Authorization: Digest username="${number}", realm="${domain}", nonce="${nonce}", uri="${uri}", ` +
      `response="${response}", cnonce="c", qop=auth, nc=00000001, algorithm=MD5`;
  }

  /** The final answer, by the branch of the request. */
  #ask(text: string): Promise<string> {
    const branch = branchOf(text);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No answer to ${text.split("\r\n", 1)[0]}`)), 10_000);
      this.#answers.set(branch, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#send(text).catch(reject);
    });
  }

  async #send(text: string): Promise<void> {
    // One socket speaks for all: its address stands in every Via.
    const bytes = ENCODER.encode(text.replace("@HERE", `${this.#options.address}:5070`));
    await this.#sip.send(bytes, { transport: "udp", hostname: this.#options.server, port: 5060 });
  }

  async #serve(): Promise<void> {
    for await (const [bytes] of this.#sip) {
      const text = DECODER.decode(bytes);
      if (text.startsWith("SIP/2.0 1")) continue;
      if (text.startsWith("SIP/2.0")) {
        const branch = branchOf(text);
        this.#answers.get(branch)?.(text);
        this.#answers.delete(branch);
      } else await this.#answer(text);
    }
  }

  async #answer(text: string): Promise<void> {
    const method = text.slice(0, text.indexOf(" ")), callId = header(text, "Call-ID");
    if (method === "ACK") return;
    if (method === "INVITE") this.#join(`${callId}-called`, text);
    if (method === "BYE" || method === "CANCEL") this.#legs.delete(`${callId}-called`);
    const kept = text.split("\r\n").filter((line) => /^(?:Via|From|Call-ID|CSeq|Record-Route):/i.test(line));
    const to = header(text, "To");
    const body = method === "INVITE" ? this.#sdp() : "";
    await this.#send(
      [
        "SIP/2.0 200 OK",
        ...kept,
        `To: ${to.includes(";tag=") ? to : `${to};tag=called`}`,
        `Contact: <sip:called@${this.#options.address}:5070>`,
        "User-Agent: load",
        ...(body === "" ? [] : ["Content-Type: application/sdp"]),
        `Content-Length: ${body.length}`,
        "",
        body,
      ].join("\r\n"),
    );
  }

  /** Remembers where this side of a call is to be spoken to. */
  #join(key: string, text: string): void {
    const port = Number(/^m=audio (\d+)/m.exec(text)?.[1] ?? 0);
    if (port > 0) this.#legs.set(key, { callId: key, port, sequence: 0 });
  }

  async #speak(): Promise<void> {
    const packet = new Uint8Array(12 + 160).fill(0xd5), view = new DataView(packet.buffer);
    while (this.#isOpen) {
      let ssrc = 1;
      for (const leg of this.#legs.values()) {
        leg.sequence++;
        view.setUint16(0, 0x8008);
        view.setUint16(2, leg.sequence & 0xffff);
        view.setUint32(4, leg.sequence * 8 * RTP_MS);
        view.setUint32(8, ssrc++);
        await this.#rtp.send(packet, { transport: "udp", hostname: this.#options.server, port: leg.port })
          .catch(() => undefined);
      }
      await new Promise((resolve) => setTimeout(resolve, RTP_MS));
    }
  }

  /** What is heard is thrown away. */
  async #listen(): Promise<void> {
    for await (const _ of this.#rtp);
  }

  #sdp(): string {
    const { address } = this.#options;
    const lines = [
      "v=0",
      `o=- 1 1 IN IP4 ${address}`,
      "s=-",
      `c=IN IP4 ${address}`,
      "t=0 0",
      "m=audio 40000 RTP/AVP 8",
    ];
    return [...lines, ""].join("\r\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false;
    this.#sip.close();
    this.#rtp.close();
    await this.#serving.catch(() => undefined);
  }
}

function request(method: string, wish: {
  readonly uri: string;
  readonly callId: string;
  readonly cseq: number;
  readonly branch: string;
  readonly headers: readonly string[];
  readonly body?: string;
}): string {
  const { uri, callId, cseq, branch, headers, body = "" } = wish;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP @HERE;branch=z9hG4bK-${branch};rport`,
    "Max-Forwards: 70",
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...headers,
    "User-Agent: load",
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

function header(text: string, name: string): string {
  return new RegExp(`^${name}:[ \\t]*(.*)\\r$`, "im").exec(text)?.[1] ?? "";
}

function branchOf(text: string): string {
  return /branch=([^;\s]+)/.exec(text)?.[1] ?? "";
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
