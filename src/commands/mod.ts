export { EXIT, type ExitCode, type Shell, type StartServer } from "./command.ts";
export type { ControlHandlers } from "./control_types.ts";
export { runCommandLine } from "./run.ts";
export { systemShell } from "./system_shell.ts";
