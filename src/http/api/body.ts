/** Reads the body of a request: JSON, with a cap that holds whatever Content-Length says. */

import { Problem } from "./problem.ts";

export const DEFAULT_MAX_BODY = 256 * 1024;

export async function readJson(request: Request, maxBytes: number): Promise<{ value: unknown } | Problem> {
  const bytes = await readTyped(request, { types: ["application/json"], maxBytes });
  if (bytes instanceof Problem) return bytes;
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return new Problem("bad-request", "The body is no JSON");
  }
}

/** The whole body when it is of one of `types`; else, or when it is longer, a problem. */
export function readTyped(
  request: Request,
  { types, maxBytes }: { readonly types: readonly string[]; readonly maxBytes: number },
): Promise<Uint8Array<ArrayBuffer> | Problem> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  // A form or plain text could be sent across sites without asking first.
  if (!types.includes(type)) return Promise.resolve(new Problem("wrong-type", `Expected ${types[0]}`));
  return readBytes(request, maxBytes);
}

/** The whole body, or a problem when it is longer. */
async function readBytes(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | Problem> {
  const tooLarge = () => new Problem("too-large", `At most ${maxBytes} bytes are taken`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return tooLarge();
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.length;
    if (length > maxBytes) return tooLarge();
    parts.push(part);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
