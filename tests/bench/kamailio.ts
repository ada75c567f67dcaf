/** Kamailio as proxy and registrar with rtpengine for media: the yardstick of the SIP bench. */

import { cpuSeconds, memoryMb } from "./bench_process.ts";
import { isInstalled, PASSWORD, type ServerUnderTest, untilAnswering } from "./sip_server.ts";

const CONFIG_FILE = new URL("../data/bench/kamailio.cfg", import.meta.url).pathname;
const NG_PORT = 22_244;

export class Kamailio implements ServerUnderTest {
  readonly name = "Kamailio + rtpengine";
  readonly address: string;
  readonly #processes: readonly Deno.ChildProcess[];
  readonly #folder: string;

  private constructor(address: string, parts: { processes: readonly Deno.ChildProcess[]; folder: string }) {
    this.address = address;
    this.#processes = parts.processes;
    this.#folder = parts.folder;
  }

  /** Undefined when one of the two is not installed. */
  static async start(options: { address: string; core: number }): Promise<Kamailio | undefined> {
    const { address, core } = options;
    if (!await isInstalled("kamailio") || !await isInstalled("rtpengine")) return undefined;
    const folder = await Deno.makeTempDir({ prefix: "kamailio-bench-" });
    const template = await Deno.readTextFile(CONFIG_FILE);
    await Deno.writeTextFile(
      `${folder}/kamailio.cfg`,
      template.replaceAll("@ADDRESS@", address).replaceAll("@PASSWORD@", PASSWORD)
        .replaceAll("@NG_PORT@", String(NG_PORT)),
    );
    const spawn = (words: readonly string[]) =>
      new Deno.Command("taskset", {
        args: ["-c", String(core), ...words],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
    const processes = [
      spawn([
        ...[
          "rtpengine",
          "--foreground",
          "--table=-1",
          `--interface=${address}`,
          "--log-level=2",
          "--log-stderr",
        ],
        ...[`--listen-ng=127.0.0.1:${NG_PORT}`, "--port-min=40000", "--port-max=59999", "--num-threads=2"],
      ]),
      spawn([
        "kamailio",
        "-f",
        `${folder}/kamailio.cfg`,
        "-m",
        "1024",
        "-M",
        "16",
        "-w",
        folder,
        "-DD",
        "-E",
      ]),
    ];
    await untilAnswering(address);
    return new Kamailio(address, { processes, folder });
  }

  cpuSeconds(): number {
    return this.#family().reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  }

  memoryMb(): number {
    return this.#family().reduce((sum, pid) => sum + memoryMb(pid), 0);
  }

  async stop(): Promise<void> {
    for (const process of this.#processes) process.kill("SIGTERM");
    await Promise.all(this.#processes.map((process) => process.status));
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** The processes started here and their children. */
  #family(): number[] {
    const pids = this.#processes.map(({ pid }) => pid);
    for (const { name } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const text = Deno.readTextFileSync(`/proc/${name}/stat`);
        const parent = Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
        if (pids.includes(parent)) pids.push(Number(name));
      } catch {
        // It ended while we were reading.
      }
    }
    return pids;
  }
}
