/** HA1, the password's hash within a realm (RFC 7616 §3.4.2): what is stored instead of the password. */
import { hashHex } from "./algorithms.ts";

/** One per algorithm that a server may offer; lower-case hexadecimal. */
export interface Ha1 {
  readonly md5: string;
  readonly sha256: string;
}

export function createHa1(user: string, realm: string, password: string): Ha1 {
  const text = `${user}:${realm}:${password}`;
  return { md5: hashHex("MD5", text), sha256: hashHex("SHA-256", text) };
}
