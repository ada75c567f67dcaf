/** Lines to the outside: are they up, how many calls they carry, how they are set up. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { useDomain } from "../domains.tsx";
import { printTime } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Button, Card, Dot, Empty, Head, Ready, type Tone } from "../parts/basics.tsx";
import { Confirm, Dialog } from "../parts/dialog.tsx";
import { type Field, Form, type Values } from "../parts/form.tsx";
import { t, tMaybe } from "../texts/language.ts";
import type { LineItem, LineView, Page } from "../types.ts";

export function lineTone(status: LineView | undefined): Tone {
  if (!status || status.state === "unknown" || status.state === "unwatched") return "quiet";
  if (status.state === "registering") return "info";
  return status.isUp ? "ok" : "bad";
}

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

type Open = { readonly item?: LineItem; readonly isRemoving?: boolean };

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
  if (!domain) return <Empty icon="line" title={t("domain.none")} />;
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
              : (
                <table class="list lines">
                  <thead>
                    <tr>
                      <th>{t("line.name")}</th>
                      <th>{t("extension.state")}</th>
                      <th>{t("line.server")}</th>
                      <th>{t("line.calls")}</th>
                      <th>
                        <span class="hidden">{t("common.source")}</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((item) => (
                      <tr
                        key={item.settings.name}
                        class="link"
                        onClick={() => setOpen({ item })}
                      >
                        <td class="key">
                          <button type="button" class="text" onClick={() => setOpen({ item })}>
                            {item.settings.name}
                          </button>
                        </td>
                        <td>
                          <State status={item.status} />
                        </td>
                        <td class="wide">{item.settings.server.replace(/^sip:/, "")}</td>
                        <td class="number">
                          {item.status ? <LineCalls status={item.status} /> : "–"}
                        </td>
                        <td class="end">
                          <Badge>{t(`line.kind.${item.settings.kind}`)}</Badge>
                          {item.fromFile && <Badge icon="log">{t("common.fromFile")}</Badge>}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
        </Ready>
      </Card>
      {open && (
        <LineDialog
          open={open}
          domain={domain.name}
          onClose={close}
          onRemove={() => setOpen({ ...open, isRemoving: true })}
        />
      )}
    </>
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

function LineDialog({ open, domain, onClose, onRemove }: {
  readonly open: Open;
  readonly domain: string;
  readonly onClose: () => void;
  readonly onRemove: () => void;
}) {
  const { item } = open;
  const path = `/domains${at(domain)}/lines`;
  const name = item?.settings.name;
  if (open.isRemoving && name !== undefined) {
    return (
      <Confirm
        title={t("line.remove", { name })}
        text={t("line.removeText")}
        action={t("common.remove")}
        onClose={onClose}
        onConfirm={() => ask(path + at(name), { method: "DELETE" })}
      />
    );
  }
  return (
    <Dialog title={name ?? t("line.add")} onClose={onClose} wide>
      <Form
        fields={lineFields(item)}
        initial={item ? toForm(item.settings as Values) : { kind: "register", incoming: ["* → "] }}
        submit={t(item ? "common.save" : "common.add")}
        onCancel={onClose}
        {...(item?.fromFile && { readOnly: t("common.readOnly") })}
        onSubmit={async (values) => {
          const { name: key, ...settings } = fromForm(values);
          if (name === undefined) await ask(path, { method: "POST", body: { ...settings, name: key ?? "" } });
          else await ask(path + at(name), { method: "PUT", body: settings });
          onClose();
        }}
      />
      {item && !item.fromFile && (
        <footer class="apart">
          <Button kind="danger" icon="trash" onClick={onRemove}>{t("common.remove")}</Button>
        </footer>
      )}
    </Dialog>
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

function lineFields(item: LineItem | undefined): readonly Field[] {
  const policies = [["", t("srtp.default")], ["off", t("srtp.off")], ["optional", t("srtp.optional")], [
    "required",
    t("srtp.required"),
  ]] as const;
  return [
    { name: "name", kind: "text", label: "line.name", required: true, disabled: item !== undefined },
    {
      name: "kind",
      kind: "select",
      label: "line.kind",
      options: [["register", t("line.kind.register")], ["peer", t("line.kind.peer")]],
    },
    {
      name: "server",
      kind: "text",
      label: "line.server",
      placeholder: "sip:sip.carrier.example;transport=tls",
      required: true,
    },
    { name: "username", kind: "text", label: "line.username", optional: true },
    {
      name: "password",
      kind: "secret",
      label: "line.password",
      hint: item?.hasPassword ? "line.passwordKept" : "line.passwordHint",
      optional: true,
    },
    { name: "incoming", kind: "lines", label: "line.incoming", hint: "line.incomingHint" },
    { name: "outgoing.callerNumber", kind: "text", label: "line.callerNumber", optional: true },
    { name: "srtp", kind: "select", label: "extension.srtp", options: policies, optional: true },
    { name: "addresses", kind: "words", label: "line.addresses", hint: "line.addressesHint" },
    ...advancedLineFields(),
  ];
}

/** What most lines never need. */
function advancedLineFields(): readonly Field[] {
  return [
    {
      name: "outgoing.maxCalls",
      kind: "number",
      label: "line.outgoingMax",
      min: 0,
      optional: true,
      advanced: true,
    },
    {
      name: "incomingMaxCalls",
      kind: "number",
      label: "line.incomingMax",
      min: 0,
      optional: true,
      advanced: true,
    },
    {
      name: "outgoing.noAnswerSeconds",
      kind: "number",
      label: "line.noAnswer",
      min: 0,
      max: 600,
      optional: true,
      advanced: true,
    },
    { name: "outgoing.schedule", kind: "text", label: "rule.schedule", optional: true, advanced: true },
    {
      name: "requestUriParameters",
      kind: "text",
      label: "line.parameters",
      placeholder: "user=phone",
      optional: true,
      advanced: true,
    },
    { name: "outboundProxy", kind: "text", label: "line.proxy", optional: true, advanced: true },
    { name: "authUsername", kind: "text", label: "line.authUsername", optional: true, advanced: true },
    {
      name: "identity",
      kind: "select",
      label: "line.identity",
      options: [["from", "From"], ["pai", "P-Asserted-Identity"], ["rpid", "Remote-Party-ID"]],
      advanced: true,
    },
    {
      name: "calledNumberIn",
      kind: "select",
      label: "line.calledIn",
      options: [["requestUri", "Request-URI"], ["to", "To"]],
      advanced: true,
    },
    { name: "useTelUri", kind: "switch", label: "line.telUri", advanced: true },
    {
      name: "reliable",
      kind: "select",
      label: "line.reliable",
      options: [["off", t("srtp.off")], ["supported", t("line.reliable.supported")], [
        "required",
        t("line.reliable.required"),
      ]],
      advanced: true,
    },
    {
      name: "registerSeconds",
      kind: "number",
      label: "line.registerSeconds",
      min: 60,
      max: 86_400,
      optional: true,
      advanced: true,
    },
    {
      name: "optionsSeconds",
      kind: "number",
      label: "line.optionsSeconds",
      min: 0,
      max: 3600,
      optional: true,
      advanced: true,
    },
    { name: "codecs", kind: "words", label: "line.codecs", placeholder: "g722, pcma", advanced: true },
  ];
}
