/** Headers that the business adds to messages of ours. */
import type { ExtraHeaders } from "../endpoint_types.ts";
import type { Headers } from "../message/mod.ts";

/** The first of a name takes the place of our own default; further ones of the same name are added. */
export function addHeaders(headers: Headers, extra: ExtraHeaders | undefined): void {
  if (!extra) return;
  for (let i = 0; i < extra.length; i++) {
    const [name, value] = extra[i]!;
    const isFirst = !extra.some(([other], index) => index < i && other.toLowerCase() === name.toLowerCase());
    if (isFirst) headers.set(name, value);
    else headers.append(name, value);
  }
}
