/**
 * TLS 1.2 and 1.3 for SIP over `node:tls` (RFC 5246, RFC 8446, RFC 5922): certificate by SNI, exchanged while running,
 * client certificates by option.
 */

import tls, { type SecureContext, type TLSSocket } from "node:tls";
import type { Socket } from "node:net";
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
import { awaitOpening } from "./tcp.ts";
import { listenTcp } from "./tcp_listener.ts";
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
  /** False never shows our certificate to a server that asks for one. Default true. */
  readonly presentCertificate?: boolean;
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
    const guard = new HandshakeGuard(door, this.#options.handshakeMs ?? HANDSHAKE_MS);
    let server: tls.Server | undefined;
    const stopWatching = certificates.onChange(() =>
      server?.setSecureContext(this.#material(certificates.choose()))
    );
    const makeServer = () => {
      server = tls.createServer({
        ...this.#material(certificates.choose()),
        requestCert: clientCertificates !== "off",
        rejectUnauthorized: clientCertificates === "required",
        SNICallback: (name, answer) => answer(null, this.#context(certificates.choose(name))),
      });
      server.on("tlsClientError", (error, socket) => guard.failed(socket, error));
      server.on("secureConnection", (socket) => guard.secured(socket));
      return server;
    };
    const listening = await listenTcp(local, { makeServer, connected: (raw) => guard.begin(raw) });
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
    const { certificates, verifyServers = true, presentCertificate = true } = this.#options;
    const own = presentCertificate ? certificates?.choose() : undefined;
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
      if (!error) return done(ok(securedSocket(socket)));
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

/** How the handshake of a raw connection goes, until it is over. */
interface Handshake {
  readonly timer: ReturnType<typeof setTimeout>;
  reason?: string;
}

/** Tells `door` of every connection before its handshake, and ends handshakes that fail or take too long. */
class HandshakeGuard {
  readonly #door: StreamDoor;
  readonly #handshakeMs: number;
  readonly #waiting = new Map<Socket, Handshake>();

  constructor(door: StreamDoor, handshakeMs: number) {
    this.#door = door;
    this.#handshakeMs = handshakeMs;
  }

  begin(raw: Socket): void {
    const remote = remoteOf(raw);
    if (!this.#door.admit(remote)) return void raw.destroy();
    const timer = setTimeout(() => {
      handshake.reason ??= "did not finish the TLS handshake in time";
      raw.destroy();
    }, this.#handshakeMs);
    const handshake: Handshake = { timer };
    this.#waiting.set(raw, handshake);
    raw.once("close", () => {
      clearTimeout(timer);
      if (!this.#waiting.delete(raw)) return;
      this.#door.failed(remote, handshake.reason ?? "ended during the TLS handshake");
    });
  }

  failed(socket: TLSSocket, error: Error): void {
    const raw = rawOf(socket), handshake = raw && this.#waiting.get(raw);
    if (handshake) handshake.reason ??= explainHandshake(error);
    raw?.destroy();
  }

  secured(socket: TLSSocket): void {
    const raw = rawOf(socket), handshake = raw && this.#waiting.get(raw);
    if (!raw || !handshake) return void socket.destroy();
    clearTimeout(handshake.timer);
    this.#waiting.delete(raw);
    this.#door.opened(securedSocket(socket));
  }
}

/** The TCP connection under a TLS one; Node.js has no public word for it. */
function rawOf(socket: TLSSocket): Socket | undefined {
  return (socket as { _parent?: Socket })._parent;
}

function securedSocket(socket: TLSSocket): NodeStreamSocket {
  return new NodeStreamSocket(socket, {
    peerNames: verifiedNames(socket),
    tlsVersion: socket.getProtocol(),
  });
}

/** Names in the certificate of the peer, none unless it was verified. */
function verifiedNames(socket: TLSSocket): readonly string[] {
  if (!socket.authorized) return [];
  const { raw } = socket.getPeerCertificate() ?? {};
  return raw ? certificateNames(raw) : [];
}
