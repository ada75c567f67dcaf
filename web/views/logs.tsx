/** The newest lines of the log. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { printTime } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Button, Card, Empty, Head, Ready, Search } from "../parts/basics.tsx";
import { t } from "../texts/language.ts";
import type { LogLine } from "../types.ts";

const TONES = { debug: "quiet", info: "quiet", warn: "warn", error: "bad" } as const;

/** Lines shown at first, and the most the server keeps. */
const STEP = 200, MOST = 1000;
const NEVER_MS = 2_000_000_000;

/** The tail of the log, newest line first; it stands still on demand. */
export function Logs() {
  const [isPaused, setPaused] = useState(false);
  const [limit, setLimit] = useState(STEP);
  const log = useResource<{ items: readonly LogLine[] }>(`/log?limit=${limit}`, {
    everyMs: isPaused ? NEVER_MS : 2000,
  });
  const [search, setSearch] = useState("");
  const [level, setLevel] = useState("");
  const word = search.trim().toLowerCase();
  const isShown = (line: LogLine) =>
    (level === "" || line.level === level || (level === "warn" && line.level === "error")) &&
    (word === "" || print(line).includes(word));
  return (
    <>
      <Head title={t("nav.logs")} lead={t("log.lead")} />
      <div class="toolbar">
        <Search value={search} label={t("log.search")} onInput={setSearch} />
        <select
          aria-label={t("log.level")}
          value={level}
          onChange={(event) => setLevel(event.currentTarget.value)}
        >
          <option value="">{t("log.all")}</option>
          <option value="warn">{t("log.warnings")}</option>
          <option value="error">{t("log.errors")}</option>
        </select>
        <Button
          icon={isPaused ? "arrowRight" : "pause"}
          pressed={isPaused}
          onClick={() => setPaused(!isPaused)}
        >
          {t(isPaused ? "log.resume" : "log.pause")}
        </Button>
      </div>
      <Card flush>
        <Ready of={log}>
          {({ items }) => {
            const shown = items.filter(isShown).toReversed();
            return shown.length === 0
              ? <Empty icon="log" title={t("common.nothingFound")} />
              : (
                <ol class="log">
                  {shown.map((line, index) => (
                    <li key={`${line.at}-${index}`} class={line.level}>
                      <time>{printTime(line.at)}</time>
                      <Badge tone={TONES[line.level]}>{line.level}</Badge>
                      <span class="event">{line.event}</span>
                      <span class="fields">
                        {Object.entries(line.fields).map(([key, value]) => (
                          <span key={key}>
                            <b>{key}</b>
                            {String(value)}
                          </span>
                        ))}
                      </span>
                    </li>
                  ))}
                  {items.length === limit && limit < MOST && (
                    <li class="rest">
                      <Button small onClick={() => setLimit(Math.min(MOST, limit + 2 * STEP))}>
                        {t("log.more")}
                      </Button>
                    </li>
                  )}
                </ol>
              );
          }}
        </Ready>
      </Card>
    </>
  );
}

function print({ event, fields }: LogLine): string {
  return `${event} ${Object.entries(fields).flat().join(" ")}`.toLowerCase();
}
