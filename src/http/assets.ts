/** The page itself: one HTML, one script, one style sheet, from memory, compressed once. */

/** The bundled page. */
export interface PageAssets {
  readonly html: string;
  readonly script: string;
  readonly style: string;
}

interface Asset {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  /** Its address holds its hash, so it never changes. */
  readonly isForever: boolean;
}

/** What is asked of the page by address. */
export class PageFiles {
  readonly #index: Asset;
  readonly #files: ReadonlyMap<string, Asset>;

  private constructor(index: Asset, files: ReadonlyMap<string, Asset>) {
    this.#index = index;
    this.#files = files;
  }

  /** Addresses in the HTML get the hash of what they lead to. */
  static async make({ html, script, style }: PageAssets): Promise<PageFiles> {
    const js = await makeAsset(script, "text/javascript; charset=utf-8");
    const css = await makeAsset(style, "text/css; charset=utf-8");
    const scriptPath = `/assets/page.${js.etag.slice(1, 13)}.js`;
    const stylePath = `/assets/page.${css.etag.slice(1, 13)}.css`;
    const page = html.replace("/assets/page.js", scriptPath).replace("/assets/page.css", stylePath);
    const index = { ...await makeAsset(page, "text/html; charset=utf-8"), isForever: false };
    const icon = { ...await makeAsset(ICON, "image/svg+xml"), isForever: false };
    return new PageFiles(index, new Map([[scriptPath, js], [stylePath, css], ["/icon.svg", icon]]));
  }

  /** Bytes of everything a first visit loads, uncompressed. */
  get size(): number {
    return [this.#index, ...this.#files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** The answer to a GET, or undefined where nothing is. */
  get(path: string, request: Headers): Response | undefined {
    const file = this.#files.get(path) ?? (isView(path) ? this.#index : undefined);
    if (!file) return undefined;
    const headers = new Headers({
      "content-type": file.type,
      etag: file.etag,
      vary: "accept-encoding",
      "cache-control": file.isForever ? "public, max-age=31536000, immutable" : "no-cache",
    });
    if (request.get("if-none-match") === file.etag) return new Response(null, { status: 304, headers });
    const takesGzip = /\bgzip\b/.test(request.get("accept-encoding") ?? "");
    if (takesGzip) headers.set("content-encoding", "gzip");
    return new Response(takesGzip ? file.gzip : file.bytes, { headers });
  }
}

/** Views of the page by the first part of their address. */
const VIEWS: ReadonlySet<string> = new Set([
  "",
  "setup",
  "login",
  "extensions",
  "groups",
  "rooms",
  "lines",
  "routing",
  "calls",
  "security",
  "certificates",
  "settings",
  "logs",
]);

function isView(path: string): boolean {
  return VIEWS.has(path.split("/")[1] ?? "");
}

async function makeAsset(text: string, type: string): Promise<Asset> {
  const bytes = new TextEncoder().encode(text);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  const gzip = new Uint8Array(await new Response(stream).arrayBuffer());
  return { type, bytes, gzip, etag: `"${hash.slice(0, 32)}"`, isForever: true };
}

/** A doorway with a wave going through it. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0f766e"/>' +
  '<path d="M6 16h4l3-7 5 14 3.5-10 1.5 3h3" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/></svg>';
