/** What the server says and plays: which words and music are the company's own, and how to put others in their place. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { useResource } from "../live.ts";
import { Badge, Button, Card, Ready } from "../parts/basics.tsx";
import { FileField, type Values } from "../parts/form.tsx";
import { FormDialog } from "../parts/form_dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { RemoveButton } from "../parts/ordered.tsx";
import { t } from "../texts/language.ts";
import type { SoundItem } from "../types.ts";

/** Before the names of waiting music; alone in the list of sounds: none of them, but music with a name of its own. */
const MUSIC = "music/";

/** The own ones and all music; any other can be replaced too. */
export function Sounds() {
  const sounds = useResource<{ items: readonly SoundItem[] }>("/sounds");
  const [isAdding, setAdding] = useState(false);
  return (
    <Card
      title={t("sound.title")}
      icon="phone"
      flush
      actions={<Button small icon="upload" onClick={() => setAdding(true)}>{t("sound.replace")}</Button>}
    >
      <Ready of={sounds}>
        {({ items }) => (
          <>
            <ul class="rows">
              {items.filter(({ name, isOwn }) => isOwn || name.startsWith(MUSIC)).map((item) => (
                <SoundRow key={item.name} item={item} onRemoved={sounds.reload} />
              ))}
            </ul>
            {isAdding && (
              <ReplaceSound
                items={items}
                onClose={() => setAdding(false)}
                onDone={sounds.reload}
              />
            )}
          </>
        )}
      </Ready>
    </Card>
  );
}

/** Of a sound like `en/busy`. */
function soundPath(name: string): string {
  return `/sounds${at(...name.split("/"))}`;
}

function SoundRow({ item, onRemoved }: { readonly item: SoundItem; readonly onRemoved: () => void }) {
  const { name, isOwn, words } = item;
  const path = soundPath(name);
  return (
    <li class="row">
      <span class="party">
        {name}
        {words !== undefined && <small>{words}</small>}
      </span>
      <span class="tail wrap">
        <Badge tone={isOwn ? "ok" : "info"}>{t(isOwn ? "sound.own" : "sound.shipped")}</Badge>
        <a class="button ghost small" href={`/api/v1${path}`} download title={t("sound.download")}>
          <Icon name="download" size={18} />
          <span class="hidden">{t("sound.download")}</span>
        </a>
        {isOwn && (
          <RemoveButton
            what={name}
            onRemove={() => ask(path, { method: "DELETE" }).then(onRemoved)}
          />
        )}
      </span>
    </li>
  );
}

function ReplaceSound({ items, onClose, onDone }: {
  readonly items: readonly SoundItem[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const send = async ({ name, own, file }: Values) => {
    const path = name === MUSIC
      ? `/sounds${at("music", String(own ?? "").toLowerCase())}`
      : soundPath(String(name));
    const wav = file instanceof Blob ? file : new Blob([]);
    await ask(path, { method: "PUT", body: new Blob([wav], { type: "audio/wav" }) });
    onDone();
  };
  const options = items.map(({ name, words }) =>
    [name, words === undefined ? name : `${name}: ${words}`] as const
  );
  return (
    <FormDialog
      title={t("sound.replace")}
      fields={[
        {
          name: "name",
          kind: "select",
          label: "sound.which",
          options: [...options, [MUSIC, t("sound.newMusic")]],
        },
        { name: "own", kind: "text", label: "sound.name", hint: "sound.nameHint", optional: true },
      ]}
      initial={{ name: "music/waiting" }}
      submit={t("sound.replace")}
      onSubmit={send}
      onClose={onClose}
    >
      {(_values, change) => (
        <FileField
          label="sound.file"
          hint="sound.fileHint"
          accept=".wav,audio/wav"
          onChoose={(file) => change("file", file)}
        />
      )}
    </FormDialog>
  );
}
