/**
 * A real server with real phones over TLS and SRTP, and a carrier if need be, as one scene of a test. Each scene has a row
 * of loopback addresses of its own, so that several run side by side.
 */

import assert from "node:assert/strict";
import type { CallRecord } from "../../src/pbx/ports.ts";
import { Administrator } from "./administrator.ts";
import { Baresip, type BaresipOptions } from "./baresip.ts";
import { Kamailio } from "./carrier_kamailio.ts";
import { inLanes } from "./lanes.ts";
import { TestServer } from "./server.ts";
import { hearing, type Wav } from "./wav.ts";
import { pause } from "./waiting.ts";

/** The tone that each number speaks. */
export const TONES: Readonly<Record<string, number>> = {
  "100": 440,
  "101": 700,
  "102": 1000,
  "103": 1300,
  "491711": 1600,
};

const ADDRESSES = 12;
const FIRST_ADDRESS = 10;
const REALM = "carrier.example";
const LINE_PASSWORD = "line-secret";

export interface Scene {
  readonly name: string;
  /** Merged into the domain. */
  readonly office?: Record<string, unknown>;
  /** Merged into the extensions 100 to 103, by number. */
  readonly extensions?: Readonly<Record<string, Record<string, unknown>>>;
  readonly data?: () => Promise<string>;
  readonly needsCarrier?: boolean;
  run(office: PhoneOffice): Promise<void>;
}

/** Runs the scenes, three at a time. */
export async function play(test: Deno.TestContext, scenes: readonly Scene[]): Promise<void> {
  const steps = scenes.map((scene, index) => ({
    name: scene.name,
    async run() {
      await using office = await PhoneOffice.start(scene, FIRST_ADDRESS + index * ADDRESSES);
      await scene.run(office).catch((error) => {
        throw new Error(`${error.message}\n--- server\n${office.server.log.slice(-3000)}`, { cause: error });
      });
    },
  }));
  await inLanes(test, 3, steps);
}

export class PhoneOffice implements AsyncDisposable {
  /** The carrier's side of the line, to be written into the domain of a scene that has one. */
  static line(more: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      name: "trunk",
      kind: "peer",
      server: "sip:TRUNK",
      addresses: ["TRUNK"],
      optionsSeconds: 0,
      ...more,
    };
  }

  readonly #scene: Scene;
  readonly #place: number;
  readonly #data: string | undefined;
  readonly #phones: Baresip[] = [];
  #carrier: Kamailio | undefined;
  #server!: TestServer;
  #nextAddress: number;
  #administrator: Administrator | undefined;

  private constructor(scene: Scene, place: number, data: string | undefined) {
    this.#scene = scene;
    this.#place = place;
    this.#data = data;
    this.#nextAddress = place + 3;
  }

  static async start(scene: Scene, place: number): Promise<PhoneOffice> {
    const office = new PhoneOffice(scene, place, await scene.data?.());
    try {
      if (scene.needsCarrier) await office.#startCarrier();
      await office.restart();
    } catch (error) {
      await office[Symbol.asyncDispose]();
      throw error;
    }
    return office;
  }

  get server(): TestServer {
    return this.#server;
  }

  get #address(): string {
    return `127.0.0.${this.#place}`;
  }

  get #trunk(): string {
    return `127.0.0.${this.#place + 2}`;
  }

  /** Starts the server; the former one must have been stopped. */
  async restart(): Promise<void> {
    const { office, extensions } = this.#scene;
    // Ports are not used again at once, and an office rings many legs that nobody answers.
    const ports = 20_000 + this.#place * 80;
    this.#server = await TestServer.start({
      address: this.#address,
      mediaPorts: `${ports}-${ports + 399}`,
      extensions: ["100", "101", "102", "103"].map((number) => ({
        number,
        name: `P${number}`,
        password: `secret-${number}`,
        ...extensions?.[number],
      })),
      office: JSON.parse(JSON.stringify(office ?? {}).replaceAll("TRUNK", this.#trunk)),
      ...(this.#data !== undefined && { data: this.#data }),
    });
  }

  async #startCarrier(): Promise<void> {
    this.#carrier = await Kamailio.start({
      address: `127.0.0.${this.#place + 1}`,
      trunk: this.#trunk,
      office: this.#address,
      trunkPrefix: "4940",
      password: LINE_PASSWORD,
      realm: REALM,
    });
  }

  /** A phone of `number`, registered over TLS, that answers by itself. */
  async phone(number: string, rest: Partial<BaresipOptions> = {}): Promise<Baresip> {
    const transport = rest.transport ?? "tls";
    const phone = await Baresip.start({
      user: number,
      password: `secret-${number}`,
      domain: "office.example",
      server: `${this.#address}:${transport === "tls" ? 5061 : 5060}`,
      transport,
      encryption: "srtp-mand",
      codec: "PCMA",
      tone: TONES[number] ?? 440,
      address: `127.0.0.${this.#nextAddress++}`,
      seconds: 90,
      ...rest,
    });
    this.#phones.push(phone);
    return phone;
  }

  /** A telephone in the world, known to the carrier as 491711. */
  outside(rest: Partial<BaresipOptions> = {}): Promise<Baresip> {
    return this.phone("491711", {
      password: LINE_PASSWORD,
      domain: REALM,
      server: `127.0.0.${this.#place + 1}:5060`,
      transport: "udp",
      encryption: "none",
      ...rest,
    });
  }

  /** Changes something by the API, as the administrator, whom the first wish makes; the status of the answer. */
  async put(path: string, body: Record<string, unknown> | Uint8Array<ArrayBuffer>): Promise<number> {
    this.#administrator ??= await Administrator.setUp(this.#server, `127.0.0.${this.#place + ADDRESSES - 1}`);
    const wish = body instanceof Uint8Array
      ? { raw: body, headers: { "content-type": "audio/wav" } }
      : { body };
    return (await this.#administrator.ask(path, { method: "PUT", ...wish })).status;
  }

  /** Records of calls to `called`, newest first. */
  async records(called: string): Promise<CallRecord[]> {
    // They are written behind.
    await pause(300);
    const { stdout, stderr } = await this.#server.command("calls", "--past", "--json");
    const records = (JSON.parse(stdout) as CallRecord[]).filter((one) => one.called === called);
    assert.ok(records.length > 0, `no record of ${called}: ${stderr}`);
    return records;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#administrator?.[Symbol.dispose]();
    await Promise.all(this.#phones.map((phone) => phone[Symbol.asyncDispose]()));
    await this.#server?.[Symbol.asyncDispose]();
    await this.#carrier?.[Symbol.asyncDispose]();
    if (this.#data !== undefined) await Deno.remove(this.#data, { recursive: true }).catch(() => undefined);
  }
}

/** What the group did in a call, as `kind party detail`, without the seconds. */
export function groupEvents({ events }: CallRecord): string[] {
  return events.filter(({ kind }) => kind.startsWith("group ")).map(({ kind, party, detail }) =>
    [kind.slice(6), party, detail?.replace(/,? ?\d+\.\d s$/, "")].filter(Boolean).join(" ")
  );
}

/** The listeners have stopped; each has heard, in one of its recordings, the tone for a second and more. */
export async function assertHeard(
  rows: readonly (readonly [listener: Baresip, tone: number, who: string])[],
  atLeast = 1,
): Promise<void> {
  await Promise.all(rows.map(([listener]) => listener.stop()));
  for (const [listener, tone, who] of rows) {
    const best = Math.max(0, ...(await listener.heard()).map((wav) => hearing(wav, tone).heardSeconds));
    assert.ok(best >= atLeast, `${who} heard ${tone} Hz for ${best} s`);
  }
}

/**
 * Seconds of the recording in which none of the tones was heard: how long it took until the right one spoke, and between
 * one and the next.
 */
export function silence(recording: Wav, tones: readonly number[]): number {
  const heard = tones.reduce((sum, tone) => sum + hearing(recording, tone).heardSeconds, 0);
  return recording.samples.length / recording.sampleRate - heard;
}

/** What a phone prints of the sound it sends and receives; what does not decrypt is not counted. */
const RATES = /audio=(\d+)\/(\d+) \(bit\/s\)/g;
/** Rates are counted for three seconds at a time, so two such stretches hold a whole one. */
export const RATES_MS = 7000;

/** Ends the phone; in its last seconds it sent and received speech. A recorder ends with the first hold, rates do not. */
export async function assertSpoke(phone: Baresip, who: string): Promise<void> {
  await phone.stop();
  const [, sent, received] = [...phone.log.matchAll(RATES)].at(-1) ?? [];
  assert.ok(Number(sent) > 50_000 && Number(received) > 50_000, `${who}: ${sent}/${received} bit/s`);
}
