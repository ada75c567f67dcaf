/**
 * The files the program brings along (sounds, the page, the code of its media threads), wherever it runs from:
 * sources, a bundle, or one compiled file. The layout of the latter two is made by `tools/build_stage.ts`.
 */

import { fileURLToPath } from "node:url";

/** A bundle is one file that lies beside what it brings; the sources keep this file two folders down. */
const IS_SOURCE = import.meta.url.endsWith("/src/platform/assets.ts");
const BASE = new URL(IS_SOURCE ? "../../" : "./", import.meta.url);

/** Absolute path of a file or folder that the program brings along, e.g. `sounds/index.json`. */
export function assetPath(name: string): string {
  return fileURLToPath(assetUrl(name));
}

/** The same as a URL. */
export function assetUrl(name: string): URL {
  return new URL(name, BASE);
}

/** The code of a media thread, for {@linkcode Worker}. */
export function mediaWorkerUrl(): URL {
  return new URL(IS_SOURCE ? "src/media/worker.ts" : "media_worker.js", BASE);
}
