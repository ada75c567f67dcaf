/**
 * A real Linphone without a sound card: `linphonec --pipe`, driven by `linphonecsh` as its manual says. It speaks a WAV
 * file, records what it hears, and writes every SIP message to its log. One at a time for each user of the machine: the
 * pipe has a fixed name.
 */

import { readWav, toneWav, type Wav } from "./wav.ts";
import type { TestServer } from "./server.ts";
import { pause } from "./waiting.ts";

export interface LinphoneOptions {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  /** `localhost:5061`; the name is checked against the certificate. */
  readonly server: string;
  /** PEM file with the only authority that it believes. */
  readonly authority: string;
  /** Offered SRTP suites in order, as Linphone spells them. */
  readonly suites: readonly string[];
  /** Frequency of the tone it speaks. */
  readonly tone: number;
}

/** What {@linkcode officeLinphone} offers and speaks. */
export const LINPHONE_SUITE = "AES_256_CM_HMAC_SHA1_80";
export const LINPHONE_TONE = 440;

/** Extension 100 of a server whose domain is `localhost`: Linphone wants a DNS name, which every machine resolves. */
export function officeLinphone(
  server: TestServer,
  changes: Partial<LinphoneOptions> = {},
): Promise<Linphone> {
  return Linphone.start({
    user: "100",
    password: "secret-100",
    domain: "localhost",
    server: "localhost:5061",
    authority: `${server.data}/tls/ca.pem`,
    suites: [LINPHONE_SUITE],
    tone: LINPHONE_TONE,
    ...changes,
  });
}

/** True when Linphone's console programs are installed. */
export async function hasLinphone(): Promise<boolean> {
  try {
    return (await new Deno.Command("linphonec", { args: ["-v"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

export class Linphone implements AsyncDisposable {
  readonly folder: string;
  readonly #process: Deno.ChildProcess;

  private constructor(folder: string, process: Deno.ChildProcess) {
    this.folder = folder;
    this.#process = process;
  }

  /** Starts a phone; whether it registers is told by {@linkcode waitForLog}. */
  static async start(options: LinphoneOptions): Promise<Linphone> {
    const folder = await Deno.makeTempDir({ prefix: "linphone-" });
    await Deno.mkdir(`${folder}/.local/share/linphone`, { recursive: true });
    await Deno.writeTextFile(`${folder}/linphonerc`, printConfig(options));
    await Deno.writeFile(`${folder}/tone.wav`, toneWav(options.tone, { sampleRate: 8000, seconds: 30 }));
    const process = new Deno.Command("linphonec", {
      args: ["--pipe", "-c", `${folder}/linphonerc`, "-d", "6", "-l", `${folder}/log`],
      env: { HOME: folder },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const phone = new Linphone(folder, process);
    await phone.waitForLog(/Account .* moving from state|belle_sip_stack_set_well_know_port_tls/);
    for (let tries = 0; !/files/.test(await phone.command("soundcard use files")); tries++) {
      if (tries === 50) throw new Error(`Linphone takes no commands:\n${(await phone.log()).slice(-2000)}`);
      await pause(100);
    }
    await phone.command(`play ${folder}/tone.wav`);
    await phone.command(`record ${folder}/heard.wav`);
    return phone;
  }

  /** What it answers to one typed command. */
  async command(text: string): Promise<string> {
    const { stdout } = await new Deno.Command("linphonecsh", {
      args: ["generic", text],
      env: { HOME: this.folder },
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(5000),
    }).output();
    return new TextDecoder().decode(stdout);
  }

  /** SIP included. */
  async log(): Promise<string> {
    return await Deno.readTextFile(`${this.folder}/log`).catch(() => "");
  }

  async waitForLog(pattern: RegExp, ms = 10_000): Promise<void> {
    for (const end = Date.now() + ms; !pattern.test(await this.log());) {
      if (Date.now() > end) throw new Error(`Linphone: no ${pattern}\n${(await this.log()).slice(-4000)}`);
      await pause(50);
    }
  }

  async registered(): Promise<void> {
    await this.waitForLog(/to \[LinphoneRegistrationOk\]/);
  }

  /** What it heard since the last `record`; complete once the call has ended. */
  async heard(): Promise<Wav> {
    return readWav(await Deno.readFile(`${this.folder}/heard.wav`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.command("quit").catch(() => undefined);
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 3000);
    await this.#process.status;
    clearTimeout(timer);
    await Deno.remove(this.folder, { recursive: true }).catch(() => undefined);
  }
}

/** The settings of the README's table, in the words of linphonerc. */
function printConfig({ user, password, domain, server, authority, suites }: LinphoneOptions): string {
  return `[sip]
auto_net_state_mon=0
register_only_when_network_is_up=0
sip_port=-2
sip_tcp_port=-2
sip_tls_port=-2
default_proxy=0
root_ca=${authority}
verify_server_certs=1
verify_server_cn=1
media_encryption=srtp
media_encryption_mandatory=1
srtp_crypto_suites=${suites.join(", ")}

[rtp]
audio_rtp_port=17600-17699

[proxy_0]
reg_proxy=<sip:${server};transport=tls>
reg_identity=sip:${user}@${domain}
reg_expires=600
reg_sendregister=1
publish=0

[auth_info_0]
username=${user}
passwd=${password}
realm=${domain}
domain=${domain}

[video]
capture=0
display=0
`;
}
