/** Options of the commands that act as a phone, made into an account. */

import { resolve } from "node:path/posix";
import type { AccountSettings, CodecName } from "../phone/mod.ts";
import { exists, readTextFile } from "../platform/mod.ts";
import { CommandError, type Shell, UsageError } from "./command.ts";
import { loadSettings } from "./settings_file.ts";

export const PHONE_FLAGS = {
  user: "text",
  password: "text",
  server: "text",
  transport: "text",
  srtp: "text",
  ca: "text",
  insecure: "switch",
  codecs: "text",
  address: "text",
  verbose: "switch",
} as const;

export const PHONE_HELP =
  `  --user USER        account, 100 or 100@office.example; without a domain that of the server
  --password TEXT    its password; better in $SIPEDGE_PASSWORD, or - to read it from the standard input
  --server HOST      server, host or host:port (default: what the DNS says of the domain)
  --transport NAME   tls (default), tcp or udp
  --srtp POLICY      off, optional (default) or required
  --ca FILE          PEM file with the authority of the server (default: that of the server on this machine, if any,
                     beside those of the system)
  --insecure         take any certificate: for a lab only
  --codecs LIST      in order of preference, default g722,pcma,pcmu
  --address IP       local address for media and UDP
  --verbose          log what helps to find a fault`;

type PhoneFlags = {
  readonly [Name in keyof typeof PHONE_FLAGS]?: typeof PHONE_FLAGS[Name] extends "switch" ? boolean : string;
};

/** The account that the options describe. `domain` is what a called address names. Throws {@linkcode UsageError}. */
export function readAccount(
  values: PhoneFlags,
  { shell, domain, register }: {
    readonly shell: Shell;
    readonly domain?: string | undefined;
    readonly register: boolean;
  },
): AccountSettings {
  const { server, codecs, address } = values;
  const [user, ownDomain] = splitUser(values.user);
  const home = ownDomain ?? (server === undefined ? undefined : hostOf(server)) ?? domain;
  if (home === undefined) {
    throw new UsageError("no server is known: give --server HOST, or a domain in --user or in the address");
  }
  const password = readPassword(values.password, shell);
  return {
    user: user ?? "anonymous",
    domain: home,
    transport: oneOf(values.transport ?? "tls", ["tls", "tcp", "udp"], "transport"),
    srtp: oneOf(values.srtp ?? "optional", ["off", "optional", "required"], "srtp"),
    trust: { authorities: readAuthorities(values.ca, shell), insecure: values.insecure ?? false },
    register,
    ...(password !== undefined && { password }),
    ...(server !== undefined && { server }),
    ...(codecs !== undefined && { codecs: readCodecs(codecs) }),
    ...(address !== undefined && { localHost: address }),
  };
}

/** The host that a SIP address names; undefined for a bare number. */
export function domainOf(target: string): string | undefined {
  const host = /^(?:sips?:)?[^@]*@([^;?>]+)/i.exec(target)?.[1];
  return host === undefined ? undefined : hostOf(host);
}

function splitUser(
  text: string | undefined,
): readonly [user: string | undefined, domain: string | undefined] {
  if (text === undefined) return [undefined, undefined];
  const [, user, domain] = /^(?:sips?:)?([^@\s]+)(?:@([^@\s;]+))?$/i.exec(text) ?? [];
  if (user === undefined) {
    throw new UsageError(`--user needs an account such as 100@office.example, got "${text}"`);
  }
  return [user, domain];
}

/** Without scheme, port and parameters. */
function hostOf(server: string): string {
  const [, bracketed, plain] = /^(?:sips?:)?(?:\[([^\]]+)\]|([^:;?]+))/i.exec(server) ?? [];
  return bracketed ?? plain ?? server;
}

function readPassword(text: string | undefined, shell: Shell): string | undefined {
  return text === "-" ? shell.readLine({ isHidden: true }) : text ?? shell.variable("SIPEDGE_PASSWORD");
}

function readAuthorities(file: string | undefined, shell: Shell): readonly string[] {
  if (file === undefined) {
    const own = ownAuthority(shell);
    return own === undefined ? [] : [own];
  }
  const text = readTextFile(resolve(shell.folder, file));
  if (!text.ok) throw new CommandError(`Cannot read the authority "${file}": ${text.error}`);
  if (!text.value.includes("BEGIN CERTIFICATE")) {
    throw new CommandError(`Cannot use the authority "${file}": it holds no certificate in PEM form`);
  }
  return [text.value];
}

/** PEM of the authority that the server on this machine has made for itself. */
function ownAuthority(shell: Shell): string | undefined {
  try {
    const path = `${loadSettings({}, shell).settings.server.data}/tls/ca.pem`;
    const text = exists(path) ? readTextFile(path) : undefined;
    return text?.ok ? text.value : undefined;
  } catch {
    // A broken configuration of the server is no reason not to call somebody.
    return undefined;
  }
}

function readCodecs(text: string): readonly CodecName[] {
  return text.split(",").map((name) => oneOf(name.trim().toLowerCase(), ["g722", "pcma", "pcmu"], "codecs"));
}

function oneOf<Name extends string>(text: string, names: readonly Name[], flag: string): Name {
  const found = names.find((name) => name === text.toLowerCase());
  if (found === undefined) throw new UsageError(`--${flag} needs one of ${names.join(", ")}, got "${text}"`);
  return found;
}

/** A sound file that can be read, absolute. Throws {@linkcode CommandError}. */
export function readSoundPath(file: string, shell: Shell): string {
  const path = resolve(shell.folder, file);
  if (!exists(path)) throw new CommandError(`Cannot play "${file}": it does not exist`);
  return path;
}
