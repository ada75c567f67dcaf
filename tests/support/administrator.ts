/** A person at the page, or a script with a token: HTTP over real sockets, from a loopback address of its own. */

export interface PageAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, with the content type of `headers`. */
  readonly raw?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What a test server has to have for somebody to reach its page. */
export interface PageServer {
  readonly address: string;
  readonly log: string;
}

/** A sender of requests with nothing to prove. */
export class Visitor implements Disposable {
  readonly url: string;
  readonly #client: Deno.HttpClient;

  /** @param from the loopback address that the server sees */
  constructor(url: string, from: string) {
    this.url = url;
    this.#client = Deno.createHttpClient({ localAddress: from, allowHost: true });
  }

  /** Below `/api/v1`, unless `path` begins with `//`: then below the root. */
  async ask(path: string, options: AskOptions = {}): Promise<PageAnswer> {
    const response = await this.open(path, options);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** The same with the body left to be read. */
  open(
    path: string,
    { method = "GET", body, raw, headers = {}, signal }: AskOptions = {},
  ): Promise<Response> {
    const place = path.startsWith("//") ? path.slice(1) : `/api/v1${path}`;
    const sent = body === undefined ? raw : JSON.stringify(body);
    return fetch(this.url + place, {
      method,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...this.proof(method),
        ...headers,
      },
      ...(sent !== undefined && { body: sent }),
      ...(signal && { signal }),
      redirect: "manual",
      client: this.#client,
    });
  }

  protected proof(_method: string): Record<string, string> {
    return {};
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** Somebody who brings a token. */
export class Script extends Visitor {
  readonly token: string;

  constructor(url: string, options: { readonly from: string; readonly token: string }) {
    super(url, options.from);
    this.token = options.token;
  }

  protected override proof(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }
}

export const ADMIN_PASSWORD = "Correct-Horse-7";

/** Somebody who has signed in: cookie, and the CSRF token with every change. */
export class Administrator extends Visitor {
  cookie = "";
  csrf = "";

  /** Follows the one-time link in the server's log. */
  static async setUp(server: PageServer, from: string): Promise<Administrator> {
    const administrator = new Administrator(`http://${server.address}:8080`, from);
    const token = await setupToken(server);
    administrator.take(
      await administrator.ask("/setup", { method: "POST", body: { token, password: ADMIN_PASSWORD } }),
    );
    return administrator;
  }

  async signIn(password = ADMIN_PASSWORD, code?: string): Promise<PageAnswer> {
    const body = { password, ...(code !== undefined && { code }) };
    const answer = await this.ask("/session", { method: "POST", body });
    if (answer.status === 200) this.take(answer);
    return answer;
  }

  /** Keeps what a sign-in brought. */
  take({ status, headers, text }: PageAnswer): void {
    if (status !== 200) throw new Error(`Cannot sign in: ${status} ${text}`);
    this.cookie = headers.get("set-cookie")!.split(";")[0]!;
    this.csrf = JSON.parse(text).csrf;
  }

  async json<T>(path: string, options: AskOptions = {}): Promise<T> {
    const { status, text } = await this.ask(path, options);
    if (status >= 300) throw new Error(`${options.method ?? "GET"} ${path}: ${status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  async script(from: string, scopes: readonly string[], name = "script"): Promise<Script> {
    const { secret } = await this.json<{ secret: string }>("/tokens", {
      method: "POST",
      body: { name, scopes },
    });
    return new Script(this.url, { from, token: secret });
  }

  protected override proof(method: string): Record<string, string> {
    return {
      ...(this.cookie !== "" && { cookie: this.cookie }),
      ...(method !== "GET" && method !== "HEAD" && this.csrf !== "" && { "x-csrf-token": this.csrf }),
    };
  }
}

/** What stands behind `#` in the link that a first start writes into the log. */
export async function setupToken(server: PageServer): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const found = /\/setup#([0-9a-f]+)/.exec(server.log);
    if (found) return found[1]!;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`There is no one-time link in the log:\n${server.log}`);
}
