/** The least of a telephone: one request after the other over UDP, with digest; no media. */

import { createHash } from "node:crypto";

export interface SipClientOptions {
  /** Its own loopback address. */
  readonly address: string;
  readonly server: string;
  readonly domain: string;
  readonly user: string;
  readonly password: string;
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const ANSWER_WITHIN_MS = 2000;

export class SipClient {
  readonly #options: SipClientOptions;
  readonly #socket: Deno.DatagramConn;
  readonly #finals = new Map<string, (text: string) => void>();
  #sequence = 0;

  constructor(options: SipClientOptions) {
    this.#options = options;
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname: options.address, port: 0 });
    this.#read();
  }

  get #local(): string {
    const { hostname, port } = this.#socket.addr as Deno.NetAddr;
    return `${hostname}:${port}`;
  }

  async #read(): Promise<void> {
    for await (const [bytes] of this.#socket) {
      const text = DECODER.decode(bytes);
      const key = /^CSeq: *([0-9]+ [A-Z]+)/mi.exec(text)?.[1];
      if (key === undefined || !/^SIP\/2\.0 [2-6]/.test(text)) continue;
      this.#finals.get(key)?.(text);
      this.#finals.delete(key);
    }
  }

  /** Status of the final answer to a registration; undefined when none came. */
  register(): Promise<number | undefined> {
    return this.#ask("REGISTER", `sip:${this.#options.domain}`);
  }

  /** Status of the final answer to a call, which is acknowledged, and ended with a BYE nobody waits for. */
  invite(number: string): Promise<number | undefined> {
    return this.#ask("INVITE", `sip:${number}@${this.#options.domain}`);
  }

  async #ask(method: "REGISTER" | "INVITE", target: string): Promise<number | undefined> {
    const callId = crypto.randomUUID(), tag = callId.slice(0, 8);
    let authorization = "";
    for (let tries = 0; tries < 2; tries++) {
      const sequence = ++this.#sequence;
      const answer = await this.#send(`${sequence} ${method}`, [
        `${method} ${target} SIP/2.0`,
        ...this.#headers({ method, target, callId, tag, sequence }),
        ...(authorization === "" ? [] : [authorization]),
        "Content-Length: 0",
        "",
        "",
      ]);
      if (answer === undefined) return undefined;
      const status = Number(answer.slice(8, 11));
      if (method === "INVITE") await this.#acknowledge({ answer, target, callId, sequence });
      if (status !== 401 && status !== 407) return status;
      authorization = this.#authorize(answer, { method, target });
    }
    return undefined;
  }

  #headers(
    { method, target, callId, tag, sequence }: {
      readonly method: string;
      readonly target: string;
      readonly callId: string;
      readonly tag: string;
      readonly sequence: number;
    },
  ): string[] {
    const { user, domain } = this.#options;
    const to = method === "REGISTER" ? `sip:${user}@${domain}` : target;
    return [
      `Via: SIP/2.0/UDP ${this.#local};branch=z9hG4bK${tag}${sequence};rport`,
      `From: <sip:${user}@${domain}>;tag=${tag}`,
      `To: <${to}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${sequence} ${method}`,
      `Contact: <sip:${user}@${this.#local}>`,
      "Max-Forwards: 70",
      ...(method === "REGISTER" ? ["Expires: 3600"] : []),
    ];
  }

  /** The ACK to a failure belongs to its transaction (RFC 3261 §17.1.1.3). */
  async #acknowledge(
    { answer, target, callId, sequence }: {
      readonly answer: string;
      readonly target: string;
      readonly callId: string;
      readonly sequence: number;
    },
  ): Promise<void> {
    const tag = callId.slice(0, 8);
    const lines = this.#headers({ method: "INVITE", target, callId, tag, sequence })
      .filter((line) => !line.startsWith("Contact"))
      .map((line) => line.startsWith("To:") ? /^To:.*$/mi.exec(answer)![0].trim() : line)
      .map((line) => line.startsWith("CSeq") ? `CSeq: ${sequence} ACK` : line);
    await this.#put([`ACK ${target} SIP/2.0`, ...lines, "Content-Length: 0", "", ""]);
  }

  #authorize(
    answer: string,
    { method, target }: { readonly method: string; readonly target: string },
  ): string {
    const { user, password } = this.#options;
    const challenge = /^(?:WWW|Proxy)-Authenticate: *(.*)$/mi.exec(answer)![1]!;
    const value = (name: string) => new RegExp(`${name}="?([^",]+)"?`).exec(challenge)?.[1] ?? "";
    const md5 = (text: string) => createHash("md5").update(text).digest("hex");
    const cnonce = crypto.randomUUID().slice(0, 8), nonce = value("nonce"), realm = value("realm");
    const response = md5(
      `${md5(`${user}:${realm}:${password}`)}:${nonce}:00000001:${cnonce}:auth:${md5(`${method}:${target}`)}`,
    );
    const header = answer.startsWith("SIP/2.0 407") ? "Proxy-Authorization" : "Authorization";
    return `${header}: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${target}", ` +
      `response="${response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="${cnonce}"`;
  }

  async #send(key: string, lines: readonly string[]): Promise<string | undefined> {
    const answered = new Promise<string | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), ANSWER_WITHIN_MS);
      this.#finals.set(key, (text) => {
        clearTimeout(timer);
        resolve(text);
      });
    });
    await this.#put(lines);
    return await answered;
  }

  async #put(lines: readonly string[]): Promise<void> {
    const { server } = this.#options;
    await this.#socket.send(ENCODER.encode(lines.join("\r\n")), {
      transport: "udp",
      hostname: server,
      port: 5060,
    });
  }

  close(): void {
    this.#socket.close();
  }
}
