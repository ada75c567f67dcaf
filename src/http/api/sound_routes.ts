/** What the server says and plays: words, tones and waiting music, each replaceable by a WAV file. */

import { z } from "zod";
import { readTyped } from "./body.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { Problem } from "./problem.ts";

/** A quarter of an hour at 8 kHz. */
const MAX_WAV_BYTES = 16 * 1024 * 1024;
const WAV_TYPES = ["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"];

const params = z.object({ folder: z.string().max(16), name: z.string().max(64) });

export const soundRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/sounds",
    summary: "Words, tones and waiting music, and which of them are the company's own",
    tag: "sounds",
    access: "system:read",
    response: z.object({
      items: z.array(
        z.object({
          name: z.string(),
          isOwn: z.boolean(),
          isShipped: z.boolean(),
          words: z.string().exactOptional(),
        }),
      ),
    }),
    handle: ({ context }) => ({ items: context.commands.sounds.list().map((item) => ({ ...item })) }),
  }),
  endpoint({
    method: "get",
    path: "/sounds/{folder}/{name}",
    summary: "A sound as it is played now",
    tag: "sounds",
    access: "system:read",
    params,
    media: ["audio/wav"],
    handle({ context, params: { folder, name } }) {
      const wav = context.commands.sounds.read(`${folder}/${name}`);
      if (!wav) return new Problem("not-found", `There is no sound ${folder}/${name}`);
      return new Response(wav, {
        headers: {
          "content-type": "audio/wav",
          "content-disposition": `attachment; filename="${name}.wav"`,
          "cache-control": "no-store",
        },
      });
    },
  }),
  endpoint({
    method: "put",
    path: "/sounds/{folder}/{name}",
    summary: "Play this WAV file instead from now on; music may have a name of its own",
    tag: "sounds",
    access: "system:write",
    params,
    takes: WAV_TYPES,
    async handle({ context, params: { folder, name }, request }) {
      const wav = await readTyped(request, { types: WAV_TYPES, maxBytes: MAX_WAV_BYTES });
      if (wav instanceof Problem) return wav;
      const done = context.commands.sounds.put(`${folder}/${name}`, wav);
      return done.ok ? undefined : new Problem("invalid", done.error);
    },
  }),
  endpoint({
    method: "delete",
    path: "/sounds/{folder}/{name}",
    summary: "Back to the shipped sound; music without one is gone",
    tag: "sounds",
    access: "system:write",
    params,
    handle: ({ context, params: { folder, name } }) =>
      context.commands.sounds.remove(`${folder}/${name}`)
        ? undefined
        : new Problem("not-found", `There is no own sound ${folder}/${name}`),
  }),
];
