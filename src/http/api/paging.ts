/** Long lists come in pages; a search narrows them. */

import { z } from "zod";

const whole = (max: number) =>
  z.coerce.number().int().min(0).max(max).meta({ type: "integer", minimum: 0, maximum: max });

/** Of every list; numbers arrive as text. */
export const pageQuery = z.object({
  offset: whole(10_000_000).default(0),
  limit: whole(1000).default(100),
  search: z.string().max(100).default(""),
});

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), total: z.int(), offset: z.int(), limit: z.int() });
}

export interface PageQuery {
  readonly offset: number;
  readonly limit: number;
  readonly search: string;
}

/** Cuts a list that is in memory; `texts` are what a search looks into. Only the shown items are made. */
export function cutPage<T, V>(
  all: readonly T[],
  { offset, limit, search }: PageQuery,
  make: { readonly texts: (item: T) => readonly (string | undefined)[]; readonly view: (item: T) => V },
): { items: V[]; total: number; offset: number; limit: number } {
  const word = search.trim().toLowerCase();
  const found = word === ""
    ? all
    : all.filter((item) => make.texts(item).some((text) => text?.toLowerCase().includes(word)));
  return {
    items: found.slice(offset, offset + limit).map((item) => make.view(item)),
    total: found.length,
    offset,
    limit,
  };
}
