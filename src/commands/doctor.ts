/** `sipedge doctor`: looks at everything a call needs, places one, and says what is wrong and the line to mend it. */

import type { ServerStatus } from "../app_types.ts";
import { type Clock, SILENT_LOG } from "../base/mod.ts";
import { printProblem, type Problem } from "../config/mod.ts";
import {
  type CheckName,
  type Finding,
  judgeVersion,
  judgeWarnings,
  problem,
  skipped,
  warning,
} from "../doctor/mod.ts";
import { createLog, runtimeName } from "../platform/mod.ts";
import { type Command, EXIT, type ExitCode, type Shell } from "./command.ts";
import { ask, isForbiddenHere, isServed } from "./control_client.ts";
import { checkEchoCall } from "./doctor_call.ts";
import {
  checkClock,
  checkFirewall,
  checkMachine,
  checkMediaPorts,
  checkPermissions,
  checkStore,
} from "./doctor_machine.ts";
import {
  checkCertificates,
  checkListeners,
  checkNames,
  checkOutside,
  type Patient,
} from "./doctor_network.ts";
import { printFinding, printSum } from "./doctor_print.ts";
import { expectWords, readFlags } from "./flags.ts";
import { openPhoneWorld } from "./phone_world.ts";
import { controlPath, findConfig } from "./places.ts";
import { printJson } from "./print.ts";
import {
  type LoadedSettings,
  loadSettings,
  PLACE_FLAGS,
  PLACE_HELP,
  readSettingsFile,
} from "./settings_file.ts";

const FLAGS = { ...PLACE_FLAGS, json: "switch", "no-call": "switch", verbose: "switch" } as const;

export const doctorCommand: Command = {
  name: "doctor",
  summary: "look for what is wrong with server, network and machine, and say how to mend it",
  help: `Usage: sipedge doctor [--json] [--no-call] [--config FILE] [--data DIR]

Looks at listeners (each is asked on each address), certificates, DNS names of domains and lines, the clock, media
ports, what SDP says to the outside, the firewall, permissions, disk, limits and the database; then places a call with
TLS and SRTP through the running server to its echo test. Works with and without a running server. Changes nothing,
but for the record of its own call, whose caller is named doctor-….

Each line says ok, WARNING, PROBLEM or skipped; below a warning or a problem stands the line that mends it. Run it as
root, or as the user of the server, to see everything.

  --json           { "ok", "problems", "warnings", "server", "findings": [ { "check", "state", "text", "fix" } ] }
  --no-call        leave the call out
  --verbose        log what helps to find a fault
${PLACE_HELP}

Exit code 0 when nothing is wrong (warnings do not count), 3 when the configuration cannot be used, 7 when there is a
problem.
`,
  run,
};

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  expectWords(words, []);
  const findings: Finding[] = [];
  const tell = (some: Finding | readonly Finding[]) => {
    for (const finding of [some].flat()) {
      findings.push(finding);
      if (!values.json) shell.output.write(printFinding(finding));
    }
  };
  const loaded = load(values, shell);
  const status = Array.isArray(loaded)
    ? undefined
    : await examine(loaded as LoadedSettings, { shell, values, tell });
  if (Array.isArray(loaded)) tell(loaded);
  const problems = findings.filter(({ state }) => state === "problem").length;
  const warnings = findings.filter(({ state }) => state === "warning").length;
  if (values.json) {
    const server = status ? { running: true, version: status.version } : { running: false };
    shell.output.write(printJson({ ok: problems === 0, problems, warnings, server, findings }));
  } else shell.output.write(printSum(findings));
  return Array.isArray(loaded) ? EXIT.badConfiguration : problems > 0 ? EXIT.unwell : EXIT.ok;
}

/** The settings, or what is wrong with the file. */
function load(
  values: { readonly config?: string; readonly data?: string },
  shell: Shell,
): LoadedSettings | Finding[] {
  const file = findConfig(values.config, shell);
  const read = file === undefined ? undefined : readSettingsFile(file);
  return read && !read.ok ? read.error.map((one) => findingOf(one, file!)) : loadSettings(values, shell);
}

function findingOf(fault: Problem, file: string): Finding {
  const text = printProblem(fault, file);
  const look = /permission denied/.test(fault.message) ? SUDO : `sipedge check "${file}"`;
  return fault.severity === "error"
    ? problem("configuration", text, look)
    : warning("configuration", text, look);
}

interface Examination {
  readonly shell: Shell;
  readonly values: { readonly verbose?: boolean; readonly "no-call"?: boolean };
  readonly tell: (findings: Finding | readonly Finding[]) => void;
}

/** Tells what each check finds as soon as it is known. */
async function examine(
  { settings, configFile, warnings }: LoadedSettings,
  { shell, values, tell }: Examination,
): Promise<ServerStatus | undefined> {
  const { clock, random, version, error: output } = shell;
  const control = controlPath(settings.server.data);
  if (await isForbiddenHere(control)) {
    // Whoever may not look into the data folder would see faults that are none.
    tell(problem("version", `this user may not ask the server at "${control}"`, SUDO));
    return undefined;
  }
  const asked = await askStatus(control, clock);
  const status = asked === "hangs" ? undefined : asked;
  tell(
    asked === "hangs"
      ? problem("version", `the server hangs: "${control}" is open, but nobody answers`, ...HANGING)
      : judgeVersion({
        own: version,
        runtime: runtimeName(),
        ...(status && { running: status.version }),
      }),
  );
  tell(status ? judgeWarnings(status.warnings) : warnings.map((one) => findingOf(one, configFile ?? "")));
  const log = values.verbose ? createLog({ format: "auto", level: "debug", clock, output }) : SILENT_LOG;
  const world = openPhoneWorld({ clock, random, log, version });
  try {
    const patient: Patient = {
      settings,
      ...(configFile !== undefined && { configFile }),
      status,
      domains: status?.domains.map(({ name }) => name) ?? settings.domains.map(({ name }) => name),
      extensions: (status ?? settings).domains.reduce((sum, { extensions }) => sum + extensions.length, 0),
      world,
    };
    for (const [name, check] of checksOf(patient, values)) {
      try {
        tell(await check());
      } catch (error) {
        // One check that cannot work must not hide what the others see.
        tell(skipped(name, `this could not be looked at: ${error instanceof Error ? error.message : error}`));
      }
    }
  } finally {
    await world.close();
  }
  return status;
}

const SUDO = "sudo sipedge doctor";
const HANGING = ["systemctl restart sipedge", "before that, for a report: kill -ABRT $(pidof sipedge)"];
const PATIENCE_MS = 5000;

/** What the server says of itself; undefined: none runs. */
async function askStatus(control: string, clock: Clock): Promise<ServerStatus | "hangs" | undefined> {
  if (!await isServed(control)) return undefined;
  const late = Promise.withResolvers<"hangs">();
  const timer = clock.at(clock.now() + PATIENCE_MS, () => late.resolve("hangs"));
  try {
    return await Promise.race([ask(control, "status"), late.promise]);
  } finally {
    timer.cancel();
  }
}

type Check = readonly [name: CheckName, run: () => Finding | Finding[] | Promise<Finding | Finding[]>];

function checksOf(patient: Patient, values: Examination["values"]): readonly Check[] {
  const { status, settings, world } = patient;
  return [
    ["listeners", () => checkListeners(patient)],
    ["certificates", () => checkCertificates(patient)],
    ["names", () => checkNames(patient)],
    ["clock", () => checkClock(patient)],
    ["media ports", () => checkMediaPorts(patient)],
    ["outside", () => checkOutside(patient)],
    ["firewall", () => checkFirewall(patient)],
    ["permissions", () => checkPermissions(patient)],
    ["machine", () => checkMachine(patient)],
    ["database", () => checkStore(patient)],
    ["echo call", () => {
      if (!status) return skipped("echo call", "no server runs");
      if (values["no-call"]) return skipped("echo call", "not wanted");
      return checkEchoCall(settings, { status, world });
    }],
  ];
}
