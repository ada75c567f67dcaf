/** Takes secrets out of texts that people or logs will see: digest answers, SDES keys, passwords in URIs. */

const RULES: readonly [pattern: RegExp, replacement: string][] = [
  // SDES keys (RFC 4568 §6.1): everything behind "inline:" up to the separator.
  [/(inline:)[A-Za-z0-9+/=]{8,}/g, "$1***"],
  // Digest answers (RFC 7616 §3.4): whoever has one and the nonce can try passwords at leisure.
  [
    /\b((?:response|cnonce|password|passwd|secret|token|ha1)\s*[=:]\s*)(?:"[^"\r\n]*"|[^\s",;&<>]+)/gi,
    '$1"***"',
  ],
  // sip:user:password@host (RFC 3261 §19.1.1), and the like in other schemes.
  [/\b(sips?:|https?:\/\/)([^\s:@<>"]{1,128}):[^\s@<>"]{1,128}@/gi, "$1$2:***@"],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{4,}/g, "$1 ***"],
];

/** `text` without secrets; linear in its length. */
export function maskSecrets(text: string): string {
  let masked = text;
  for (const [pattern, replacement] of RULES) masked = masked.replace(pattern, replacement);
  return masked;
}
