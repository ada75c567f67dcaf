/** One extension: its devices, what is in force, its settings and its password. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { useDomainNamed } from "../domains.tsx";
import { printTime } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Button, Card, Dot, Empty, Head, ReadyOrGone } from "../parts/basics.tsx";
import { Confirm, Dialog, useWork } from "../parts/dialog.tsx";
import { Form, type Values } from "../parts/form.tsx";
import { FormDialog } from "../parts/form_dialog.tsx";
import { PasswordCard } from "../parts/password_card.tsx";
import { navigate } from "../router.ts";
import { t } from "../texts/language.ts";
import type { Device, ExtensionDetail, PasswordView } from "../types.ts";
import { extensionFields } from "./extension_fields.ts";
import { InForce } from "./extension_in_force.tsx";
import { stateOf } from "./extensions.tsx";

/** The view of the extension `number` of `domain`. */
export function ExtensionDetailView(
  { domain, number }: { readonly domain: string; readonly number: string },
) {
  const path = `/domains${at(domain)}/extensions${at(number)}`;
  const extension = useResource<ExtensionDetail>(path, {
    topics: ["registered", "unregistered", "features", "call"],
  });
  return (
    <ReadyOrGone of={extension} title={number} back={{ href: "/extensions", label: t("nav.extensions") }}>
      {(data) => <Detail data={data} domain={domain} path={path} reload={extension.reload} />}
    </ReadyOrGone>
  );
}

function Detail(
  { data, domain, path, reload }: {
    readonly data: ExtensionDetail;
    readonly domain: string;
    readonly path: string;
    readonly reload: () => void;
  },
) {
  const levels = useDomainNamed(domain)?.levels ?? [];
  const [dialog, setDialog] = useState<"password" | "remove" | "call" | undefined>(undefined);
  const state = stateOf(data);
  const { number: _number, ...settings } = data.settings as Values & { number: string };
  const close = () => setDialog(undefined);
  return (
    <>
      <Head
        title={<>{data.number} {data.name && <span class="quiet">{data.name}</span>}</>}
        lead={
          <>
            <Dot tone={state.tone} />
            {state.text}
          </>
        }
        back={{ href: "/extensions", label: t("nav.extensions") }}
      >
        <Button icon="phone" disabled={data.devices.length === 0} onClick={() => setDialog("call")}>
          {t("call.place")}
        </Button>
        <Button icon="key" onClick={() => setDialog("password")}>{t("extension.newPassword")}</Button>
        {!data.fromFile && (
          <Button icon="trash" kind="danger" onClick={() => setDialog("remove")}>{t("common.remove")}</Button>
        )}
      </Head>
      <div class="columns even">
        <div>
          <Card title={t("extension.devices")} icon="device" flush>
            {data.devices.length === 0
              ? <Empty icon="device" title={t("extension.noDevices")}>{t("extension.noDevicesHint")}</Empty>
              : (
                <ul class="rows">
                  {data.devices.map((device) => (
                    <DeviceRow key={device.contact} device={device} path={path} reload={reload} />
                  ))}
                </ul>
              )}
          </Card>
          <InForce data={data} path={path} reload={reload} />
        </div>
        <Card title={t("extension.settings")} icon="settings" flush>
          <Form
            fields={extensionFields(levels)}
            initial={settings}
            submit={t("common.save")}
            {...(data.fromFile && { readOnly: t("common.readOnly") })}
            onSubmit={async (values) => {
              await ask(path, { method: "PUT", body: values });
              reload();
            }}
          />
        </Card>
      </div>
      {dialog === "password" && <NewPassword path={path} number={data.number} onClose={close} />}
      {dialog === "call" && <PlaceCall domain={domain} from={data.number} onClose={close} />}
      {dialog === "remove" && (
        <Confirm
          title={t("extension.remove", { number: data.number })}
          text={t("extension.removeText")}
          action={t("common.remove")}
          onClose={close}
          onConfirm={async () => {
            await ask(path, { method: "DELETE" });
            navigate("/extensions");
          }}
        />
      )}
    </>
  );
}

function DeviceRow(
  { device, path, reload }: { readonly device: Device; readonly path: string; readonly reload: () => void },
) {
  const { contact, transport, remote, userAgent, registeredAt, expiresAt, isReachable } = device;
  const work = useWork();
  const end = () =>
    work.run(() => ask(`${path}/devices?${new URLSearchParams({ contact })}`, { method: "DELETE" })).then(
      reload,
    );
  return (
    <li class="row">
      <span class="party">
        {userAgent ?? t("extension.device")}
        <small>
          {remote} · {t("extension.since", { time: printTime(registeredAt) })} ·{" "}
          {t("extension.until", { time: printTime(expiresAt) })}
        </small>
      </span>
      <span class="tail">
        {!isReachable && <Badge tone="warn">{t("extension.unreachable")}</Badge>}
        <Badge tone={transport === "tls" ? "ok" : "quiet"} icon={transport === "tls" ? "lock" : "unlock"}>
          {transport.toUpperCase()}
        </Badge>
        <Button
          small
          kind="ghost"
          icon="signOut"
          label={t("extension.unregister")}
          disabled={work.isBusy}
          onClick={() => void end()}
        />
      </span>
    </li>
  );
}

function NewPassword(
  { path, number, onClose }: { readonly path: string; readonly number: string; readonly onClose: () => void },
) {
  const [made, setMade] = useState<PasswordView | undefined>(undefined);
  return (
    <Dialog title={t("extension.newPasswordOf", { number })} onClose={onClose}>
      {made ? <PasswordCard shown={made} onClose={onClose} /> : (
        <Form
          fields={[{
            name: "password",
            kind: "secret",
            label: "extension.password",
            hint: "extension.newPasswordHint",
            optional: true,
          }]}
          initial={{}}
          submit={t("extension.newPassword")}
          onCancel={onClose}
          onSubmit={async (values) =>
            setMade(await ask<PasswordView>(`${path}/password`, { method: "POST", body: values }))}
        />
      )}
    </Dialog>
  );
}

function PlaceCall(
  { domain, from, onClose }: { readonly domain: string; readonly from: string; readonly onClose: () => void },
) {
  return (
    <FormDialog
      title={t("call.placeFrom", { number: from })}
      fields={[{ name: "to", kind: "text", label: "call.to", hint: "call.placeHint", required: true }]}
      initial={{}}
      submit={t("call.place")}
      onSubmit={({ to }) => ask("/calls", { method: "POST", body: { domain, from, to: to ?? "" } })}
      onClose={onClose}
    />
  );
}
