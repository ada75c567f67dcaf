/** Schedules: opening hours and holidays that rules and lines refer to by name. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { ask, at, saveEntry } from "../api.ts";
import { useResource } from "../live.ts";
import { EntryList } from "../parts/entry_list.tsx";
import type { Field, Values } from "../parts/form.tsx";
import { t } from "../texts/language.ts";
import type { Page, ScheduleItem } from "../types.ts";

/** The list of a domain. */
export function Schedules({ domain }: { readonly domain: string }) {
  const path = `/domains${at(domain)}/schedules`;
  const schedules = useResource<Page<ScheduleItem>>(path);
  return (
    <EntryList
      of={schedules}
      icon="clock"
      texts={{
        title: "rule.schedules",
        add: "schedule.add",
        none: "schedule.none",
        noneHint: "schedule.noneHint",
      }}
      nameOf={({ settings }) => settings.name}
      show={({ settings }) => (
        <span class="party">
          {settings.name}
          <small>{settings.hours.join(" · ")}</small>
        </span>
      )}
      form={(chosen) => ({
        title: chosen?.entry.settings.name ?? t("schedule.add"),
        fields: scheduleFields(chosen !== undefined),
        initial: (chosen?.entry.settings ?? { hours: [] }) as Values,
      })}
      onSave={(values, chosen) =>
        saveEntry({ path, key: "name", known: chosen?.entry.settings.name }, values).then(schedules.reload)}
      onRemove={({ entry }) =>
        ask(path + at(entry.settings.name), { method: "DELETE" }).then(schedules.reload)}
    />
  );
}

function scheduleFields(isOld: boolean): readonly Field[] {
  return [
    {
      name: "name",
      kind: "text",
      label: "line.name",
      required: true,
      disabled: isOld,
    },
    {
      name: "hours",
      kind: "lines",
      label: "schedule.hours",
      hint: "schedule.hoursHint",
      placeholder: "mo-fr 08:00-17:00",
    },
    { name: "holidays", kind: "words", label: "schedule.holidays", hint: "schedule.holidaysHint" },
  ];
}
