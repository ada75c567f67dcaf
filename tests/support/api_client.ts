/** A script that works with the API of a real server: signs in by the one-time link of the log, then by a token. */

import type { TestServer } from "./server.ts";

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

const PASSWORD = "a password for tests only";

export class ApiClient {
  readonly #base: string;
  readonly #token: string;

  private constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** Sets the administrator's password and makes a token that may do all. */
  static async signUp(server: TestServer): Promise<ApiClient> {
    const base = `http://${server.address}:8080`;
    for (let tries = 0; tries < 100 && !server.log.includes("/setup#"); tries++) await sleep(50);
    const secret = /\/setup#([A-Za-z0-9_-]+)/.exec(server.log)?.[1];
    if (secret === undefined) throw new Error(`There is no one-time link in the log:\n${server.log}`);
    const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(`${base}/api/v1${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
    const signedIn = await post("/setup", { token: secret, password: PASSWORD });
    const { csrf } = await signedIn.json() as { csrf: string };
    const cookie = signedIn.headers.get("set-cookie")!.split(";", 1)[0]!;
    const scopes = ["status", "directory:read", "directory:write", "system:read", "system:write"];
    const made = await post("/tokens", { name: "test", scopes }, { cookie, "x-csrf-token": csrf });
    if (made.status !== 201) throw new Error(`Cannot make a token: ${await made.text()}`);
    return new ApiClient(base, (await made.json() as { secret: string }).secret);
  }

  /** Answers also what is refused; throws when nobody answers. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    options: { readonly type?: string; readonly timeoutMs?: number } = {},
  ): Promise<ApiAnswer> {
    const { type = "application/json", timeoutMs = 15_000 } = options;
    const response = await fetch(`${this.#base}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { "content-type": type }),
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
  }

  /** The bytes of an answer to a POST. */
  async download(path: string, body: unknown): Promise<Uint8Array> {
    const response = await fetch(`${this.#base}/api/v1${path}`, {
      method: "POST",
      headers: { "authorization": `Bearer ${this.#token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
