/** The newest lines of the log. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { printTime } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Card, Empty, Head, Ready, Search } from "../parts/basics.tsx";
import { t } from "../texts/language.ts";
import type { LogLine } from "../types.ts";

const TONES = { debug: "quiet", info: "quiet", warn: "warn", error: "bad" } as const;

export function Logs() {
  const log = useResource<{ items: readonly LogLine[] }>("/log?limit=500", {
    topics: ["call", "registered", "unregistered", "line", "ban"],
    everyMs: 4000,
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
