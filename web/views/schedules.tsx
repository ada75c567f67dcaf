/** Schedules: opening hours and holidays that rules and lines refer to by name. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { useResource } from "../live.ts";
import { Badge, Button, Card, Empty, Ready } from "../parts/basics.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { type Field, Form, type Values } from "../parts/form.tsx";
import { EntryButtons } from "../parts/ordered.tsx";
import { t } from "../texts/language.ts";
import type { Page, ScheduleItem } from "../types.ts";

export function Schedules({ domain }: { readonly domain: string }) {
  const path = `/domains${at(domain)}/schedules`;
  const schedules = useResource<Page<ScheduleItem>>(path);
  const [open, setOpen] = useState<{ item?: ScheduleItem } | undefined>(undefined);
  return (
    <Card
      title={t("rule.schedules")}
      icon="clock"
      flush
      actions={
        <Button
          small
          kind="primary"
          icon="plus"
          onClick={() => setOpen({})}
        >
          {t("schedule.add")}
        </Button>
      }
    >
      <Ready of={schedules}>
        {({ items }) =>
          items.length === 0
            ? <Empty icon="clock" title={t("schedule.none")}>{t("schedule.noneHint")}</Empty>
            : (
              <ul class="rows">
                {items.map((item) => (
                  <li class="row" key={item.settings.name}>
                    <span class="party">
                      {item.settings.name}
                      <small>{item.settings.hours.join(" · ")}</small>
                    </span>
                    <span class="tail">
                      {item.fromFile ? <Badge icon="log">{t("common.fromFile")}</Badge> : (
                        <EntryButtons
                          index={0}
                          count={1}
                          what={item.settings.name}
                          onEdit={() => setOpen({ item })}
                          onRemove={() =>
                            ask(path + at(item.settings.name), { method: "DELETE" }).then(schedules.reload)}
                        />
                      )}
                    </span>
                  </li>
                ))}
              </ul>
            )}
      </Ready>
      {open && (
        <Dialog
          title={open.item?.settings.name ?? t("schedule.add")}
          onClose={() => setOpen(undefined)}
        >
          <Form
            fields={scheduleFields(open.item !== undefined)}
            initial={(open.item?.settings ?? { hours: [] }) as Values}
            submit={t("common.save")}
            onCancel={() => setOpen(undefined)}
            onSubmit={async (values) => {
              const { name, ...settings } = values;
              const known = open.item?.settings.name;
              if (known === undefined) {
                await ask(path, { method: "POST", body: { ...settings, name: name ?? "" } });
              } else await ask(path + at(known), { method: "PUT", body: settings });
              setOpen(undefined);
              schedules.reload();
            }}
          />
        </Dialog>
      )}
    </Card>
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
