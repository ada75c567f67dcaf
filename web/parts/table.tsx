/** Tables: heads by their words, rows that lead somewhere. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import type { ComponentChildren, TargetedEvent } from "preact";
import { navigate } from "../router.ts";
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

/** A row that leads somewhere wherever it is clicked. Its link goes its own way: a new tab, one step of history. */
export function LinkRow({ href, children }: {
  readonly href: string;
  readonly children: ComponentChildren;
}) {
  const follow = (event: TargetedEvent<HTMLTableRowElement, MouseEvent>) => {
    if (event.target instanceof Element && event.target.closest("a")) return;
    navigate(href);
  };
  return <tr class="link" onClick={follow}>{children}</tr>;
}
