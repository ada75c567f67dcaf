/** Tables: heads by their words, rows that lead somewhere. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import type { ComponentChildren } from "preact";
import { t, type TextKey } from "../texts/language.ts";

/** A table; small screens turn its rows into cards, arranged by `kind` in the style sheets. */
export function Table({ kind, heads, hiddenHead, children }: {
  readonly kind: string;
  readonly heads: readonly TextKey[];
  /** Of a last column with buttons or marks, for those who do not see it. */
  readonly hiddenHead?: TextKey;
  readonly children: ComponentChildren;
}) {
  return (
    <table class={`list ${kind}`}>
      <thead>
        <tr>
          {heads.map((head) => <th key={head}>{t(head)}</th>)}
          {hiddenHead && (
            <th>
              <span class="hidden">{t(hiddenHead)}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
