/** /etc/resolv.conf and /etc/hosts, read again when they change (resolv.conf(5), hosts(5)). */

import { canonicalIp } from "../base/mod.ts";

export interface DnsSettings {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly search: readonly string[];
  /** Wait for one server, in milliseconds. */
  readonly timeoutMs: number;
  /** Rounds over all servers. */
  readonly attempts: number;
  /** Lower-case name → addresses. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
}

/** As in the C library: three servers, six search domains; 2 s where it has 5, since a caller is waiting. */
const MAX_SERVERS = 3;
const MAX_SEARCH = 6;
const DEFAULT_TIMEOUT_MS = 2000;
const MAX_TIMEOUT_MS = 5000;
const DEFAULT_ATTEMPTS = 2;
const DNS_PORT = 53;
const MAX_FILE_BYTES = 1_048_576;
/** How long a look at the files' dates is good for. */
const RECHECK_MS = 5000;

export class DnsFiles {
  readonly #resolv: string;
  readonly #hosts: string;
  #settings: DnsSettings | undefined;
  #stamp = "";
  #checkedMs = -Infinity;

  constructor(resolv = "/etc/resolv.conf", hosts = "/etc/hosts") {
    this.#resolv = resolv;
    this.#hosts = hosts;
  }

  settings(): DnsSettings {
    const nowMs = performance.now();
    if (this.#settings && nowMs - this.#checkedMs < RECHECK_MS) return this.#settings;
    this.#checkedMs = nowMs;
    const stamp = `${stampOf(this.#resolv)} ${stampOf(this.#hosts)}`;
    if (!this.#settings || stamp !== this.#stamp) {
      this.#stamp = stamp;
      this.#settings = { ...parseResolvConf(read(this.#resolv)), hosts: parseHosts(read(this.#hosts)) };
    }
    return this.#settings;
  }
}

function stampOf(path: string): string {
  try {
    const { mtime, size, ino } = Deno.statSync(path);
    return `${mtime?.getTime()}-${size}-${ino}`;
  } catch {
    return "none";
  }
}

/** Empty when the file is not there or absurdly large: the defaults then hold. */
function read(path: string): string {
  try {
    return Deno.statSync(path).size > MAX_FILE_BYTES ? "" : Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Without any server: 127.0.0.1, as the C library has it. */
export function parseResolvConf(text: string): Omit<DnsSettings, "hosts"> {
  const servers: { host: string; port: number }[] = [];
  let search: string[] = [], timeoutMs = DEFAULT_TIMEOUT_MS, attempts = DEFAULT_ATTEMPTS;
  for (const line of text.split("\n")) {
    const [keyword, ...values] = line.replace(/[#;].*$/, "").trim().split(/\s+/);
    if (keyword === "nameserver" && servers.length < MAX_SERVERS) {
      const host = canonicalIp(values[0] ?? "");
      if (host) servers.push({ host, port: DNS_PORT });
    } else if (keyword === "search" || keyword === "domain") {
      search = values.slice(0, MAX_SEARCH).map((name) => name.toLowerCase().replace(/\.$/, "")).filter(
        Boolean,
      );
    } else if (keyword === "options") {
      for (const option of values) {
        const [, name, value] = /^(timeout|attempts):([0-9]{1,3})$/.exec(option) ?? [];
        if (name === "timeout") timeoutMs = Math.min(MAX_TIMEOUT_MS, Math.max(1, Number(value)) * 1000);
        if (name === "attempts") attempts = Math.min(5, Math.max(1, Number(value)));
      }
    }
  }
  if (servers.length === 0) servers.push({ host: "127.0.0.1", port: DNS_PORT });
  return { servers, search, timeoutMs, attempts };
}

export function parseHosts(text: string): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [first, ...names] = line.replace(/#.*$/, "").trim().split(/\s+/);
    const address = canonicalIp(first ?? "");
    if (!address) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      const addresses = hosts.get(key) ?? [];
      if (!addresses.includes(address)) addresses.push(address);
      hosts.set(key, addresses);
    }
  }
  return hosts;
}
