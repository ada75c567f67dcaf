/** A real baresip without a sound card: speaks a WAV file, records what it hears, is driven over its control port. */

import { readWav, toneWav, type Wav } from "./wav.ts";

export interface BaresipOptions {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  /** `127.0.0.1:5061` */
  readonly server: string;
  readonly transport: "udp" | "tcp" | "tls";
  readonly encryption: "none" | "srtp" | "srtp-mand";
  readonly codec: "PCMU" | "PCMA" | "G722" | "opus";
  /** Frequency of the tone it speaks. */
  readonly tone: number;
  /** Its peak, of 32,768; default 8000. */
  readonly amplitude?: number;
  readonly answer?: "auto" | "manual";
  /** Its own loopback address; one a phone. Over IPv6 the address of its control port alone. */
  readonly address: string;
  /** Default `ipv4`; all phones over IPv6 stand at `::1`. */
  readonly family?: "ipv4" | "ipv6";
  /** Sound in each of its packets, and asked for in those it gets; default 20. */
  readonly packetMs?: number;
  /** A WAV file at the codec's rate, said instead of the tone. */
  readonly speech?: Uint8Array<ArrayBuffer>;
  readonly seconds?: number;
  /** How long it registers for; default 60. */
  readonly registerSeconds?: number;
  /** Where it listens, by UDP and TCP alike; by default at any port, another for each. */
  readonly sipPort?: number;
  /** `first-last`; taken by somebody on every address they are of no use. */
  readonly rtpPorts?: string;
}

interface BaresipEvent {
  readonly type: string;
  /** When it reached the test, in milliseconds. */
  readonly atMs: number;
  readonly param?: string;
  readonly [key: string]: unknown;
}

const DECODER = new TextDecoder();
const ENCODER = new TextEncoder();

/** True when baresip and its modules are installed. */
export async function hasBaresip(): Promise<boolean> {
  return (await moduleFolder()) !== undefined;
}

async function moduleFolder(): Promise<string | undefined> {
  for (const folder of ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules"]) {
    if (await Deno.stat(`${folder}/account.so`).catch(() => undefined)) return folder;
  }
  return undefined;
}

export class Baresip implements AsyncDisposable {
  readonly folder: string;
  readonly #options: BaresipOptions;
  readonly #process: Deno.ChildProcess;
  readonly #events: BaresipEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #control: Deno.TcpConn | undefined;
  #log = "";
  #reading: Promise<unknown>[] = [];

  private constructor(folder: string, options: BaresipOptions, process: Deno.ChildProcess) {
    this.folder = folder;
    this.#options = options;
    this.#process = process;
    this.#reading.push(this.#readLog(process.stdout), this.#readLog(process.stderr));
  }

  /** Starts a phone and waits until it has registered. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    const folder = await Deno.makeTempDir({ prefix: `baresip-${options.user}-` });
    await writeConfig(folder, options);
    const process = new Deno.Command("baresip", {
      args: [
        options.family === "ipv6" ? "-6" : "-4",
        "-f",
        folder,
        "-s",
        "-t",
        String(options.seconds ?? 60),
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const phone = new Baresip(folder, options, process);
    await phone.#connect();
    // The event of the first registration may be gone before anybody can listen.
    await phone.waitForLog(/\[\d+ bindings?\]/, 10_000);
    return phone;
  }

  async #connect(): Promise<void> {
    for (let i = 0; i < 100 && !this.#control; i++) {
      this.#control = await Deno.connect({ hostname: this.#options.address, port: 4444 }).catch(() =>
        undefined
      );
      if (!this.#control) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (!this.#control) throw new Error(`Cannot reach baresip: ${this.#log}`);
    this.#reading.push(this.#readEvents(this.#control));
  }

  async #readEvents(connection: Deno.TcpConn): Promise<void> {
    let text = "";
    try {
      for await (const bytes of connection.readable) {
        text += DECODER.decode(bytes);
        for (let match = /^(\d+):/.exec(text); match; match = /^(\d+):/.exec(text)) {
          const start = match[0].length, end = start + Number(match[1]);
          if (text.length < end + 1) break;
          const value = JSON.parse(text.slice(start, end)) as BaresipEvent & { event?: boolean };
          text = text.slice(end + 1);
          if (value.event) this.#events.push({ ...value, atMs: Date.now() });
          for (const wake of [...this.#waiting]) wake();
        }
      }
    } catch {
      // The phone has gone; whoever waits for it runs into its own limit.
    }
  }

  async #readLog(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const bytes of stream) {
      this.#log += DECODER.decode(bytes);
      for (const wake of [...this.#waiting]) wake();
    }
  }

  /** Everything baresip printed, SIP included. */
  get log(): string {
    return this.#log;
  }

  count(type: string): number {
    return this.#events.filter((event) => event.type === type).length;
  }

  /** When events of `type` came, in milliseconds. */
  times(type: string): number[] {
    return this.#events.filter((event) => event.type === type).map(({ atMs }) => atMs);
  }

  /** Waits until `type` has come `times` times; fails with the log after `ms`. */
  async waitFor(type: string, ms = 8000, times = 1): Promise<void> {
    await this.#until(() => this.count(type) >= times, ms, `event ${type}`);
  }

  async waitForLog(pattern: RegExp, ms = 8000): Promise<void> {
    await this.#until(() => pattern.test(this.#log), ms, `log ${pattern}`);
  }

  /** Like `waitForLog`, for what is printed from now on. */
  async waitForNewLog(pattern: RegExp, ms = 8000): Promise<void> {
    const from = this.#log.length;
    await this.#until(() => pattern.test(this.#log.slice(from)), ms, `new log ${pattern}`);
  }

  async #until(condition: () => boolean, ms: number, what: string): Promise<void> {
    const end = Date.now() + ms;
    while (!condition()) {
      const left = end - Date.now();
      if (left <= 0) {
        throw new Error(`${this.#options.user}: no ${what} in ${ms} ms\n${this.#log.slice(-4000)}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, Math.min(left, 250));
        const waiting = this.#waiting;
        function done() {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    }
  }

  async command(command: string, params = ""): Promise<void> {
    const text = JSON.stringify({ command, params, token: "t" });
    await this.#control!.write(ENCODER.encode(`${ENCODER.encode(text).length}:${text},`));
  }

  /** Joins whoever it talked to first with whoever it talks to now. */
  transferFirstCall(): Promise<void> {
    const answer = /SIP\/2\.0 200 Answering[\s\S]*?\r?\n\r?\n/.exec(this.#log)?.[0] ?? "";
    // It was called: our tag stands in its From, its own in its To.
    return this.#replace(answer, { ours: "From", theirs: "To" });
  }

  /** Joins whoever it talks to now with whom its last call rings. */
  transferToRinging(): Promise<void> {
    const ringing = [...this.#log.matchAll(/SIP\/2\.0 180 Ringing[\s\S]*?\r?\n\r?\n/g)].at(-1)?.[0] ?? "";
    return this.#replace(ringing, { ours: "To", theirs: "From" });
  }

  /** REFER whose target takes the place of the dialog that `message` is of (RFC 3891 §3). */
  #replace(message: string, { ours, theirs }: { ours: string; theirs: string }): Promise<void> {
    const find = (pattern: RegExp) => pattern.exec(message)?.[1]?.trim() ?? "";
    const tagOf = (header: string) => find(new RegExp(`^${header}:.*tag=([^;\r\n]+)`, "m"));
    const dialog = `${find(/^Call-ID:(.*)$/m)};to-tag=${tagOf(ours)};from-tag=${tagOf(theirs)}`;
    const target = `sip:other@${this.#options.domain}?Replaces=${encodeURIComponent(dialog)}`;
    return this.command("transfer", target);
  }

  dial(number: string): Promise<void> {
    return this.command("dial", `sip:${number}@${this.#options.domain}`);
  }

  /** What the phone heard, one recording after the other; complete only after `stop`. */
  async heard(): Promise<Wav[]> {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(`${this.folder}/rec`)) {
      if (name.endsWith("-dec.wav")) names.push(name);
    }
    return await Promise.all(
      names.toSorted().map(async (name) => readWav(await Deno.readFile(`${this.folder}/rec/${name}`))),
    );
  }

  /** As when its power fails: nobody is told anything. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }

  /** Ends the phone and waits until it has gone. */
  async stop(): Promise<void> {
    await this.command("quit").catch(() => undefined);
    const timer = setTimeout(() => this.kill(), 3000);
    await this.#process.status;
    clearTimeout(timer);
    try {
      this.#control?.close();
    } catch {
      // Closed from the other side already.
    }
    await Promise.all(this.#reading);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.folder, { recursive: true }).catch(() => undefined);
  }
}

const SAMPLE_RATES: Partial<Record<BaresipOptions["codec"], number>> = { G722: 16_000, opus: 48_000 };

/** Forty ports for each loopback address, below those of servers: it binds to all addresses and tries few ports. */
function ownPorts(address: string): string {
  const first = 10_000 + Number(address.split(".").at(-1)) * 38;
  return `${first}-${first + 37}`;
}

async function writeConfig(folder: string, options: BaresipOptions): Promise<void> {
  const { user, password, domain, server, transport, encryption, codec, tone, address } = options;
  const sampleRate = SAMPLE_RATES[codec] ?? 8000;
  await Deno.mkdir(`${folder}/rec`);
  await Deno.writeFile(
    `${folder}/tone.wav`,
    options.speech ?? toneWav(tone, { sampleRate, seconds: 60, amplitude: options.amplitude ?? 8000 }),
  );
  const modules = [
    "stdio",
    codec === "PCMU" || codec === "PCMA" ? "g711" : codec.toLowerCase(),
    "aubridge",
    "aufile",
    "ausine",
    "sndfile",
    "srtp",
  ];
  await Deno.writeTextFile(
    `${folder}/config`,
    `poll_method epoll
${options.family === "ipv6" ? "" : `sip_listen ${address}:${options.sipPort ?? 0}`}
call_local_timeout 120
call_max_calls 8
audio_player aubridge,pl
audio_source aufile,${folder}/tone.wav
audio_alert aubridge,al
ausrc_srate ${sampleRate}
auplay_srate ${sampleRate}
ausrc_channels 1
auplay_channels 1
opus_stereo no
opus_sprop_stereo no
rtp_ports ${options.rtpPorts ?? ownPorts(address)}
rtcp_mux no
jitter_buffer_delay 2-5
rtp_stats yes
net_interface ${options.family === "ipv6" ? "::1" : address}
module_path ${await moduleFolder()}
${modules.map((name) => `module ${name}.so`).join("\n")}
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
module_app debug_cmd.so
ctrl_tcp_listen ${address}:4444
snd_path ${folder}/rec
menu_bell no
ringback_disabled yes
`,
  );
  const media = encryption === "none" ? "" : `;mediaenc=${encryption}`;
  await Deno.writeTextFile(
    `${folder}/accounts`,
    `<sip:${user}@${domain};transport=${transport}>;auth_user=${user};auth_pass=${password};` +
      `outbound="sip:${server};transport=${transport}";answermode=${options.answer ?? "auto"};` +
      `audio_codecs=${codec === "opus" ? "opus/48000/1" : codec}${media};regint=${
        options.registerSeconds ?? 60
      }` +
      `${options.packetMs === undefined ? "" : `;ptime=${options.packetMs}`}\n`,
  );
  await Deno.writeTextFile(`${folder}/contacts`, "");
}
