/** A sender of SIP over one UDP socket, byte for byte, with digest when it wants to: phones, strangers and attackers. */

import { createHash } from "node:crypto";

/** RFC 3261 §17.1.1.1. */
const T1_MS = 500;
const DECODER = new TextDecoder(), ENCODER = new TextEncoder();

export interface RawOptions {
  readonly from: string;
  readonly port?: number;
  readonly server: string;
  readonly domain?: string;
}

export interface RawRequest {
  readonly user?: string;
  readonly to?: string;
  readonly requestUri?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Of the body; default a session description. */
  readonly contentType?: string;
  readonly callId?: string;
  readonly sequence?: number;
  readonly fromTag?: string;
  readonly toTag?: string;
  /** Host of the From. */
  readonly fromHost?: string;
}

export class RawSip implements Disposable {
  readonly address: string;
  readonly port: number;
  readonly received: string[] = [];
  bytesOut = 0;
  bytesIn = 0;
  /** Called for each request that arrives; the text it returns is sent back. */
  onRequest: ((request: string) => string | undefined) | undefined;
  readonly #socket: Deno.DatagramConn;
  readonly #server: Deno.NetAddr;
  readonly #domain: string;
  readonly #waiting = new Set<() => void>();
  readonly #reading: Promise<void>;
  #count = 0;
  #isClosed = false;

  constructor({ from, port = 0, server, domain = "office.example" }: RawOptions) {
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname: from, port });
    this.address = from;
    this.port = (this.#socket.addr as Deno.NetAddr).port;
    this.#server = { transport: "udp", hostname: server, port: 5060 };
    this.#domain = domain;
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for await (const [bytes] of this.#socket) {
      this.bytesIn += bytes.length;
      const text = DECODER.decode(bytes);
      this.received.push(text);
      if (!text.startsWith("SIP/2.0")) {
        const reply = this.onRequest?.(text);
        if (reply !== undefined) await this.raw(reply);
      }
      for (const wake of [...this.#waiting]) wake();
    }
  }

  async raw(text: string | Uint8Array): Promise<void> {
    if (this.#isClosed) return;
    const bytes = typeof text === "string" ? ENCODER.encode(text) : text;
    this.bytesOut += bytes.length;
    await this.#socket.send(bytes, this.#server);
  }

  /** A request with a new branch; Call-ID, tags and number as wished. */
  write(method: string, options: RawRequest = {}): string {
    const n = ++this.#count;
    const { user = "100", to = user, headers = [], body = "", sequence = n, fromTag = "raw" } = options;
    const { contentType = "application/sdp" } = options;
    const { fromHost = this.#domain, toTag, callId = `raw-${this.port}-${n}@${this.address}` } = options;
    const target = method === "REGISTER" ? `sip:${this.#domain}` : `sip:${to}@${this.#domain}`;
    const { requestUri = target } = options;
    return [
      `${method} ${requestUri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.address}:${this.port};branch=z9hG4bKraw${this.port}x${n}${fromTag};rport`,
      "Max-Forwards: 70",
      `From: <sip:${user}@${fromHost}>;tag=${fromTag}`,
      `To: <sip:${to}@${this.#domain}>${toTag === undefined ? "" : `;tag=${toTag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${sequence} ${method}`,
      ...(headers.some((line) => line.startsWith("Contact:"))
        ? []
        : [`Contact: <sip:${user}@${this.address}:${this.port}>`]),
      ...headers,
      ...(body === "" ? [] : [`Content-Type: ${contentType}`]),
      `Content-Length: ${ENCODER.encode(body).length}`,
      "",
      body,
    ].join("\r\n");
  }

  /** The next message that `fits`, from `since` on; undefined when none comes in time. */
  async next(
    fits: (text: string) => boolean,
    { since = 0, ms = 8000 }: { readonly since?: number; readonly ms?: number } = {},
  ): Promise<string | undefined> {
    const end = Date.now() + ms;
    for (;;) {
      const found = this.received.slice(since).find(fits);
      const left = end - Date.now();
      if (found !== undefined || left <= 0) return found;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left), waiting = this.#waiting;
        waiting.add(done);
        function done() {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
      });
    }
  }

  /** Sends, again every half second (RFC 3261 §17.1.2.1), and waits for the final answer; undefined: silence. */
  async ask(method: string, options: RawRequest = {}, ms = 8000): Promise<string | undefined> {
    const since = this.received.length;
    const text = this.write(method, options);
    // An answer to the request before, of the same call, may still be on its way.
    const [callId, cseq] = [/^Call-ID: .*$/m.exec(text)![0].trim(), /^CSeq: .*$/m.exec(text)![0].trim()];
    const isAnswer = (one: string) =>
      /^SIP\/2\.0 [2-6]/.test(one) && one.includes(callId) && one.includes(cseq);
    for (let left = ms; left > 0 && !this.#isClosed; left -= T1_MS) {
      await this.raw(text);
      const answer = await this.next(isAnswer, { since, ms: Math.min(left, T1_MS) });
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** The same with the answer to the challenge; `password` may be wrong. */
  async prove(method: string, password: string, options: RawRequest = {}): Promise<string | undefined> {
    const first = await this.ask(method, options);
    if (first === undefined || statusOf(first) !== 401) return first;
    const { user = "100" } = options;
    const uri = this.write(method, options).split(" ")[1]!;
    const headers = [...(options.headers ?? []), authorization(first, { method, uri, user, password })];
    return await this.ask(method, { ...options, headers });
  }

  async stop(): Promise<void> {
    this[Symbol.dispose]();
    await this.#reading.catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#socket.close();
  }
}

export function statusOf(message: string | undefined): number {
  return Number(message?.split(" ", 2)[1] ?? 0);
}

/** `Authorization` that answers the challenge (RFC 7616 §3.4, MD5). */
export function authorization(
  challenge: string,
  wish: { readonly method: string; readonly uri: string; readonly user: string; readonly password: string },
): string {
  const { method, uri, user, password } = wish;
  const [, realm] = /realm="([^"]*)"/.exec(challenge) ?? [],
    [, nonce] = /nonce="([^"]*)"/.exec(challenge) ?? [];
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const response = md5(
    [md5(`${user}:${realm}:${password}`), nonce, "00000001", "c", "auth", md5(`${method}:${uri}`)].join(":"),
  );
  return `Authorization: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=MD5, cnonce="c", nc=00000001, qop=auth`;
}

/** An offer of G.711 at an address. */
export function rawSdp(address: string, port: number): string {
  return [
    "v=0",
    `o=- 1 1 IN IP4 ${address}`,
    "s=-",
    `c=IN IP4 ${address}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP 0`,
    "a=rtpmap:0 PCMU/8000",
    "",
  ].join("\r\n");
}
