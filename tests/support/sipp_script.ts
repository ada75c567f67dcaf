/**
 * Scenarios for SIPp, written step by step as one side of a dialog. What SIPp's XML leaves to the author stands here once:
 * branches, tags, digests, the headers of requests within a dialog.
 */

export interface Person {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
}

export interface Content {
  /** Whole lines, e.g. `Supported: 100rel`. */
  readonly headers?: readonly string[];
  /** A session description; its lines end as SIPp ends them. */
  readonly sdp?: string;
  /** First interval of retransmission; 0 sends once. */
  readonly retransMs?: number;
}

/** A variable to fill: its name, and the header and pattern it is taken from. */
type Kept = readonly (readonly [variable: string, header: string, pattern?: string])[];

interface Expectation {
  readonly optional?: boolean;
  /** Keeps the challenge for the next digest. */
  readonly auth?: boolean;
  readonly timeoutMs?: number;
  readonly keep?: Kept;
}

/** An offer or answer of plain G.711 with telephone events. */
export const G711 = sdpOf({ formats: "0 8 101" });

export function sdpOf(options: { formats?: string; direction?: string; version?: number } = {}): string {
  const { formats = "8 101", direction, version = 1 } = options;
  return [
    "v=0",
    `o=sipp 1 ${version} IN IP4 [local_ip]`,
    "s=-",
    "c=IN IP4 [media_ip]",
    "t=0 0",
    `m=audio [media_port] RTP/AVP ${formats}`,
    ...(formats.split(" ").includes("101") ? ["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15"] : []),
    ...(direction === undefined ? [] : [`a=${direction}`]),
  ].join("\n");
}

const OWN_TAG = "[pid]t[call_number]";
const CONTACT = "<sip:[$user]@[local_ip]:[local_port];transport=[transport]>";

/** The steps both sides share. */
abstract class Script {
  protected readonly who: Person;
  protected sequence = 0;
  readonly #steps: string[] = [];
  #branches = 0;
  readonly #kept = new Set<string>();

  constructor(who: Person) {
    this.who = who;
  }

  /** The scenario as SIPp reads it. */
  xml(name: string): string {
    return [
      '<?xml version="1.0" encoding="ISO-8859-1" ?>',
      `<scenario name="${name}">`,
      ...this.#steps,
      ...(this.#kept.size === 0 ? [] : [`<Reference variables="${[...this.#kept].join(",")}"/>`]),
      "</scenario>",
    ].join("\n").replaceAll("[$user]", this.who.user);
  }

  /** A step in SIPp's own words. */
  step(xml: string): this {
    this.#steps.push(xml);
    return this;
  }

  pause(ms: number): this {
    return this.step(`<pause milliseconds="${ms}"/>`);
  }

  expectRequest(method: string, expectation: Expectation = {}): this {
    return this.#receive(`request="${method}"`, expectation);
  }

  expect(status: number, expectation: Expectation = {}): this {
    return this.#receive(`response="${status}"`, expectation);
  }

  /** An optional message of any number, up to the next step that must come. */
  maybe(...statuses: readonly number[]): this {
    for (const status of statuses) this.expect(status, { optional: true });
    return this;
  }

  /** Answers the request that came last (not an INVITE, whose answers may come later than other requests). */
  respond(status: number, phrase: string, content: Content = {}): this {
    return this.send([
      `SIP/2.0 ${status} ${phrase}`,
      "[last_Via:]",
      "[last_From:]",
      "[last_To:]",
      "[last_Call-ID:]",
      "[last_CSeq:]",
    ], { retransMs: 0, ...content });
  }

  protected send(lines: readonly string[], content: Content): this {
    const { headers = [], sdp, retransMs = 500 } = content;
    const body = sdp === undefined
      ? ["Content-Length: 0", ""]
      : ["Content-Type: application/sdp", "Content-Length: [len]", "", sdp];
    const text = [...lines, ...headers, ...body].join("\n");
    const retrans = retransMs > 0 ? ` retrans="${retransMs}"` : "";
    return this.step(`<send${retrans}><![CDATA[\n${text}\n]]></send>`);
  }

  /** A fresh branch, which ACK to a refusal and CANCEL use again. */
  protected branch(): string {
    return `z9hG4bK-[pid]-[call_number]-${++this.#branches}`;
  }

  #receive(what: string, expectation: Expectation): this {
    const { optional, auth, timeoutMs, keep = [] } = expectation;
    const attributes = [
      optional ? ' optional="true"' : "",
      auth ? ' auth="true"' : "",
      timeoutMs === undefined ? "" : ` timeout="${timeoutMs}"`,
    ].join("");
    if (keep.length === 0) return this.step(`<recv ${what}${attributes}/>`);
    for (const [variable] of keep) this.#kept.add(variable);
    const actions = keep.map(([variable, header, pattern = ".*"]) =>
      `<ereg regexp="${pattern}" search_in="hdr" header="${header}:" assign_to="${variable}"/>`
    );
    return this.step(`<recv ${what}${attributes}><action>${actions.join("")}</action></recv>`);
  }

  protected digest(password = this.who.password): string {
    return `[authentication username=${this.who.user} password=${password}]`;
  }
}

const ANSWER_FIELDS: Kept = [["remote", "To"], ["target", "Contact", "sip:[^&gt;]*"]];

/** Who asks: registers, calls, ends calls. */
export class Caller extends Script {
  readonly #to: string;
  #inviteBranch = "";
  #inviteSequence = 0;

  /** `to`: the number called. */
  constructor(who: Person, to: string = who.user) {
    super(who);
    this.#to = to;
  }

  /** REGISTER, once without and once with digest; expects `status` in the end. */
  register(options: Content & { contact?: string; password?: string; status?: number } = {}): this {
    const { contact = CONTACT, password, status = 200 } = options;
    const headers = [...(contact ? [`Contact: ${contact}`] : []), ...(options.headers ?? [])];
    this.#outside("REGISTER", { ...options, headers }).expect(401, { auth: true });
    this.#outside("REGISTER", { ...options, headers: [...headers, this.digest(password)] });
    return this.expect(status);
  }

  /** INVITE, challenged, and again with digest; what follows is expected by the caller of this. */
  invite(content: Content & { password?: string } = {}): this {
    this.inviteOnce(content).expect(401, { auth: true }).ackRefusal();
    return this.inviteOnce({
      ...content,
      headers: [...(content.headers ?? []), this.digest(content.password)],
    });
  }

  inviteOnce(content: Content = {}): this {
    this.#inviteBranch = this.branch();
    this.#outside("INVITE", {
      ...content,
      headers: [
        `Contact: ${CONTACT}`,
        "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE",
        ...(content.headers ?? []),
      ],
    }, this.#inviteBranch);
    this.#inviteSequence = this.sequence;
    return this.maybe(100);
  }

  /** The 200 to our INVITE. */
  expectAnswer(expectation: Expectation = {}): this {
    return this.expect(200, { ...expectation, keep: ANSWER_FIELDS });
  }

  /** A provisional response that is to be acknowledged by PRACK. */
  expectReliable(status: number): this {
    return this.expect(status, { keep: [...ANSWER_FIELDS, ["rseq", "RSeq", "[0-9]+"]] });
  }

  prack(content: Content = {}): this {
    const invite = this.#inviteSequence;
    return this.within("PRACK", {
      ...content,
      headers: [`RAck: [$rseq] ${invite} INVITE`, ...(content.headers ?? [])],
    }).expect(200);
  }

  /** ACK to a 2xx of the INVITE that came last. */
  ack(content: Content = {}): this {
    return this.#inside("ACK", { retransMs: 0, ...content }, this.#inviteSequence);
  }

  /** ACK to a refusal: part of the INVITE's transaction (RFC 3261 §17.1.1.3). */
  ackRefusal(): this {
    return this.send([
      `ACK sip:${this.#to}@${this.who.domain} SIP/2.0`,
      `Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=${this.#inviteBranch}`,
      "Max-Forwards: 70",
      "[last_From:]",
      "[last_To:]",
      "Call-ID: [call_id]",
      `CSeq: ${this.#inviteSequence} ACK`,
    ], { retransMs: 0 });
  }

  cancel(): this {
    return this.send([
      `CANCEL sip:${this.#to}@${this.who.domain} SIP/2.0`,
      `Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=${this.#inviteBranch}`,
      "Max-Forwards: 70",
      `From: <sip:${this.who.user}@${this.who.domain}>;tag=${OWN_TAG}`,
      `To: <sip:${this.#to}@${this.who.domain}>`,
      "Call-ID: [call_id]",
      `CSeq: ${this.#inviteSequence} CANCEL`,
    ], {});
  }

  /** A refusal of our INVITE, acknowledged. */
  expectRefusal(status: number, expectation: Expectation = {}): this {
    return this.expect(status, expectation).ackRefusal();
  }

  /** A request within the dialog; a re-INVITE's ACK follows with {@linkcode ack}. */
  within(method: string, content: Content = {}): this {
    this.sequence++;
    if (method === "INVITE") this.#inviteSequence = this.sequence;
    return this.#inside(method, content, this.sequence);
  }

  bye(): this {
    return this.within("BYE").expect(200);
  }

  /** The whole of a call that is answered: INVITE, 200, ACK. */
  callThrough(content: Content = { sdp: G711 }): this {
    return this.invite(content).maybe(180, 183).expectAnswer().ack();
  }

  #inside(method: string, content: Content, sequence: number): this {
    return this.send([
      `${method} [$target] SIP/2.0`,
      `Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=${this.branch()}`,
      "Max-Forwards: 70",
      `From: <sip:${this.who.user}@${this.who.domain}>;tag=${OWN_TAG}`,
      "To:[$remote]",
      "Call-ID: [call_id]",
      `CSeq: ${sequence} ${method}`,
      `Contact: ${CONTACT}`,
    ], content);
  }

  #outside(method: string, content: Content, branch: string = this.branch()): this {
    const { user, domain } = this.who;
    this.sequence++;
    return this.send([
      `${method} sip:${method === "REGISTER" ? domain : `${this.#to}@${domain}`} SIP/2.0`,
      `Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=${branch}`,
      "Max-Forwards: 70",
      `From: <sip:${user}@${domain}>;tag=${OWN_TAG}`,
      `To: <sip:${this.#to}@${domain}>`,
      "Call-ID: [call_id]",
      `CSeq: ${this.sequence} ${method}`,
    ], content);
  }
}

const INVITE_FIELDS: Kept = [
  ["via", "Via"],
  ["cseq", "CSeq"],
  ["from", "From"],
  ["to", "To"],
];

/** Who is asked: takes an INVITE, and then does what a phone does. */
export class Callee extends Script {
  #isInDialog = false;

  expectInvite(expectation: Expectation = {}): this {
    const first: Kept = this.#isInDialog
      ? []
      : [["remote", "From"], ["local", "To"], ["target", "Contact", "sip:[^&gt;]*"]];
    return this.expectRequest("INVITE", { ...expectation, keep: [...INVITE_FIELDS, ...first] });
  }

  /** Answers the last INVITE, whatever came since. */
  answer(status: number, phrase: string, content: Content = {}): this {
    const tag = this.#isInDialog ? "" : `;tag=${OWN_TAG}`;
    return this.send([
      `SIP/2.0 ${status} ${phrase}`,
      "Via:[$via]",
      "From:[$from]",
      `To:[$to]${tag}`,
      "Call-ID: [call_id]",
      "CSeq:[$cseq]",
      // The Contact of a 3xx says where to go instead; the script gives it.
      ...(status < 300 ? [`Contact: ${CONTACT}`] : []),
    ], { retransMs: status < 200 ? 0 : 500, ...content });
  }

  /** INVITE, 180, 200, ACK. */
  takeCall(sdp: string = G711): this {
    return this.expectInvite().answer(180, "Ringing").answer(200, "OK", { sdp }).established();
  }

  /** The ACK to our 200; from here on we are in a dialog. */
  established(): this {
    this.#isInDialog = true;
    return this.expectRequest("ACK");
  }

  /** A refusal and its ACK. */
  refuse(status: number, phrase: string, content: Content = {}): this {
    return this.answer(status, phrase, content).expectRequest("ACK");
  }

  /** Somebody else hangs up. */
  expectBye(expectation: Expectation = {}): this {
    return this.expectRequest("BYE", expectation).respond(200, "OK");
  }

  within(method: string, content: Content = {}): this {
    this.sequence++;
    return this.#inside(method, content, this.sequence);
  }

  ack(): this {
    return this.#inside("ACK", { retransMs: 0 }, this.sequence);
  }

  bye(): this {
    return this.within("BYE").expect(200);
  }

  #inside(method: string, content: Content, sequence: number): this {
    return this.send([
      `${method} [$target] SIP/2.0`,
      `Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=${this.branch()}`,
      "Max-Forwards: 70",
      `From:[$local];tag=${OWN_TAG}`,
      "To:[$remote]",
      "Call-ID: [call_id]",
      `CSeq: ${sequence} ${method}`,
      `Contact: ${CONTACT}`,
    ], content);
  }
}
