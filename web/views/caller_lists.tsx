/** Callers who are refused or let in by the beginning of their number. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { at } from "../api.ts";
import { Badge } from "../parts/basics.tsx";
import { EntryList } from "../parts/entry_list.tsx";
import type { Field, Values } from "../parts/form.tsx";
import { useOrdered } from "../parts/ordered.tsx";
import { t } from "../texts/language.ts";
import type { CallerListItem } from "../types.ts";

type Entry = CallerListItem["settings"];

/** The list of a domain. */
export function Callers({ domain }: { readonly domain: string }) {
  const { list, remove, keep, work } = useOrdered<Entry>(`/domains${at(domain)}/callerLists`);
  return (
    <EntryList
      of={list}
      icon="shield"
      texts={{
        title: "rule.callers",
        add: "callers.add",
        none: "callers.none",
        noneHint: "callers.noneHint",
      }}
      problem={work.problem}
      nameOf={({ settings }) => printEntry(settings)}
      show={({ settings }) => (
        <>
          <Badge tone={settings.list === "white" ? "ok" : "bad"}>{t(`callers.${settings.list}`)}</Badge>
          <span class="party">
            {printEntry(settings)}
            {settings.percent !== undefined && settings.percent < 100 && <small>{settings.percent} %</small>}
          </span>
        </>
      )}
      form={(chosen) => ({
        title: t(chosen ? "callers.edit" : "callers.add"),
        fields: callerFields(),
        initial: (chosen?.entry.settings ?? { list: "black", caller: "", called: "" }) as Values,
      })}
      onSave={(values, chosen) => keep(chosen?.index, values as unknown as Entry)}
      onRemove={({ index }) => remove(index)}
    />
  );
}

function printEntry({ caller, called }: Entry): string {
  return `${caller || t("callers.everybody")} → ${called || t("callers.everything")}`;
}

function callerFields(): readonly Field[] {
  return [
    {
      name: "list",
      kind: "select",
      label: "callers.list",
      options: [["black", t("callers.black")], ["white", t("callers.white")]],
    },
    { name: "caller", kind: "text", label: "callers.caller", hint: "callers.prefixHint" },
    { name: "called", kind: "text", label: "callers.called", hint: "callers.prefixHint" },
    {
      name: "percent",
      kind: "number",
      label: "callers.percent",
      min: 0,
      max: 100,
      optional: true,
      advanced: true,
    },
  ];
}
