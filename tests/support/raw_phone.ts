/** A phone of one raw UDP socket for SIP, whose descriptions are the test's: one call, offers within it both ways. */

import assert from "node:assert/strict";
import { RawSip, statusOf } from "./raw_sip.ts";

export interface RawPhoneOptions {
  readonly user: string;
  readonly address: string;
  readonly server: string;
  readonly domain?: string;
  /** Where it is not `secret-` and the user. */
  readonly password?: string;
  /** Lines from the first m-line on: an offer, or the answer to `offer`. */
  readonly describe: (offer?: string) => string;
}

interface Dialog {
  readonly callId: string;
  readonly ownTag: string;
  readonly theirTag: string;
  /** Contact of the server. */
  readonly target: string;
}

export class RawPhone implements AsyncDisposable {
  readonly address: string;
  /** What the server said of its media last. */
  described = "";
  /** Offers that came from the server. */
  offers = 0;
  readonly #options: RawPhoneOptions;
  readonly #sip: RawSip;
  #dialog: Dialog | undefined;
  #sequence = 100;

  constructor(options: RawPhoneOptions) {
    this.#options = options;
    this.address = options.address;
    const { address: from, server, domain = "office.example" } = options;
    this.#sip = new RawSip({ from, server, domain });
    this.#sip.onRequest = (request) => this.#answer(request);
  }

  get #password(): string {
    return this.#options.password ?? `secret-${this.#options.user}`;
  }

  async register(): Promise<void> {
    const { user } = this.#options;
    assert.equal(statusOf(await this.#sip.prove("REGISTER", this.#password, { user })), 200);
  }

  async dial(number: string): Promise<void> {
    const answer = await this.tryToDial(number);
    assert.equal(statusOf(answer), 200, answer);
  }

  /** The final answer to a call; after a 200 the call stands. */
  async tryToDial(number: string): Promise<string> {
    const { user } = this.#options;
    const call = { user, to: number, callId: crypto.randomUUID(), fromTag: user };
    const answer = await this.#sip.prove("INVITE", this.#password, { ...call, body: this.#print() });
    assert.ok(answer, "no final answer");
    if (statusOf(answer) !== 200) return answer;
    this.described = bodyOf(answer);
    const theirTag = tagIn(answer, "To");
    this.#dialog = { callId: call.callId, ownTag: user, theirTag, target: targetIn(answer) };
    const sequence = Number.parseInt(headerOf(answer, "CSeq"));
    await this.#sip.raw(this.#sip.write("ACK", { ...call, toTag: theirTag, sequence }));
    return answer;
  }

  /** Offers anew within the call, whoever began it. */
  async offer(): Promise<void> {
    const request = this.#within();
    const answer = await this.#sip.ask("INVITE", { ...request, body: this.#print() });
    assert.equal(statusOf(answer), 200, answer);
    this.described = bodyOf(answer!);
    await this.#sip.raw(this.#sip.write("ACK", request));
  }

  async inform(contentType: string, body: string): Promise<void> {
    assert.equal(statusOf(await this.#sip.ask("INFO", { ...this.#within(), contentType, body })), 200);
  }

  async hangUp(): Promise<void> {
    assert.equal(statusOf(await this.#sip.ask("BYE", this.#within())), 200);
    this.#dialog = undefined;
  }

  #within() {
    const dialog = this.#dialog;
    assert.ok(dialog, "no call");
    const { callId, ownTag: fromTag, theirTag: toTag, target: requestUri } = dialog;
    return { user: this.#options.user, callId, fromTag, toTag, requestUri, sequence: ++this.#sequence };
  }

  #answer(request: string): string | undefined {
    const method = request.split(" ", 1)[0]!;
    if (method === "ACK") return undefined;
    const { user } = this.#options;
    const body = method === "INVITE" ? this.#take(request) : "";
    const headers = request.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
      .map((line) => /^To:/i.test(line) && !line.includes("tag=") ? `${line};tag=${user}` : line);
    return [
      "SIP/2.0 200 OK",
      ...headers,
      `Contact: <sip:${user}@${this.address}:${this.#sip.port}>`,
      ...(body === "" ? [] : ["Content-Type: application/sdp"]),
      `Content-Length: ${body.length}`,
      "",
      body,
    ].join("\r\n");
  }

  #take(request: string): string {
    this.offers++;
    this.described = bodyOf(request);
    this.#dialog ??= {
      callId: headerOf(request, "Call-ID"),
      ownTag: this.#options.user,
      theirTag: tagIn(request, "From"),
      target: targetIn(request),
    };
    return this.#print(this.described);
  }

  #print(offer?: string): string {
    const { address } = this;
    const head = `v=0\r\no=- 1 ${++this
      .#sequence} IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\n`;
    return head + this.#options.describe(offer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sip.stop();
  }
}

function headerOf(message: string, name: string): string {
  return new RegExp(`^${name}: *(.*)\r$`, "mi").exec(message)?.[1] ?? "";
}

function tagIn(message: string, header: "From" | "To"): string {
  return /tag=([^;]+)/.exec(headerOf(message, header))?.[1] ?? "";
}

function targetIn(message: string): string {
  return /<([^>]+)>/.exec(headerOf(message, "Contact"))?.[1] ?? "";
}

function bodyOf(message: string): string {
  return message.slice(message.indexOf("\r\n\r\n") + 4);
}
