/** A card with a list that people change entry by entry: rows, a form for one of them, a question before one goes. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ApiProblem } from "../api.ts";
import type { Loaded } from "../live.ts";
import { t, type TextKey } from "../texts/language.ts";
import { Badge, Button, Card, Empty, Ready, Trouble } from "./basics.tsx";
import type { Field, Values } from "./form.tsx";
import { FormDialog } from "./form_dialog.tsx";
import type { IconName } from "./icon.tsx";
import { EntryButtons } from "./ordered.tsx";

/** Where an entry stands among those that are changed here; those of the file come before them. */
export interface Chosen<E> {
  readonly entry: E;
  readonly index: number;
}

/** What is listed, how a row looks, what its form asks, and what becomes of it. */
export interface EntryListProps<E> {
  readonly of: Loaded<{ readonly items: readonly E[] }>;
  readonly icon: IconName;
  readonly texts: {
    readonly title: TextKey;
    readonly add: TextKey;
    readonly none: TextKey;
    readonly noneHint?: TextKey;
    readonly remove?: TextKey;
  };
  /** The order counts: rows have numbers. */
  readonly isNumbered?: boolean;
  /** What went wrong with a move. */
  readonly problem?: ApiProblem | undefined;
  readonly nameOf: (entry: E) => string;
  /** What stands in a row before its buttons. */
  readonly show: (entry: E) => ComponentChildren;
  /** For a new one when there is no `chosen`. */
  readonly form: (chosen: Chosen<E> | undefined) => {
    readonly title: string;
    readonly fields: readonly Field[];
    readonly initial: Values;
  };
  readonly onSave: (values: Values, chosen: Chosen<E> | undefined) => Promise<unknown>;
  readonly onRemove: (chosen: Chosen<E>) => Promise<unknown>;
  readonly onMove?: (index: number, by: number) => void;
}

/** The whole card. Entries of the configuration file are shown, not changed. */
export function EntryList<E extends { readonly fromFile: boolean }>(props: EntryListProps<E>) {
  const { of, icon, texts, problem } = props;
  const [open, setOpen] = useState<{ readonly chosen?: Chosen<E> } | undefined>(undefined);
  return (
    <Card
      title={t(texts.title)}
      icon={icon}
      flush
      actions={<Button small kind="primary" icon="plus" onClick={() => setOpen({})}>{t(texts.add)}</Button>}
    >
      <Trouble problem={problem} />
      <Ready of={of}>
        {({ items }) =>
          items.length === 0
            ? <Empty icon={icon} title={t(texts.none)}>{texts.noneHint && t(texts.noneHint)}</Empty>
            : <Rows {...props} items={items} onEdit={(chosen) => setOpen({ chosen })} />}
      </Ready>
      {open && <EntryDialog {...props} chosen={open.chosen} onClose={() => setOpen(undefined)} />}
    </Card>
  );
}

function Rows<E extends { readonly fromFile: boolean }>(
  { items, texts, isNumbered, nameOf, show, onEdit, onRemove, onMove }: EntryListProps<E> & {
    readonly items: readonly E[];
    readonly onEdit: (chosen: Chosen<E>) => void;
  },
) {
  const count = items.filter(({ fromFile }) => !fromFile).length;
  const rows = items.map((entry, place) => {
    const index = place - (items.length - count);
    return (
      <li class="row" key={place}>
        {show(entry)}
        <span class="tail">
          {entry.fromFile ? <Badge icon="log">{t("common.fromFile")}</Badge> : (
            <EntryButtons
              index={index}
              count={count}
              what={nameOf(entry)}
              onEdit={() => onEdit({ entry, index })}
              onRemove={() => onRemove({ entry, index })}
              {...(onMove && { onMove: (by: number) => onMove(index, by) })}
              {...(texts.remove && { text: texts.remove })}
            />
          )}
        </span>
      </li>
    );
  });
  return isNumbered ? <ol class="rows numbered">{rows}</ol> : <ul class="rows">{rows}</ul>;
}

function EntryDialog<E>({ chosen, form, onSave, onClose }: EntryListProps<E> & {
  readonly chosen: Chosen<E> | undefined;
  readonly onClose: () => void;
}) {
  return (
    <FormDialog
      {...form(chosen)}
      submit={t("common.save")}
      onSubmit={(values) => onSave(values, chosen)}
      onClose={onClose}
    />
  );
}
