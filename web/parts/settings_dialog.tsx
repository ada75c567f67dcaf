/** The settings of a group, a room or a line in a dialog: added, changed, or removed after a question. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at, type EntryPlace, saveEntry } from "../api.ts";
import { t } from "../texts/language.ts";
import { Button } from "./basics.tsx";
import { Confirm } from "./dialog.tsx";
import type { Field, Values } from "./form.tsx";
import { FormDialog } from "./form_dialog.tsx";

/** One entry with an address of its own; a new one where its place knows no name yet. */
export interface SettingsDialogProps {
  readonly place: EntryPlace;
  readonly title: string;
  readonly wide?: boolean;
  readonly fields: readonly Field[];
  readonly initial: Values;
  /** It stands in the configuration file and is only shown. */
  readonly isFromFile: boolean;
  /** What the API wants, from what the form has; default: the same. */
  readonly toSettings?: (values: Values) => Values;
  /** The question before it goes. */
  readonly removal: { readonly title: string; readonly text: string };
  readonly onClose: () => void;
}

/** Its form; whoever asks to remove the entry is asked back in a dialog that takes its place. */
export function SettingsDialog(
  { place, isFromFile, toSettings = (values) => values, removal, onClose, ...form }: SettingsDialogProps,
) {
  const { path, known } = place;
  const [isRemoving, setRemoving] = useState(false);
  if (isRemoving && known !== undefined) {
    return (
      <Confirm
        {...removal}
        action={t("common.remove")}
        onClose={onClose}
        onConfirm={() => ask(path + at(known), { method: "DELETE" })}
      />
    );
  }
  return (
    <FormDialog
      {...form}
      submit={t(known === undefined ? "common.add" : "common.save")}
      {...(isFromFile && { readOnly: t("common.readOnly") })}
      onSubmit={(values) => saveEntry(place, toSettings(values))}
      onClose={onClose}
      foot={known !== undefined && !isFromFile && (
        <footer class="apart">
          <Button kind="danger" icon="trash" onClick={() => setRemoving(true)}>{t("common.remove")}</Button>
        </footer>
      )}
    />
  );
}
