export * from "./bindings.ts";
export * from "./contacts.ts";
export * from "./keep_alive.ts";
export * from "./registrar.ts";
