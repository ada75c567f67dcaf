/** Service codes in a dialled string: `*43`, `*6*800*4711`, `*40*101`, `*90*102`, `*90#`. Pure. */

import type { ServiceCodes } from "../../config/mod.ts";

export type CodeName = keyof ServiceCodes;

export type CodeReading =
  /** `argument` has no star in front and no hash behind. */
  | { readonly kind: "code"; readonly code: CodeName; readonly argument: string }
  /** A forward is switched off: `*90#`. */
  | { readonly kind: "clear"; readonly code: CodeName }
  /** The code is known, but what must follow is missing or cannot be read. */
  | { readonly kind: "incomplete"; readonly code: CodeName };

type ArgumentKind = "none" | "number" | "slot" | "room" | "forward" | "toggle";

/** What may follow each code. `toggle`: nothing, or a hash for off. */
const ARGUMENT: Readonly<Record<CodeName, ArgumentKind>> = {
  echo: "none",
  tone: "none",
  room: "room",
  pickupExtension: "number",
  pickupGroup: "none",
  park: "slot",
  fetch: "slot",
  join: "none",
  forwardBusy: "forward",
  forwardUnreachable: "forward",
  forwardNoAnswer: "forward",
  forwardAlways: "forward",
  doNotDisturb: "toggle",
  mailbox: "none",
};

const NUMBER = /^[0-9A-Za-z+][0-9A-Za-z._+-]{0,31}$/;
const TARGET = /^[0-9A-Za-z+*#][0-9A-Za-z.*#_+-]{0,63}$/;

/** Reads `dialled` as a code; the longest code that fits wins. Undefined when it is none. */
export function readServiceCode(dialled: string, codes: ServiceCodes): CodeReading | undefined {
  let best: { readonly name: CodeName; readonly rest: string; readonly length: number } | undefined;
  for (const name of Object.keys(ARGUMENT) as CodeName[]) {
    const code = codes[name];
    if (code === "") continue;
    const rest = restAfter(dialled, code, ARGUMENT[name]);
    if (rest === undefined || (best && best.length >= code.length)) continue;
    // `*43` with digits behind is another number, not the echo test with an argument.
    if (ARGUMENT[name] === "none" && rest !== "") continue;
    best = { name, rest, length: code.length };
  }
  return best && readArgument(best.name, best.rest);
}

/**
 * What stands behind the code. A star at the end of the code and one before the argument are the same star, so that
 * `*40*` and `*40` both read `*40*101`; and a code that ends in a star may be dialled without it when nothing follows.
 */
function restAfter(dialled: string, code: string, kind: ArgumentKind): string | undefined {
  const stem = code.endsWith("*") ? code.slice(0, -1) : code;
  if (!dialled.startsWith(stem) || stem === "") return undefined;
  const rest = dialled.slice(stem.length);
  if (rest === "" || rest === "*" || (rest === "#" && kind === "none")) return "";
  if (rest.startsWith("*") || rest.startsWith("#")) return rest;
  // Codes without a star may run into their argument (`8` + `101`); with one they must be set off.
  return code === stem && !code.startsWith("*") ? rest : undefined;
}

/** `*6*800*4711` without the PIN, for records and logs; everything else as it is. */
export function withoutPin(dialled: string, codes: ServiceCodes): string {
  if (readServiceCode(dialled, codes)?.code !== "room") return dialled;
  const stem = codes.room.endsWith("*") ? codes.room.slice(0, -1) : codes.room;
  const star = dialled.indexOf("*", stem.length + 1);
  return star < 0 ? dialled : dialled.slice(0, star);
}

function readArgument(code: CodeName, rest: string): CodeReading {
  const kind = ARGUMENT[code];
  if (rest === "#") {
    return kind === "forward" || kind === "toggle" ? { kind: "clear", code } : { kind: "incomplete", code };
  }
  const argument = rest.replace(/^\*/, "").replace(/#$/, "");
  const isGood = {
    none: argument === "",
    toggle: argument === "",
    number: NUMBER.test(argument),
    slot: /^[1-9][0-9]?$/.test(argument),
    room: /^[0-9A-Za-z+][0-9A-Za-z._+-]{0,31}(?:\*[0-9]{0,16})?$/.test(argument),
    forward: TARGET.test(argument),
  }[kind];
  return isGood ? { kind: "code", code, argument } : { kind: "incomplete", code };
}
