/** Hunt and ring groups as they are now: who waits, who rings, who is free; and how they are set up. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useMemo, useState } from "preact/hooks";
import { at } from "../api.ts";
import { NoDomain, useDomain } from "../domains.tsx";
import { useResource } from "../live.ts";
import { Badge, Button, Card, Dot, Empty, Head, Ready, type Tone } from "../parts/basics.tsx";
import { Since } from "../parts/calls.tsx";
import type { Field, Values } from "../parts/form.tsx";
import { Icon } from "../parts/icon.tsx";
import { SettingsDialog } from "../parts/settings_dialog.tsx";
import { t, tMaybe } from "../texts/language.ts";
import type { GroupView, HuntGroupItem, RingGroupItem } from "../types.ts";

/** The dialog of a group; without a number, of a new one. */
type Open = { readonly kind: "huntGroup" | "ringGroup"; readonly number?: string };

/** A card for each group, alive. */
export function Groups() {
  const domain = useDomain();
  const groups = useResource<{ items: readonly GroupView[] }>(domain && `/domains${at(domain.name)}/groups`, {
    topics: ["group", "call", "registered", "unregistered", "features"],
    everyMs: 5000,
  });
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = () => {
    setOpen(undefined);
    groups.reload();
  };
  if (!domain) return <NoDomain icon="group" />;
  return (
    <>
      <Head title={t("nav.groups")} lead={t("group.lead")}>
        <Button icon="plus" onClick={() => setOpen({ kind: "ringGroup" })}>{t("group.addRing")}</Button>
        <Button kind="primary" icon="plus" onClick={() => setOpen({ kind: "huntGroup" })}>
          {t("group.addHunt")}
        </Button>
      </Head>
      <Ready of={groups}>
        {({ items }) =>
          items.length === 0
            ? (
              <Card>
                <Empty
                  icon="group"
                  title={t("group.none")}
                  action={
                    <Button icon="plus" onClick={() => setOpen({ kind: "huntGroup" })}>
                      {t("group.addHunt")}
                    </Button>
                  }
                >
                  {t("group.noneHint")}
                </Empty>
              </Card>
            )
            : (
              <div class="cards">
                {items.map((group) => <GroupCard key={group.number} group={group} onOpen={setOpen} />)}
              </div>
            )}
      </Ready>
      {open && <GroupDialog open={open} domain={domain.name} onClose={close} />}
    </>
  );
}

function GroupCard({ group, onOpen }: { readonly group: GroupView; readonly onOpen: (open: Open) => void }) {
  const { kind, number, name, members, callers } = group;
  const ringing = new Set(callers.flatMap((caller) => caller.ringing));
  return (
    <Card
      title={
        <>
          {name || number} <small class="quiet">{number}</small>
        </>
      }
      icon="group"
      actions={
        <>
          <Badge>{t(kind === "huntGroup" ? "group.hunt" : "group.ring")}</Badge>
          <Button
            small
            kind="ghost"
            icon="pencil"
            label={t("common.edit")}
            onClick={() => onOpen({ kind, number })}
          />
        </>
      }
    >
      <ul class="members">
        {members.map((member) => {
          const state = memberState(member.hindrance, ringing.has(member.extension));
          return (
            <li key={member.extension} class={state.tone}>
              <Dot tone={state.tone} />
              <span class="name">{member.name || member.extension}</span>
              {member.name && <small>{member.extension}</small>}
              <small class="state">{state.text}</small>
            </li>
          );
        })}
      </ul>
      {callers.length > 0 && (
        <ol class="queue" aria-label={t("group.callers")}>
          {callers.map((caller) => <Caller key={caller.call} caller={caller} />)}
        </ol>
      )}
      {callers.length === 0 && <p class="quiet">{t("group.quiet")}</p>}
    </Card>
  );
}

function Caller({ caller }: { readonly caller: GroupView["callers"][number] }) {
  const { call, caller: number, callerName, waiting, ringing, sinceMs } = caller;
  // The server says for how long; the page counts on from there.
  const since = useMemo(() => Date.now() - sinceMs, [call, sinceMs]);
  return (
    <li class={waiting ? "waiting" : "ringing"}>
      <a href={`/calls${at(call)}`}>
        <Icon name={waiting ? "clock" : "phone"} size={16} />
        <b>{number || t("call.anonymous")}</b>
        {callerName && callerName !== number && <span>{callerName}</span>}
        <span class="end">
          {ringing.length > 0 ? t("group.rings", { members: ringing.join(", ") }) : t("group.waits")}{" "}
          <Since at={since} />
        </span>
      </a>
    </li>
  );
}

function memberState(
  hindrance: string | undefined,
  isRinging: boolean,
): { readonly tone: Tone; readonly text: string } {
  if (isRinging) return { tone: "info", text: t("hindrance.rung by a group") };
  if (hindrance === undefined) return { tone: "ok", text: t("hindrance.free") };
  const text = tMaybe(`hindrance.${hindrance}`) ?? hindrance;
  return {
    text,
    tone: hindrance === "in a call" || hindrance === "rung by a group"
      ? "info"
      : hindrance === "offline" || hindrance === "unknown"
      ? "quiet"
      : "warn",
  };
}

function GroupDialog({ open: { kind, number }, domain, onClose }: {
  readonly open: Open;
  readonly domain: string;
  readonly onClose: () => void;
}) {
  const isHunt = kind === "huntGroup", isOld = number !== undefined;
  const path = `/domains${at(domain)}/${isHunt ? "huntGroups" : "ringGroups"}`;
  const { data } = useResource<HuntGroupItem | RingGroupItem>(isOld ? path + at(number) : undefined);
  if (isOld && !data) return null;
  const word = t(isHunt ? "group.hunt" : "group.ring");
  return (
    <SettingsDialog
      place={{ path, key: "number", known: number }}
      title={isOld ? `${word} ${number}` : t("group.new", { kind: word })}
      fields={isHunt ? huntFields(isOld) : commonFields(isOld)}
      initial={data
        ? toForm(data.settings as Values)
        : { members: [], ...(isHunt && { strategy: "linear", hasQueue: true }) }}
      isFromFile={data?.fromFile ?? false}
      toSettings={fromForm}
      removal={{ title: t("group.remove", { number: number ?? "" }), text: t("group.removeText") }}
      onClose={onClose}
    />
  );
}

/** Members as words in their order; a queue as a switch with its settings. */
function toForm(settings: Values): Values {
  const { members, queue, ...rest } = settings;
  const numbers = (members as readonly (string | { extension: string; order: number })[]).toSorted((a, b) =>
    typeof a === "object" && typeof b === "object" ? a.order - b.order : 0
  ).map((member) => typeof member === "object" ? member.extension : member);
  return { ...rest, members: numbers, ...(queue !== undefined && { queue }), hasQueue: queue !== undefined };
}

function fromForm(values: Values): Values {
  const { hasQueue, queue, ...rest } = values;
  return hasQueue === true ? { ...rest, queue: queue ?? {} } : rest;
}

function commonFields(isOld: boolean): readonly Field[] {
  return [
    { name: "number", kind: "text", label: "extension.number", required: true, disabled: isOld },
    { name: "name", kind: "text", label: "extension.name" },
    {
      name: "members",
      kind: "words",
      label: "group.members",
      hint: "group.membersHint",
      placeholder: "101, 102",
    },
    { name: "ringSeconds", kind: "number", label: "extension.ringSeconds", min: 1, max: 600, optional: true },
    {
      name: "overflow.to",
      kind: "text",
      label: "group.overflow",
      hint: "group.overflowHint",
      optional: true,
    },
  ];
}

function huntFields(isOld: boolean): readonly Field[] {
  const [number, name, members, ...rest] = commonFields(isOld);
  return [
    number!,
    name!,
    {
      name: "strategy",
      kind: "select",
      label: "group.strategy",
      options: (["linear", "roundRobin", "longestIdle", "random"] as const).map((
        word,
      ) => [word, t(`strategy.${word}`)]),
    },
    members!,
    ...rest,
    { name: "hasQueue", kind: "switch", label: "group.queue", hint: "group.queueHint" },
    {
      name: "queue.maxWaitSeconds",
      kind: "number",
      label: "group.maxWait",
      min: 1,
      max: 86_400,
      optional: true,
      advanced: true,
    },
    {
      name: "queue.maxCallers",
      kind: "number",
      label: "group.maxCallers",
      min: 1,
      max: 1000,
      optional: true,
      advanced: true,
    },
    { name: "queue.announcePosition", kind: "switch", label: "group.announce", advanced: true },
    {
      name: "wrapUpSeconds",
      kind: "number",
      label: "group.wrapUp",
      min: 0,
      max: 3600,
      optional: true,
      advanced: true,
    },
    { name: "showGroupName", kind: "switch", label: "group.showName", advanced: true },
  ];
}
