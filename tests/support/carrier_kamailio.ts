/**
 * A carrier made of a real Kamailio: accounts with digest on one address, a trunk without on another. It relays between
 * the phones registered with it and the office, as SIP networks do; media goes from end to end.
 */

export interface KamailioOptions {
  /** Registers and asks for digest. */
  readonly address: string;
  /** The trunk: whatever comes from `office` here needs no password. */
  readonly trunk: string;
  /** Where calls to numbers that begin with `trunkPrefix` go, from the trunk's address. */
  readonly office: string;
  readonly trunkPrefix: string;
  /** The password of every account. */
  readonly password: string;
  readonly realm: string;
}

const MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/";

export async function hasKamailio(): Promise<boolean> {
  return (await Deno.stat(`${MODULES}tm.so`).catch(() => undefined)) !== undefined;
}

export class Kamailio implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  readonly #reading: Promise<void>;
  #log = "";

  private constructor(process: Deno.ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
    this.#reading = this.#read(process.stderr);
  }

  static async start(options: KamailioOptions): Promise<Kamailio> {
    const folder = await Deno.makeTempDir({ prefix: "kamailio-" });
    await Deno.writeTextFile(`${folder}/kamailio.cfg`, configuration(options));
    const process = new Deno.Command("kamailio", {
      args: ["-f", `${folder}/kamailio.cfg`, "-m", "32", "-M", "4", "-w", folder, "-Y", folder, "-DD", "-E"],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const kamailio = new Kamailio(process, folder);
    await kamailio.#untilUp(options.address);
    return kamailio;
  }

  get log(): string {
    return this.#log;
  }

  async #untilUp(address: string): Promise<void> {
    for (let i = 0; i < 100; i++) {
      const connection = await Deno.connect({ hostname: address, port: 5060 }).catch(() => undefined);
      if (connection) return connection.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Kamailio did not come up:\n${this.#log}`);
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) this.#log += decoder.decode(bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 5000);
    await this.#process.status;
    clearTimeout(timer);
    await this.#reading;
    await Deno.remove(this.#folder, { recursive: true }).catch(() => undefined);
  }
}

function configuration({ address, trunk, office, trunkPrefix, password, realm }: KamailioOptions): string {
  const modules = ["kex", "tm", "sl", "rr", "pv", "maxfwd", "textops", "siputils", "usrloc", "registrar"];
  return `#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=1
listen=udp:${address}:5060
listen=tcp:${address}:5060
listen=udp:${trunk}:5060
alias="${realm}"
mpath="${MODULES}"
${[...modules, "auth", "nathelper"].map((name) => `loadmodule "${name}.so"`).join("\n")}
modparam("usrloc", "db_mode", 0)
modparam("auth", "nonce_expire", 300)
modparam("registrar", "min_expires", 60)
modparam("registrar|nathelper", "received_avp", "$avp(RECEIVED)")
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("OPTIONS") && $rU == $null) { sl_send_reply("200", "OK"); exit; }
  if (has_totag()) {
    if (loose_route()) { if (!t_relay()) sl_reply_error(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not here"); exit;
  }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  t_check_trans();
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("${realm}", "${password}", "0")) { www_challenge("${realm}", "1"); exit; }
    force_rport(); fix_nated_register(); consume_credentials();
    if (!save("location")) sl_reply_error();
    exit;
  }
  force_rport();
  record_route();
  if ($Ri == "${trunk}") {
    if ($si != "${office}") { sl_send_reply("403", "Not your trunk"); exit; }
  } else if (is_method("INVITE")) {
    if (!pv_proxy_authenticate("${realm}", "${password}", "0")) { proxy_challenge("${realm}", "1"); exit; }
    consume_credentials();
  }
  if ($rU =~ "^${trunkPrefix}") {
    $rd = "${office}";
    $fs = "udp:${trunk}:5060";
  } else if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  if (!t_relay()) sl_reply_error();
}
`;
}
