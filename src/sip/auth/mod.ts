/** Digest authentication, both sides. Contents: */
export * from "./algorithms.ts";
export * from "./answer_challenge.ts";
export * from "./authorization.ts";
export * from "./challenge.ts";
export * from "./ha1.ts";
export * from "./response.ts";
export * from "./server_digest.ts";
