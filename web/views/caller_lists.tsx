/** Callers who are refused or let in by the beginning of their number. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { at } from "../api.ts";
import { Badge, Button, Card, Empty, Ready, Trouble } from "../parts/basics.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { type Field, Form, type Values } from "../parts/form.tsx";
import { EntryButtons, useOrdered } from "../parts/ordered.tsx";
import { t } from "../texts/language.ts";
import type { CallerListItem } from "../types.ts";

export function Callers({ domain }: { readonly domain: string }) {
  const { list, own, remove, keep, work } = useOrdered<CallerListItem["settings"]>(
    `/domains${at(domain)}/callerLists`,
  );
  const [open, setOpen] = useState<{ index?: number } | undefined>(undefined);
  return (
    <Card
      title={t("rule.callers")}
      icon="shield"
      flush
      actions={
        <Button
          small
          kind="primary"
          icon="plus"
          onClick={() => setOpen({})}
        >
          {t("callers.add")}
        </Button>
      }
    >
      <Trouble problem={work.problem} />
      <Ready of={list}>
        {({ items }) =>
          items.length === 0
            ? <Empty icon="shield" title={t("callers.none")}>{t("callers.noneHint")}</Empty>
            : (
              <ul class="rows">
                {items.map(({ fromFile, settings }, place) => {
                  const index = place - (items.length - own.length);
                  return (
                    <li class="row" key={place}>
                      <Badge tone={settings.list === "white" ? "ok" : "bad"}>
                        {t(`callers.${settings.list}`)}
                      </Badge>
                      <span class="party">
                        {settings.caller || t("callers.everybody")} →{" "}
                        {settings.called || t("callers.everything")}
                        {settings.percent !== undefined && settings.percent < 100 && (
                          <small>{settings.percent} %</small>
                        )}
                      </span>
                      <span class="tail">
                        {fromFile ? <Badge icon="log">{t("common.fromFile")}</Badge> : (
                          <EntryButtons
                            index={index}
                            count={own.length}
                            what={`${settings.caller || t("callers.everybody")} → ${
                              settings.called || t("callers.everything")
                            }`}
                            onEdit={() => setOpen({ index })}
                            onRemove={() => remove(index)}
                          />
                        )}
                      </span>
                    </li>
                  );
                })}
              </ul>
            )}
      </Ready>
      {open && (
        <Dialog title={t("callers.add")} onClose={() => setOpen(undefined)}>
          <Form
            fields={callerFields()}
            initial={(open.index === undefined
              ? { list: "black", caller: "", called: "" }
              : own[open.index]) as Values}
            submit={t("common.save")}
            onCancel={() => setOpen(undefined)}
            onSubmit={async (values) => {
              await keep(open.index, values as unknown as CallerListItem["settings"]);
              setOpen(undefined);
            }}
          />
        </Dialog>
      )}
    </Card>
  );
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
