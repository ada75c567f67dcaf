/** The shapes of a SIP message and its parts (RFC 3261 §7, §19, §20, §25); data, and the empty parameters that most of them have. */

export type TransportName = "udp" | "tcp" | "tls";

/** Parameters in order; keys in lower case; `null` for a flag without value; quoted values stand unquoted. */
export type Params = Map<string, string | null>;

/** Stands wherever no parameters are, shared by all messages; it throws when it is to be changed. */
export const NO_PARAMS: Params = new Map();
Object.defineProperty(NO_PARAMS, "set", {
  value: () => {
    throw new TypeError("Cannot change parameters: they are shared, copy them first");
  },
});

/** `sip:` or `sips:` URI (RFC 3261 §19.1). Text stands unescaped; the printer escapes again. */
export interface SipUri {
  readonly scheme: "sip" | "sips";
  user?: string;
  /** The user part as the peer wrote it, kept when it holds escapes; printed again as long as it means `user`. */
  escapedUser?: string;
  password?: string;
  /** Lower case; an IPv6 address without its brackets. */
  host: string;
  port?: number;
  params: Params;
  /** URI headers (`?name=value`), names as written. */
  headers: Params;
}

/** `tel:` URI (RFC 3966). */
export interface TelUri {
  readonly scheme: "tel";
  /** As written, visual separators kept. */
  number: string;
  params: Params;
}

/** Any other scheme, passed on untouched. */
export interface OtherUri {
  readonly scheme: "other";
  /** The whole text, scheme included. */
  text: string;
}

export type Uri = SipUri | TelUri | OtherUri;

/** `"name" <uri>;params`: From, To, Contact, Route, Record-Route, Path, P-Asserted-Identity, Refer-To … */
export interface NameAddr {
  displayName?: string;
  uri: Uri;
  params: Params;
}

export interface Via {
  /** Upper case: `UDP`, `TCP`, `TLS`, or a token not known here. */
  transport: string;
  host: string;
  port?: number;
  /** `branch`, `received`, `rport`, … */
  params: Params;
}

export interface CSeq {
  sequence: number;
  method: string;
}

/** Why a piece of text is not what its grammar says. */
export interface ParseFault {
  /** Header name, `request-line`, `status-line`, `uri`, `message`. */
  readonly where: string;
  /** Short English sentence without full stop; never contains secrets. */
  readonly reason: string;
}
