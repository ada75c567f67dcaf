/** All extensions: who is there, with which devices; new ones are made here. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { NoDomain, useDomain } from "../domains.tsx";
import { usePage } from "../live.ts";
import {
  Badge,
  Button,
  Card,
  Dot,
  Empty,
  Head,
  Pager,
  Ready,
  Search,
  Tabs,
  type Tone,
} from "../parts/basics.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { type Field, Form } from "../parts/form.tsx";
import { PasswordCard } from "../parts/password_card.tsx";
import { LinkRow, Table } from "../parts/table.tsx";
import { useRoute } from "../router.ts";
import { t } from "../texts/language.ts";
import type { ExtensionItem, PasswordView } from "../types.ts";
import { extensionFields } from "./extension_fields.ts";
import { ImportExtensions } from "./extension_import.tsx";

/** How an extension is doing, for dots and words. */
export function stateOf(
  { enabled, devices, inCall, doNotDisturb }: ExtensionItem,
): { readonly tone: Tone; readonly text: string } {
  if (!enabled) return { tone: "quiet", text: t("extension.off") };
  if (inCall) return { tone: "info", text: t("extension.inCall") };
  if (devices.length === 0) return { tone: "quiet", text: t("extension.offline") };
  return doNotDisturb
    ? { tone: "warn", text: t("extension.dnd") }
    : { tone: "ok", text: t("extension.online") };
}

/** The list, page by page. */
export function Extensions() {
  const domain = useDomain();
  const { query } = useRoute();
  const [search, setSearch] = useState("");
  const [open, setOpen] = useState<"add" | "import" | undefined>(undefined);
  const close = () => setOpen(undefined);
  const state = query.get("state") ?? "all";
  const extensions = usePage<ExtensionItem>(domain && `/domains${at(domain.name)}/extensions`, {
    query: { search, state },
    topics: ["registered", "unregistered", "features", "call"],
  });
  if (!domain) return <NoDomain icon="people" />;
  return (
    <>
      <Head title={t("nav.extensions")} lead={t("extension.lead")}>
        <Button icon="upload" onClick={() => setOpen("import")}>{t("import.button")}</Button>
        <Button kind="primary" icon="plus" onClick={() => setOpen("add")}>{t("extension.add")}</Button>
      </Head>
      <div class="toolbar">
        <Search value={search} label={t("extension.search")} onInput={setSearch} />
        <Tabs
          label={t("extension.filter")}
          current={state}
          items={[
            { key: "all", href: "/extensions", text: t("extension.all") },
            { key: "online", href: "/extensions?state=online", text: t("extension.online") },
            { key: "offline", href: "/extensions?state=offline", text: t("extension.offline") },
          ]}
        />
      </div>
      <Card flush>
        <Ready of={extensions}>
          {(page) => (
            page.items.length === 0
              ? (
                search === "" && state === "all"
                  ? <NobodyYet onAdd={() => setOpen("add")} />
                  : <Empty icon="search" title={t("common.nothingFound")} />
              )
              : <ExtensionTable items={page.items} domain={domain.name} />
          )}
        </Ready>
      </Card>
      {extensions.data && <Pager page={extensions.data} onMove={extensions.move} />}
      {open === "import" && (
        <ImportExtensions domain={domain.name} onClose={close} onDone={extensions.reload} />
      )}
      {open === "add" && (
        <AddExtension
          domain={domain.name}
          levels={domain.levels}
          onClose={close}
          onAdded={extensions.reload}
        />
      )}
    </>
  );
}

function NobodyYet({ onAdd }: { readonly onAdd: () => void }) {
  return (
    <Empty
      icon="people"
      title={t("extension.none")}
      action={<Button icon="plus" onClick={onAdd}>{t("extension.add")}</Button>}
    >
      {t("extension.noneHint")}
    </Empty>
  );
}

function ExtensionTable({ items, domain }: {
  readonly items: readonly ExtensionItem[];
  readonly domain: string;
}) {
  return (
    <Table
      kind="extensions"
      heads={["extension.number", "extension.name", "extension.state", "extension.devices"]}
      hiddenHead="common.source"
    >
      {items.map((item) => <Row key={item.number} item={item} domain={domain} />)}
    </Table>
  );
}

function Row({ item, domain }: { readonly item: ExtensionItem; readonly domain: string }) {
  const state = stateOf(item);
  const href = `/extensions${at(domain, item.number)}`;
  return (
    <LinkRow href={href}>
      <td class="key">
        <a href={href}>{item.number}</a>
      </td>
      <td>{item.name || <span class="quiet">–</span>}</td>
      <td>
        <span class="state">
          <Dot tone={state.tone} />
          {state.text}
        </span>
      </td>
      <td>
        <span class="badges">
          {item.devices.slice(0, 3).map(({ contact, transport, userAgent }) => (
            <Badge
              key={contact}
              tone={transport === "tls" ? "ok" : "quiet"}
              icon={transport === "tls" ? "lock" : "device"}
            >
              {shortAgent(userAgent)} · {transport.toUpperCase()}
            </Badge>
          ))}
          {item.devices.length > 3 && <span class="quiet">+{item.devices.length - 3}</span>}
        </span>
      </td>
      <td class="end">
        {!item.hasPassword && <Badge tone="warn" icon="key">{t("extension.noPassword")}</Badge>}
        {item.fromFile && <Badge icon="log">{t("common.fromFile")}</Badge>}
      </td>
    </LinkRow>
  );
}

/** `Yealink` of a device's long name for itself. */
function shortAgent(userAgent: string | undefined): string {
  return userAgent?.split(/[ /(]/)[0]?.slice(0, 24) || t("extension.device");
}

function AddExtension({ domain, levels, onClose, onAdded }: {
  readonly domain: string;
  readonly levels: readonly string[];
  readonly onClose: () => void;
  readonly onAdded: () => void;
}) {
  const [made, setMade] = useState<PasswordView | undefined>(undefined);
  const fields: readonly Field[] = [
    { name: "number", kind: "text", label: "extension.number", hint: "extension.numberHint", required: true },
    { name: "name", kind: "text", label: "extension.name" },
    {
      name: "password",
      kind: "secret",
      label: "extension.password",
      hint: "extension.passwordHint",
      optional: true,
    },
    ...extensionFields(levels).filter(({ name }) => name !== "name"),
  ];
  if (made) {
    return (
      <Dialog title={t("extension.made", { number: made.account })} onClose={onClose}>
        <PasswordCard shown={made} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog title={t("extension.add")} onClose={onClose}>
      <Form
        fields={fields}
        initial={{ level: levels.includes("outside") ? "outside" : levels[0] }}
        submit={t("common.add")}
        onCancel={onClose}
        onSubmit={async (values) => {
          setMade(
            await ask<PasswordView>(`/domains${at(domain)}/extensions`, { method: "POST", body: values }),
          );
          onAdded();
        }}
      />
    </Dialog>
  );
}
