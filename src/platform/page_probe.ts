/** Asks a page whether it is up. Its certificate is not checked: the page may be asked by an address. */

import http from "node:http";
import https from "node:https";

const PATIENCE_MS = 5000;

export interface PageProbe {
  readonly url: string;
  readonly statusCode?: number;
  readonly fault?: string;
}

/** `GET /healthz` of the page at `url`. */
export function probePage(url: string): Promise<PageProbe> {
  return new Promise((resolve) => {
    const target = new URL("/healthz", url);
    const options = { rejectUnauthorized: false, timeout: PATIENCE_MS, agent: false as const };
    const request = (target.protocol === "https:" ? https : http).get(target, options, (response) => {
      response.resume();
      resolve({ url, ...(response.statusCode !== undefined && { statusCode: response.statusCode }) });
      request.destroy();
    });
    request.once("timeout", () => request.destroy(new Error("no answer")));
    request.once("error", (error) => resolve({ url, fault: error.message }));
  });
}
