/** Why a TLS handshake failed, in words for people who own phones. */

/** A sentence that goes after the address of the peer, without full stop. */
export function explainHandshake(error: Error & { code?: string }): string {
  const text = `${error.code ?? ""} ${error.message}`;
  for (const [pattern, words] of EXPLANATIONS) if (pattern.test(text)) return words;
  return `TLS handshake failed: ${error.message.slice(0, 200)}`;
}

/** The words of rustls, which stands under Deno's `node:tls`, and of OpenSSL's alerts. */
const EXPLANATIONS: readonly (readonly [RegExp, string])[] = [
  [
    /incompatible|NoKxGroups|NoCipherSuites|SignatureAlgorithms|PROTOCOL_VERSION|ProtocolVersion|no shared cipher/i,
    "has no TLS version or cipher in common with this server: it needs TLS 1.2 or 1.3 with ECDHE and AES-GCM or " +
    "ChaCha20; update the phone, or let it use TCP or UDP",
  ],
  [/InvalidContentType|WRONG_VERSION_NUMBER|corrupt message/i, "does not speak TLS on this port"],
  [/RETURN_A_CERTIFICATE|sent no certificates/i, "has no client certificate, and one is required"],
  [
    /alert.*(UnknownCA|BadCertificate|CertificateUnknown|CertificateExpired|UNKNOWN_CA|BAD_CERTIFICATE)/i,
    "does not trust the certificate of this server: install its authority there (see the command cert)",
  ],
  [
    /UnknownIssuer|NotValidForName|invalid peer certificate/i,
    "shows a client certificate that is not trusted here",
  ],
  [/timeout/i, "did not finish the TLS handshake in time"],
  [/hang up|ECONNRESET|EPIPE|eof/i, "closed the connection during the TLS handshake"],
];

/** True when an outgoing connection failed because of the certificate the other side showed. */
export function isCertificateFault(error: Error & { code?: string }): boolean {
  return /ALTNAME|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|DEPTH_ZERO|CERT_|certificate|UnknownIssuer/i
    .test(`${error.code ?? ""} ${error.message}`);
}
