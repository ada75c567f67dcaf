/**
 * A real browser: Debian's Chromium, driven by playwright. What a visit loads, logs and asks of others is written down;
 * pictures are kept where `SIPEDGE_PICTURES` names a folder.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const PROGRAM = "/usr/bin/chromium";
/** Without these it looks for its maker's servers at every start. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Run in the page, whose types are not those of a test. */
const FIND_OVERFLOW = `(() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > width + 1);
  return wide.slice(0, 5).map((one) => (one.tagName + " " + one.className + " " + one.textContent).slice(0, 160));
})()`;

/** How long anything is waited for before it counts as never. */
const LIMIT_MS = 30_000;

export async function hasChromium(): Promise<boolean> {
  return await Deno.stat(PROGRAM).then(() => true, () => false);
}

export interface VisitOptions {
  /** Address of the page, `http://127.0.0.61:8080`. */
  readonly origin: string;
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly language?: "en" | "zh";
  /** Signed in already: what an earlier visit's `session` gave. */
  readonly session?: Awaited<ReturnType<BrowserContext["storageState"]>>;
}

export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: PROGRAM, args: FLAGS }));
  }

  async visit(options: VisitOptions): Promise<Visit> {
    const { origin, width = 1280, height = 860, dark = false, language, session } = options;
    const context = await this.#browser.newContext({
      baseURL: origin,
      viewport: { width, height },
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce",
      acceptDownloads: true,
      ...(session && { storageState: session }),
    });
    // Far longer than anything takes: how fast it is, benches say.
    context.setDefaultTimeout(LIMIT_MS);
    // As the page keeps a reader's choice; absent, the server's language counts.
    if (language) {
      await context.addInitScript((wish) => {
        if (localStorage.getItem("sipedge.language") === null) localStorage.setItem("sipedge.language", wish);
      }, language);
    }
    return new Visit(context, await context.newPage(), origin);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

export interface Finding {
  readonly rule: string;
  readonly impact: string;
  readonly what: string;
  readonly where: readonly string[];
}

export class Visit implements AsyncDisposable {
  readonly page: Page;
  /** Everything the browser asked for. */
  readonly requests: string[] = [];
  /** Errors of the console and of scripts, answers that failed. */
  readonly faults: string[] = [];
  readonly #context: BrowserContext;
  readonly #origin: string;

  constructor(context: BrowserContext, page: Page, origin: string) {
    this.#context = context;
    this.#origin = origin;
    this.page = page;
    context.on("request", (request) => void this.requests.push(request.url()));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.faults.push(message.text());
    });
    page.on("pageerror", (error) => void this.faults.push(`${error.name}: ${error.message}`));
  }

  /** Goes to a view as a link would, without loading the page anew where it is loaded. */
  async go(path: string): Promise<void> {
    if (this.page.url().startsWith(this.#origin) && await this.page.locator(".frame").count() > 0) {
      await this.page.evaluate(
        `history.pushState(null, "", ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent("popstate"))`,
      );
    } else await this.page.goto(path);
    await this.settled();
  }

  /** Waits until nothing is loading any more. */
  async settled(): Promise<void> {
    await this.page.locator("h1").first().waitFor();
    await this.page.locator(".loading").first().waitFor({ state: "detached" });
  }

  /** Loads `path` as a first visit does: bytes as they came over the wire, milliseconds until it can be used. */
  async measureLoad(path: string): Promise<{ bytes: number; ms: number }> {
    const client = await this.#context.newCDPSession(this.page);
    await client.send("Network.enable");
    await client.send("Network.setCacheDisabled", { cacheDisabled: true });
    let bytes = 0;
    client.on("Network.loadingFinished", ({ encodedDataLength }) => void (bytes += encodedDataLength));
    const start = performance.now();
    await this.page.goto(path);
    await this.settled();
    const ms = performance.now() - start;
    await this.page.waitForLoadState("load");
    await client.detach();
    return { bytes, ms };
  }

  /** Requests that left the machine's own server. */
  get foreign(): string[] {
    return this.requests.filter((url) => !url.startsWith(`${this.#origin}/`) && !/^(?:blob|data):/.test(url));
  }

  /** What axe-core finds that keeps people out: serious and critical only. */
  async findBarriers(): Promise<Finding[]> {
    // Into the page's own world past its policy, which forbids foreign scripts.
    if (!await this.page.evaluate("typeof axe === 'object'")) await this.page.evaluate(AXE);
    const results = await this.page.evaluate<AxeViolation[]>(
      "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
    );
    return results.filter(({ impact }) => impact === "serious" || impact === "critical").map(
      ({ id, impact, help, nodes }) => ({
        rule: id,
        impact,
        what: help,
        where: nodes.slice(0, 5).map(({ html }) => html.slice(0, 200)),
      }),
    );
  }

  /** Elements that stick out of the window to the right, which a reader would have to scroll for. */
  async findOverflow(): Promise<string[]> {
    return await this.page.evaluate<string[]>(FIND_OVERFLOW);
  }

  async picture(name: string): Promise<void> {
    const folder = Deno.env.get("SIPEDGE_PICTURES");
    if (folder !== undefined) await this.page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }

  /** Cookies and choices, for another visit. */
  get session(): ReturnType<BrowserContext["storageState"]> {
    return this.#context.storageState();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}

interface AxeViolation {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}
