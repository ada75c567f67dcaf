export type * from "./ports.ts";

export * from "./service.ts";
export type { MemberMedia, MemberView, RoomView } from "./snapshot.ts";
export * from "./types.ts";
