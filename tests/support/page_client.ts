/** The page as its administrator's browser uses it: signs in over HTTPS and makes changes. */

const API = "/api/v1";

export class PageClient {
  base = "";
  /** What follows the `#` in the one-time link. */
  setupToken = "";
  #client: Deno.HttpClient | undefined;
  #cookie = "";
  #csrf = "";

  /** `authority`: the certificates that are trusted, PEM. */
  open({ base, authority }: { readonly base: string; readonly authority: string }): void {
    this.base = base;
    this.#client = Deno.createHttpClient({ caCerts: [authority] });
  }

  async text(path: string): Promise<string> {
    return await (await this.#fetch(path)).text();
  }

  async setUp(password: string): Promise<void> {
    await this.#enter("/setup", { token: this.setupToken, password });
  }

  async signIn(password: string): Promise<void> {
    await this.#enter("/session", { password });
  }

  /** Throws with the answer unless it is a good one. */
  async change(method: string, path: string, body: unknown): Promise<Response> {
    const response = await this.#fetch(`${API}${path}`, {
      method,
      headers: { "content-type": "application/json", cookie: this.#cookie, "x-csrf-token": this.#csrf },
      body: JSON.stringify(body),
    });
    if (response.ok) return response;
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }

  async #enter(path: string, body: unknown): Promise<void> {
    const response = await this.change("POST", path, body);
    this.#cookie = response.headers.get("set-cookie")!.split(";")[0]!;
    this.#csrf = (await response.json()).csrf;
  }

  #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.base}${path}`, { ...init, ...(this.#client && { client: this.#client }) });
  }
}
