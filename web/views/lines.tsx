/** Lines to the outside: are they up, how many calls they carry, how they are set up. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { at } from "../api.ts";
import { NoDomain, useDomain } from "../domains.tsx";
import { printTime } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Button, Card, Dot, Empty, Head, Ready, type Tone } from "../parts/basics.tsx";
import type { Values } from "../parts/form.tsx";
import { SettingsDialog } from "../parts/settings_dialog.tsx";
import { Table } from "../parts/table.tsx";
import { t, tMaybe } from "../texts/language.ts";
import type { LineItem, LineView, Page } from "../types.ts";
import { lineFields } from "./line_fields.ts";

/** In use, in the making, out of use, or not known. */
export function lineTone(status: LineView | undefined): Tone {
  if (!status || status.state === "unknown" || status.state === "unwatched") return "quiet";
  if (status.state === "registering") return "info";
  return status.isUp ? "ok" : "bad";
}

/** A state of a line in the reader's words. */
export function lineState(state: string): string {
  return tMaybe(`line.state.${state}`) ?? state;
}

/** What the other side said, in the reader's language where it is one of our own sentences. */
export function lineDetail(detail: string): string {
  return tMaybe(`line.detail.${detail}`) ?? detail;
}

/** `2 ↓ 1 ↑`: calls in and out, said in words to those who listen. */
export function LineCalls({ status: { incomingCalls, outgoingCalls } }: { readonly status: LineView }) {
  const said = t("line.callsSaid", { incoming: incomingCalls, outgoing: outgoingCalls });
  return (
    <span class="number quiet" title={said}>
      <span aria-hidden="true">{incomingCalls} ↓ {outgoingCalls} ↑</span>
      <span class="hidden">{said}</span>
    </span>
  );
}

/** The dialog of a line; without an item, of a new one. */
type Open = { readonly item?: LineItem };

/** The list, and a dialog for each. */
export function Lines() {
  const domain = useDomain();
  const lines = useResource<Page<LineItem>>(domain && `/domains${at(domain.name)}/lines`, {
    topics: ["line", "call"],
    everyMs: 15_000,
  });
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = () => {
    setOpen(undefined);
    lines.reload();
  };
  if (!domain) return <NoDomain icon="line" />;
  return (
    <>
      <Head title={t("nav.lines")} lead={t("line.lead")}>
        <Button kind="primary" icon="plus" onClick={() => setOpen({})}>{t("line.add")}</Button>
      </Head>
      <Card flush>
        <Ready of={lines}>
          {({ items }) =>
            items.length === 0
              ? (
                <Empty
                  icon="line"
                  title={t("line.none")}
                  action={<Button icon="plus" onClick={() => setOpen({})}>{t("line.add")}</Button>}
                >
                  {t("line.noneHint")}
                </Empty>
              )
              : <LineTable items={items} onOpen={(item) => setOpen({ item })} />}
        </Ready>
      </Card>
      {open && <LineDialog item={open.item} domain={domain.name} onClose={close} />}
    </>
  );
}

function LineTable({ items, onOpen }: {
  readonly items: readonly LineItem[];
  readonly onOpen: (item: LineItem) => void;
}) {
  return (
    <Table
      kind="lines"
      heads={["line.name", "extension.state", "line.server", "line.calls"]}
      hiddenHead="common.source"
    >
      {items.map((item) => <LineRow key={item.settings.name} item={item} onOpen={() => onOpen(item)} />)}
    </Table>
  );
}

function LineRow({ item: { settings, status, fromFile }, onOpen }: {
  readonly item: LineItem;
  readonly onOpen: () => void;
}) {
  return (
    <tr class="link" onClick={onOpen}>
      <td class="key">
        <button type="button" class="text" onClick={onOpen}>
          {settings.name}
        </button>
      </td>
      <td>
        <State status={status} />
      </td>
      <td class="wide">{settings.server.replace(/^sip:/, "")}</td>
      <td class="number">
        {status ? <LineCalls status={status} /> : "–"}
      </td>
      <td class="end">
        <Badge>{t(`line.kind.${settings.kind}`)}</Badge>
        {fromFile && <Badge icon="log">{t("common.fromFile")}</Badge>}
      </td>
    </tr>
  );
}

function State({ status }: { readonly status: LineView | undefined }) {
  if (!status) return <span class="quiet">–</span>;
  const { state, detail, since } = status;
  return (
    <span class="state">
      <Dot tone={lineTone(status)} />
      <span>
        {lineState(state)}
        <small>
          {detail !== undefined
            ? lineDetail(detail)
            : since === undefined
            ? ""
            : t("extension.since", { time: printTime(since) })}
        </small>
      </span>
    </span>
  );
}

function LineDialog({ item, domain, onClose }: {
  readonly item: LineItem | undefined;
  readonly domain: string;
  readonly onClose: () => void;
}) {
  const known = item?.settings.name;
  return (
    <SettingsDialog
      place={{ path: `/domains${at(domain)}/lines`, key: "name", known }}
      title={known ?? t("line.add")}
      wide
      fields={lineFields(item)}
      initial={item ? toForm(item.settings as Values) : { kind: "register", incoming: ["* → "] }}
      isFromFile={item?.fromFile ?? false}
      toSettings={fromForm}
      removal={{ title: t("line.remove", { name: known ?? "" }), text: t("line.removeText") }}
      onClose={onClose}
    />
  );
}

/** Incoming routes as lines of text: `4930* → 600`. */
function toForm(settings: Values): Values {
  const incoming = (settings.incoming as readonly { number: string; to: string }[]).map(({ number, to }) =>
    `${number} → ${to}`
  );
  return { ...settings, incoming };
}

function fromForm(values: Values): Values {
  const incoming = ((values.incoming ?? []) as readonly string[]).flatMap((line) => {
    const [number = "", to = ""] = line.split(/\s*(?:→|->|=>|\s)\s*/).filter((part) => part !== "");
    return number === "" || to === "" ? [] : [{ number, to }];
  });
  return { ...values, incoming };
}
