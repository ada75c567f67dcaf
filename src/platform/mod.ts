export * from "./files.ts";
export * from "./local_socket.ts";
export * from "./logging.ts";
export * from "./process.ts";
export * from "./service_notifier.ts";
export * from "./system_clock.ts";
export * from "./system_random.ts";
