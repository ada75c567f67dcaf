/**
 * The page as it is served: read where a build has put it, else bundled from `web/` by the runtime's own bundler, kept
 * for the next start when the folder may be written.
 */

import type { PageAssets } from "../http/mod.ts";
import { assetUrl } from "./assets.ts";

const WEB = assetUrl("web/");
/** All there is in a program that was built: its sources stay at home. */
const BUILT = assetUrl("dist/web/");

/** Assets of the page. Throws when there is neither a build nor a source. */
export async function loadPage(): Promise<PageAssets> {
  const built = await readBuilt();
  if (built && !await isStale()) return built;
  return await buildPage().catch((error) => {
    // A page of yesterday is better than none.
    if (built) return built;
    throw error;
  });
}

/** Bundles `web/` and puts the result into `dist/web`, if that folder may be written. */
export async function buildPage(): Promise<PageAssets> {
  const [html, style, script] = await Promise.all([
    Deno.readTextFile(new URL("page.html", WEB)),
    readStyles(),
    bundle(),
  ]);
  const assets = { html, style, script };
  await keep(assets).catch(() => undefined);
  return assets;
}

async function bundle(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sipedge-page-" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "bundle",
        "--quiet",
        "--platform=browser",
        "--minify",
        "-o",
        `${folder}/page.js`,
        pathOf("main.tsx"),
      ],
      // The configuration that names the packages is looked for from here upwards, wherever the server was started.
      cwd: pathOf("."),
      // What it says when it fails goes into the log.
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) {
      throw new Error(`Cannot bundle the page: ${new TextDecoder().decode(stderr).slice(0, 2000)}`);
    }
    return await Deno.readTextFile(`${folder}/page.js`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The style sheets of `web/styles` in the order of their names. */
async function readStyles(): Promise<string> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(new URL("styles/", WEB))) {
    if (name.endsWith(".css")) names.push(name);
  }
  const texts = await Promise.all(
    names.sort().map((name) => Deno.readTextFile(new URL(`styles/${name}`, WEB))),
  );
  // Comments and runs of white space are for people; nothing in our sheets needs them.
  return texts.join("\n").replace(/\/\*[^]*?\*\//g, "").replace(/\s+/g, " ").replace(/ ?([{};]) ?/g, "$1");
}

async function readBuilt(): Promise<PageAssets | undefined> {
  try {
    const [html, style, script] = await Promise.all(
      ["page.html", "page.css", "page.js"].map((name) => Deno.readTextFile(new URL(name, BUILT))),
    );
    return { html: html!, style: style!, script: script! };
  } catch {
    return undefined;
  }
}

/** Whole files only: two servers may start at the same moment. */
async function keep({ html, style, script }: PageAssets): Promise<void> {
  await Deno.mkdir(BUILT, { recursive: true });
  const files = { "page.html": html, "page.css": style, "page.js": script };
  for (const [name, text] of Object.entries(files)) {
    const temporary = new URL(`${name}.${Deno.pid}`, BUILT);
    await Deno.writeTextFile(temporary, text);
    await Deno.rename(temporary, new URL(name, BUILT));
  }
}

/** True when a source is younger than the build; without sources there is nothing younger. */
async function isStale(): Promise<boolean> {
  try {
    const { mtime } = await Deno.stat(new URL("page.js", BUILT));
    return await newestIn(WEB) > (mtime?.getTime() ?? 0);
  } catch {
    return false;
  }
}

async function newestIn(folder: URL): Promise<number> {
  let newest = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = new URL(isDirectory ? `${name}/` : name, folder);
    const at = isDirectory ? await newestIn(path) : (await Deno.stat(path)).mtime?.getTime() ?? 0;
    newest = Math.max(newest, at);
  }
  return newest;
}

function pathOf(name: string): string {
  return decodeURIComponent(new URL(name, WEB).pathname);
}
