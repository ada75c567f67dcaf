/** `sipedge status`: what a running server says of itself. */

import type { DomainStatus, ServerStatus } from "../app_types.ts";
import { type Command, EXIT, type ExitCode, type Shell } from "./command.ts";
import { ask } from "./control_client.ts";
import { expectWords, readFlags } from "./flags.ts";
import { controlPath } from "./places.ts";
import { plain, printJson, printSpan, printTable } from "./print.ts";
import { loadSettings, PLACE_FLAGS, PLACE_HELP } from "./settings_file.ts";

const DAY_MS = 86_400_000;

export const statusCommand: Command = {
  name: "status",
  summary: "show listeners, registrations, lines, groups, rooms and warnings of the running server",
  help: `Usage: sipedge status [--json] [--config FILE] [--data DIR]

  --json           everything the server knows, for scripts
${PLACE_HELP}

Exit code 0 when the server answers, 3 when the configuration has problems, 4 when it cannot be reached.
`,
  run,
};

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, { ...PLACE_FLAGS, json: "switch" });
  expectWords(words, []);
  const { settings } = loadSettings(values, shell);
  const status = await ask(controlPath(settings.server.data), "status");
  shell.output.write(values.json ? printJson(status) : printStatus(status));
  return EXIT.ok;
}

export function printStatus(status: ServerStatus): string {
  const { nowMs } = status;
  const devices = status.domains.flatMap(({ extensions }) =>
    extensions.flatMap((extension) => extension.devices)
  );
  const lines = [
    `sipedge ${plain(status.version)}, up for ${printSpan(nowMs - status.startedAt)}, ` +
    `${Math.round(status.memoryBytes / 1_048_576)} MB`,
    `listening on ${status.listeners.map(plain).join(", ")}`,
    `voice on UDP ports ${plain(status.mediaPorts)}`,
    ...(status.page ? [`page ${plain(status.page)}`] : []),
    ...status.certificates.map(({ names, expiresAt }) =>
      `certificate ${plain(names.join(", ")) || "of the own authority"}: ${
        Math.floor((expiresAt - nowMs) / DAY_MS)
      } days left`
    ),
    `${count(devices.length, "device")} registered, ${count(status.calls.live, "call")} now, ` +
    `${status.calls.sinceStart} since the start, ${count(status.bans, "sender")} banned`,
    ...status.warnings.map((warning) => `WARNING ${plain(warning)}`),
  ];
  return `${lines.join("\n")}\n${status.domains.map((domain) => printDomain(domain, nowMs)).join("")}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function registrationOf(devices: DomainStatus["extensions"][number]["devices"]): string {
  if (devices.length === 0) return "not registered";
  return devices.some(({ isReachable }) => isReachable) ? "registered" : "not reachable";
}

function printDomain(domain: DomainStatus, nowMs: number): string {
  const parts = [`\n${plain(domain.name)}\n`];
  const { extensions, lines, groups, rooms } = domain;
  if (extensions.length > 0) {
    const rows = extensions.map(({ number, name, enabled, inCall, devices }) => [
      number,
      name,
      !enabled ? "switched off" : inCall ? "in a call" : registrationOf(devices),
      devices.map(({ transport, expiresAt, userAgent, isReachable }) =>
        `${transport}${userAgent ? ` ${userAgent}` : ""} (${printSpan(expiresAt - nowMs)}${
          isReachable ? "" : ", not reachable"
        })`
      ).join(", "),
    ]);
    parts.push(printTable(["EXTENSION", "NAME", "STATE", "DEVICES"], rows));
  }
  if (lines.length > 0) {
    const rows = lines.map(({ name, kind, state, detail }) => [name, kind, state, detail ?? ""]);
    parts.push(printTable(["LINE", "KIND", "STATE", "DETAIL"], rows));
  }
  if (groups.length > 0) {
    const rows = groups.map((
      { number, name, members, free, waiting, ringing },
    ) => [number, name, `${members}`, `${free}`, `${waiting}`, ringing.join(" ")]);
    parts.push(printTable(["GROUP", "NAME", "MEMBERS", "FREE", "WAITING", "RINGING"], rows));
  }
  if (rooms.length > 0) {
    const rows = rooms.map((
      { number, name, members, capacity },
    ) => [number, name, `${members} of ${capacity}`]);
    parts.push(printTable(["ROOM", "NAME", "PEOPLE"], rows));
  }
  return parts.join("");
}
