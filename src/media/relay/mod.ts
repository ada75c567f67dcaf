export * from "./network.ts";
export * from "./socket_address.ts";
