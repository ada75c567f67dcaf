/** Who asks, and what they may do. A session may do everything; a token what its scopes say. */

export const SCOPES = [
  "status",
  "directory:read",
  "directory:write",
  "calls",
  "records",
  "system:read",
  "system:write",
  "metrics",
] as const;

export type Scope = (typeof SCOPES)[number];

/** Somebody who has proved who they are. */
export interface Principal {
  readonly kind: "session" | "token";
  /** Account, or name of the token. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Hash of the session's identifier, or the token's id. */
  readonly id: string;
}

export const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);
