/** Authorization and Proxy-Authorization (RFC 3261 §20.7, §20.28; RFC 7616 §3.4). */
import { fail, ok, type Result } from "../../base/mod.ts";
import type { ParseFault } from "../message/mod.ts";
import { quote } from "../message/mod.ts";
import { parseSchemes } from "./auth_params.ts";

export interface DigestAuthorization {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  /** Lower-case hexadecimal, 32 or 64 digits. */
  readonly response: string;
  /** As sent; absent means MD5. */
  readonly algorithm?: string;
  readonly opaque?: string;
  /** Present together or, in the manner of RFC 2069, absent together. `nc` is eight hexadecimal digits. */
  readonly counted?: { readonly qop: string; readonly nc: string; readonly cnonce: string };
}

function refuse(reason: string): Result<never, ParseFault> {
  return fail({ where: "Authorization", reason });
}

/** Parses one field. Undefined for another scheme than Digest. */
export function parseAuthorization(text: string): Result<DigestAuthorization | undefined, ParseFault> {
  const schemes = parseSchemes(text);
  if (!schemes.ok) return schemes;
  const [first, second] = schemes.value;
  if (first?.scheme !== "digest") return ok(undefined);
  if (second !== undefined) return refuse("two answers in one field");
  return readAnswer(first.params);
}

function readAnswer(params: ReadonlyMap<string, string>): Result<DigestAuthorization, ParseFault> {
  const username = params.get("username");
  const realm = params.get("realm");
  const nonce = params.get("nonce");
  const uri = params.get("uri");
  const response = params.get("response")?.toLowerCase();
  if (username === undefined || realm === undefined || nonce === undefined) {
    return refuse("no username, realm or nonce");
  }
  if (uri === undefined || response === undefined) return refuse("no uri or response");
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{64})$/.test(response)) return refuse("response is not 32 or 64 hex digits");
  const counted = readCounted(params);
  if (!counted.ok) return counted;
  const algorithm = params.get("algorithm");
  const opaque = params.get("opaque");
  return ok({
    username,
    realm,
    nonce,
    uri,
    response,
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(opaque === undefined ? {} : { opaque }),
    ...(counted.value === undefined ? {} : { counted: counted.value }),
  });
}

/** qop needs both others (RFC 7616 §3.4); without it they mean nothing. */
function readCounted(
  params: ReadonlyMap<string, string>,
): Result<DigestAuthorization["counted"], ParseFault> {
  const qop = params.get("qop")?.toLowerCase();
  if (qop === undefined) return ok(undefined);
  const nc = params.get("nc");
  const cnonce = params.get("cnonce");
  if (qop !== "auth" && qop !== "auth-int") return refuse("qop is not known");
  if (nc === undefined || cnonce === undefined) return refuse("qop without nc or cnonce");
  if (!/^[0-9A-Fa-f]{8}$/.test(nc)) return refuse("nc is not 8 hex digits");
  return ok({ qop, nc, cnonce });
}

/** One field value. qop and nc stand unquoted, as RFC 7616 §3.4 has them. */
export function printAuthorization(answer: DigestAuthorization): string {
  let out = `Digest username=${quote(answer.username)}, realm=${quote(answer.realm)}, ` +
    `nonce=${quote(answer.nonce)}, uri=${quote(answer.uri)}, response="${answer.response}"`;
  if (answer.algorithm !== undefined) out += `, algorithm=${answer.algorithm}`;
  if (answer.opaque !== undefined) out += `, opaque=${quote(answer.opaque)}`;
  const { counted } = answer;
  if (counted !== undefined) {
    out += `, qop=${counted.qop}, nc=${counted.nc}, cnonce=${quote(counted.cnonce)}`;
  }
  return out;
}
