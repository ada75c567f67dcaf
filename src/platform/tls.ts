/**
 * TLS 1.2 and 1.3 for SIP over `node:tls` (RFC 5246, RFC 8446, RFC 5922): certificate by SNI, exchanged while running,
 * client certificates by option.
 */

import tls, { type SecureContext, type TLSSocket } from "node:tls";
import type { Server, Socket } from "node:net";
import { fail, ok, type Result } from "../base/mod.ts";
import type {
  Address,
  ConnectOptions,
  StreamDoor,
  StreamListening,
  StreamNetwork,
} from "../sip/transport/mod.ts";
import type { CertificatePair } from "./certificate_files.ts";
import { certificateNames } from "./certificate_names.ts";
import { NodeStreamSocket, remoteOf } from "./stream_socket.ts";
import { awaitOpening, startListening } from "./tcp.ts";
import { explainHandshake, isCertificateFault } from "./tls_faults.ts";

const HANDSHAKE_MS = 10_000;

/** Which certificate to show; `Certificates` implements it. */
export interface CertificateChoice {
  /** The certificate for a name asked by SNI; the default one without a name or for an unknown one. */
  choose(serverName?: string): CertificatePair;
  /** Calls `listener` when any certificate was exchanged. The function returned ends that. */
  onChange(listener: () => void): () => void;
}

export interface TlsOptions {
  readonly certificates?: CertificateChoice;
  /** Client certificates: `required` refuses those who have none. Default `off`. */
  readonly clientCertificates?: "off" | "optional" | "required";
  /** PEM texts of authorities that sign client certificates. */
  readonly clientAuthorities?: () => readonly string[];
  /** PEM texts of authorities believed for outgoing connections beside those of the system. */
  readonly serverAuthorities?: () => readonly string[];
  /** False leaves the system's authorities out. Default true. */
  readonly systemAuthorities?: boolean;
  /** False connects to whoever answers: only for a lab. Default true. */
  readonly verifyServers?: boolean;
  readonly handshakeMs?: number;
}

export class TlsNetwork implements StreamNetwork {
  readonly #options: TlsOptions;
  readonly #contexts = new WeakMap<CertificatePair, SecureContext>();

  constructor(options: TlsOptions) {
    this.#options = options;
  }

  async listen(local: Address, door: StreamDoor): Promise<Result<StreamListening, string>> {
    const { certificates, clientCertificates = "off" } = this.#options;
    if (!certificates) return fail("there is no certificate for TLS");
    const server = tls.createServer({
      ...this.#material(certificates.choose()),
      requestCert: clientCertificates !== "off",
      rejectUnauthorized: clientCertificates === "required",
      SNICallback: (name, answer) => answer(null, this.#context(certificates.choose(name))),
    });
    guardHandshakes(server, door, this.#options.handshakeMs ?? HANDSHAKE_MS);
    const stopWatching = certificates.onChange(() =>
      server.setSecureContext(this.#material(certificates.choose()))
    );
    const listening = await startListening(server, local);
    if (!listening.ok) {
      stopWatching();
      return listening;
    }
    const close = () => {
      stopWatching();
      listening.value.close();
    };
    return ok({ local: listening.value.local, close });
  }

  connect(options: ConnectOptions, done: Parameters<StreamNetwork["connect"]>[1]): () => void {
    const { certificates, verifyServers = true } = this.#options;
    const own = certificates?.choose();
    const socket = tls.connect({
      host: options.remote.host,
      port: options.remote.port,
      ca: this.#serverAuthorities(),
      rejectUnauthorized: verifyServers,
      ...options.serverName === undefined ? {} : { servername: options.serverName },
      ...own ? { cert: own.certificate, key: own.key } : {},
    });
    const opening = { openEvent: "secureConnect", deadlineMs: options.deadlineMs } as const;
    return awaitOpening(socket, opening, (error) => {
      if (!error) return done(ok(new NodeStreamSocket(socket, verifiedNames(socket))));
      const fault = isCertificateFault(error) ? "certificate refused" : "connection failed";
      done(fail({ fault, reason: error.message }));
    });
  }

  #serverAuthorities(): string[] {
    const { serverAuthorities, systemAuthorities = true } = this.#options;
    return [...systemAuthorities ? tls.getCACertificates("default") : [], ...serverAuthorities?.() ?? []];
  }

  #material(pair: CertificatePair): { cert: string; key: string; ca?: string[] } {
    const material = { cert: pair.certificate, key: pair.key };
    if ((this.#options.clientCertificates ?? "off") === "off") return material;
    return { ...material, ca: [...this.#options.clientAuthorities?.() ?? []] };
  }

  #context(pair: CertificatePair): SecureContext {
    let context = this.#contexts.get(pair);
    if (!context) {
      context = tls.createSecureContext(this.#material(pair));
      this.#contexts.set(pair, context);
    }
    return context;
  }
}

/** Tells `door` of every connection before its handshake, and ends handshakes that fail or take too long. */
function guardHandshakes(server: Server, door: StreamDoor, handshakeMs: number): void {
  const waiting = new Map<Socket, Handshake>();
  server.on("connection", (raw: Socket) => {
    const remote = remoteOf(raw);
    if (!door.admit(remote)) return void raw.destroy();
    const timer = setTimeout(() => {
      handshake.reason ??= "did not finish the TLS handshake in time";
      raw.destroy();
    }, handshakeMs);
    const handshake: Handshake = { timer };
    waiting.set(raw, handshake);
    raw.once("close", () => {
      clearTimeout(timer);
      if (waiting.delete(raw)) door.failed(remote, handshake.reason ?? "ended during the TLS handshake");
    });
  });
  server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
    const raw = rawOf(socket), handshake = raw && waiting.get(raw);
    if (handshake) handshake.reason ??= explainHandshake(error);
    raw?.destroy();
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    const raw = rawOf(socket), handshake = raw && waiting.get(raw);
    if (!raw || !handshake) return void socket.destroy();
    clearTimeout(handshake.timer);
    waiting.delete(raw);
    door.opened(new NodeStreamSocket(socket, verifiedNames(socket)));
  });
}

/** How the handshake of a raw connection goes, until it is over. */
interface Handshake {
  readonly timer: ReturnType<typeof setTimeout>;
  reason?: string;
}

/** The TCP connection under a TLS one; Node.js has no public word for it. */
function rawOf(socket: TLSSocket): Socket | undefined {
  return (socket as { _parent?: Socket })._parent;
}

/** Names in the certificate of the peer, none unless it was verified. */
function verifiedNames(socket: TLSSocket): readonly string[] {
  if (!socket.authorized) return [];
  const { raw } = socket.getPeerCertificate() ?? {};
  return raw ? certificateNames(raw) : [];
}
