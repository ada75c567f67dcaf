/** Lists that are changed entry by entry, some in an order that counts. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask } from "../api.ts";
import { useResource } from "../live.ts";
import { t, type TextKey } from "../texts/language.ts";
import { Button } from "./basics.tsx";
import { Confirm, useWork } from "./dialog.tsx";

interface ListState<T> {
  readonly items: readonly { readonly fromFile: boolean; readonly settings: T }[];
}

/** A list whose order counts: changed as a whole, entry by entry. */
export function useOrdered<T>(path: string) {
  const list = useResource<ListState<T>>(path);
  const work = useWork();
  const own = list.data?.items.filter(({ fromFile }) => !fromFile).map(({ settings }) => settings) ?? [];
  const put = async (items: readonly T[]) => {
    await ask(path, { method: "PUT", body: { items } });
    list.reload();
  };
  const move = (index: number, by: number) => {
    const items = [...own];
    const [item] = items.splice(index, 1);
    items.splice(index + by, 0, item!);
    void work.run(() => put(items));
  };
  const remove = (index: number) => put(own.filter((_, other) => other !== index));
  const keep = (index: number | undefined, item: T) =>
    put(index === undefined ? [...own, item] : own.map((one, other) => other === index ? item : one));
  return { list, move, remove, keep, work };
}

interface EntryButtonsProps {
  readonly index: number;
  readonly count: number;
  readonly onEdit: () => void;
  readonly onMove?: (by: number) => void;
  /** Name of the entry, for the question before it goes. */
  readonly what: string;
  /** What goes with it; default: that it cannot be brought back. */
  readonly text?: TextKey;
  readonly onRemove: () => Promise<unknown>;
}

/** What can be done with an entry: moved where the order counts, edited, removed. */
export function EntryButtons({ index, count, what, text, onEdit, onMove, onRemove }: EntryButtonsProps) {
  return (
    <span class="buttons">
      {onMove && (
        <Button
          small
          kind="ghost"
          icon="arrowUp"
          label={t("common.up")}
          disabled={index === 0}
          onClick={() => onMove(-1)}
        />
      )}
      {onMove && (
        <Button
          small
          kind="ghost"
          icon="arrowDown"
          label={t("common.down")}
          disabled={index === count - 1}
          onClick={() => onMove(1)}
        />
      )}
      <Button small kind="ghost" icon="pencil" label={t("common.edit")} onClick={onEdit} />
      <RemoveButton what={what} onRemove={onRemove} {...(text && { text })} />
    </span>
  );
}

/** Removes an entry, after a question that names it. */
export function RemoveButton({ what, text = "common.removeText", onRemove }: {
  readonly what: string;
  readonly text?: TextKey;
  readonly onRemove: () => Promise<unknown>;
}) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button small kind="ghost" icon="trash" label={t("common.remove")} onClick={() => setAsking(true)} />
      {isAsking && (
        <Confirm
          title={t("common.removeWhat", { what })}
          text={t(text)}
          action={t("common.remove")}
          onClose={() => setAsking(false)}
          onConfirm={onRemove}
        />
      )}
    </>
  );
}
