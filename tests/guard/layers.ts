/** Which folder may import which: the table of `src/README.md` as data. */

/**
 * Folder (below `src/`) → what it may import from elsewhere: a folder (then only its `mod.ts`), `folder/*` for all
 * below it, or one file, which is a contract of its own. `types …` allows `import type` only.
 */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "base": [],

  "sip/message": ["base"],
  "sdp": ["base"],
  "media/rtp": ["base"],
  "media/codec": ["base"],
  "config": ["base"],

  "sip/auth": ["base", "sip/message"],
  "sip/transport": ["base", "sip/message"],
  "sip/transaction": ["base", "sip/message", "types sip/transport"],
  "sip/dialog": [
    "base",
    "sip/message",
    "sip/transaction",
    "types sip/transport",
    "types sip/endpoint_types.ts",
  ],
  "sip": ["base", "sip/*", "types sip/transport/types.ts"],

  "media/srtp": ["base", "media/rtp", "types media/plane.ts"],
  "media/mix": ["base", "media/rtp", "media/codec", "types media/plane.ts"],
  "media/codec_opus": ["base", "media/rtp", "media/mix"],
  "media/relay": ["base", "media/*", "types media/plane.ts"],
  "media/thread": ["base", "media/*", "types media/plane.ts"],
  "media": ["base", "media/*", "platform"],

  "pbx": ["base", "config"],
  "pbx/directory": ["base", "config", "pbx/ports.ts"],
  "pbx/access": [
    "base",
    "config",
    "pbx/ports.ts",
    "pbx/directory",
    "sip/*",
    "sip",
    "sdp",
    "types media/plane.ts",
  ],
  "pbx/registrar": ["(pbx/access)", "pbx/access"],
  "pbx/line": ["(pbx/registrar)", "pbx/call", "pbx/routing"],
  "pbx/call": ["(pbx/registrar)", "pbx/registrar", "pbx/prompts"],
  "pbx/hunt": ["base", "config", "pbx/ports.ts", "pbx/directory", "types media/plane.ts"],
  "pbx/conference": ["(pbx/hunt)"],
  "pbx/feature": ["(pbx/hunt)"],
  "pbx/prompts": ["(pbx/hunt)"],
  "pbx/routing": ["(pbx/hunt)"],

  "guard": ["base", "config", "pbx/ports.ts"],
  "backup": ["base"],
  "store": ["base", "config", "pbx/ports.ts"],
  "telemetry": ["base", "config", "pbx/ports.ts"],
  "http/auth": ["base", "pbx/ports.ts"],
  "http/api": ["base", "config", "pbx/ports.ts", "pbx/directory", "http/auth"],
  "http": ["(http/api)", "http/*", "types app_types.ts"],

  "doctor": ["base", "config", "types sip/transport"],

  "platform": ["base", "sip/transport", "media/relay", "media/thread", "types http"],
  "phone": ["base", "sip/*", "sip", "sdp", "media/*", "media", "media/plane.ts"],
};

/** Folders that join the others and may import everything below them. */
export const ROOTS: readonly string[] = ["", "commands", "office"];

/** Folders in which every file is a face of its own: there is no inside to protect. */
export const OPEN: readonly string[] = ["platform", "office"];

/** Longest file, in lines. */
export const MAX_LINES = 400;
