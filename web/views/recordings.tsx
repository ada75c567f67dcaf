/** What was recorded in the rooms of a domain: to download, to delete. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { ask, at } from "../api.ts";
import { printDateTime, printDuration } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Card, DownloadLink, Ready } from "../parts/basics.tsx";
import { RemoveButton } from "../parts/ordered.tsx";
import { t } from "../texts/language.ts";
import type { RecordingItem } from "../types.ts";

/** Newest first, as the server gives them. */
export function Recordings({ domain }: { readonly domain: string }) {
  const path = `/domains${at(domain)}/recordings`;
  const recordings = useResource<{ items: readonly RecordingItem[] }>(path, {
    topics: ["room"],
    everyMs: 30_000,
  });
  return (
    <Card title={t("recording.title")} icon="record" flush>
      <Ready of={recordings}>
        {({ items }) =>
          items.length === 0 ? <p class="quiet body">{t("recording.none")}</p> : (
            <ul class="rows">
              {items.map(({ id, room, startedAt, seconds, members, error }) => (
                <li class="row" key={id}>
                  <span class="party">
                    {t("recording.of", { room, time: printDateTime(startedAt) })}
                    <small>{members.join(", ")}</small>
                  </span>
                  <span class="tail wrap">
                    {error !== undefined && <Badge tone="bad">{error}</Badge>}
                    <span class="number">{printDuration(seconds * 1000)}</span>
                    <DownloadLink href={`/api/v1${path}${at(id)}`}>{t("recording.download")}</DownloadLink>
                    <RemoveButton
                      what={t("recording.of", { room, time: printDateTime(startedAt) })}
                      onRemove={() => ask(path + at(id), { method: "DELETE" }).then(recordings.reload)}
                    />
                  </span>
                </li>
              ))}
            </ul>
          )}
      </Ready>
    </Card>
  );
}
