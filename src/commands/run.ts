/** The command line as a whole: finds the command, runs it, turns its complaints into words and exit codes. */

import { nearest } from "../config/mod.ts";
import { applyCommand } from "./apply.ts";
import { backupCommand } from "./backup.ts";
import { callCommand } from "./call.ts";
import { callsCommand } from "./calls.ts";
import { certCommand } from "./cert.ts";
import { checkCommand } from "./check.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Shell, UsageError } from "./command.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { exportCommand } from "./export.ts";
import { extensionCommand } from "./extension.ts";
import { phoneCommand } from "./phone.ts";
import { restoreCommand } from "./restore.ts";
import { routeCommand } from "./route.ts";
import { serveCommand } from "./serve.ts";
import { statusCommand } from "./status.ts";
import { traceCommand } from "./trace.ts";
import { versionCommand } from "./version.ts";

const COMMANDS: readonly Command[] = [
  serveCommand,
  checkCommand,
  extensionCommand,
  applyCommand,
  exportCommand,
  statusCommand,
  callsCommand,
  traceCommand,
  routeCommand,
  callCommand,
  phoneCommand,
  demoCommand,
  certCommand,
  backupCommand,
  restoreCommand,
  doctorCommand,
  versionCommand,
];

/** Runs one command line, `args` without the program's name. Throws only on faults of our own. */
export async function runCommandLine(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined) {
    shell.error.write(overview());
    return EXIT.usage;
  }
  if (["help", "--help", "-h"].includes(name)) return help(rest[0], shell);
  const command = COMMANDS.find((one) =>
    one.name === (name === "--version" || name === "-V" ? "version" : name)
  );
  if (!command) return complain(explainCommand(name), shell);
  const ends = rest.indexOf("--");
  const flags = ends < 0 ? rest : rest.slice(0, ends);
  if (flags.includes("--help") || flags.includes("-h")) return help(command.name, shell);
  try {
    return await command.run(rest, shell);
  } catch (error) {
    if (error instanceof UsageError) return complain(error.message, shell, command);
    if (!(error instanceof CommandError)) throw error;
    shell.error.write(`${error.message}\n`);
    return error.code;
  }
}

function help(name: string | undefined, shell: Shell): ExitCode {
  const command = COMMANDS.find((one) => one.name === name);
  if (name !== undefined && !command) return complain(explainCommand(name), shell);
  shell.output.write(command ? `sipedge ${command.name}: ${command.summary}\n\n${command.help}` : overview());
  return EXIT.ok;
}

function complain(message: string, shell: Shell, command?: Command): ExitCode {
  const where = command ? `sipedge ${command.name}` : "sipedge";
  shell.error.write(`${where}: ${message}\nTry "${where} --help"\n`);
  return EXIT.usage;
}

function explainCommand(name: string): string {
  const near = nearest(name, [...COMMANDS.map((command) => command.name), "help"]);
  return `unknown command "${name}"${near ? `, did you mean "${near}"?` : ""}`;
}

function overview(): string {
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}\n`).join("");
  return `sipedge: a SIP server for the edge of an enterprise network

Usage: sipedge COMMAND [OPTIONS]

${lines}  help        explain a command: sipedge help serve

Exit codes: 0 done, 1 failed, 2 the command line makes no sense, 3 problems in the configuration, 4 no server answers,
            5 nobody answered the call, 6 the call was answered but nothing was heard,
            7 the doctor has found a problem
`;
}
