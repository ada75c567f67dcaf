/** Conference rooms as they are now, and what a host can do in them. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useEffect, useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { NoDomain, useDomain } from "../domains.tsx";
import { printCodec } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Button, Card, Empty, Head, Ready, Trouble } from "../parts/basics.tsx";
import { Since, Sound } from "../parts/calls.tsx";
import { Confirm, useWork } from "../parts/dialog.tsx";
import type { Field, Values } from "../parts/form.tsx";
import { FormDialog } from "../parts/form_dialog.tsx";
import { SettingsDialog } from "../parts/settings_dialog.tsx";
import { t } from "../texts/language.ts";
import type { RoomAction, RoomItem, RoomView } from "../types.ts";
import { Recordings } from "./recordings.tsx";

/** The dialog of a room; without a number, of a new one. */
type Open = { readonly number?: string };

/** A card for each room, alive, and what was recorded in them. */
export function Rooms() {
  const domain = useDomain();
  // Loudness is looked at closely while somebody is in.
  const [isBusy, setBusy] = useState(false);
  const rooms = useResource<{ items: readonly RoomView[] }>(
    domain && `/domains${at(domain.name)}/conferences`,
    {
      topics: ["room"],
      everyMs: isBusy ? 1000 : 5000,
    },
  );
  useEffect(() => setBusy(rooms.data?.items.some(({ members }) => members.length > 0) ?? false), [
    rooms.data,
  ]);
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = () => {
    setOpen(undefined);
    rooms.reload();
  };
  if (!domain) return <NoDomain icon="room" />;
  return (
    <>
      <Head title={t("nav.rooms")} lead={t("room.lead")}>
        <Button kind="primary" icon="plus" onClick={() => setOpen({})}>{t("room.add")}</Button>
      </Head>
      <Ready of={rooms}>
        {({ items }) =>
          items.length === 0
            ? (
              <Card>
                <Empty
                  icon="room"
                  title={t("room.none")}
                  action={<Button icon="plus" onClick={() => setOpen({})}>{t("room.add")}</Button>}
                >
                  {t("room.noneHint")}
                </Empty>
              </Card>
            )
            : (
              <div class="cards">
                {items.map((room) => (
                  <RoomCard
                    key={room.number}
                    room={room}
                    domain={domain.name}
                    onOpen={setOpen}
                    reload={rooms.reload}
                  />
                ))}
              </div>
            )}
      </Ready>
      <Recordings domain={domain.name} />
      {open && <RoomDialog number={open.number} domain={domain.name} onClose={close} />}
    </>
  );
}

function RoomCard({ room, domain, onOpen, reload }: {
  readonly room: RoomView;
  readonly domain: string;
  readonly onOpen: (open: Open) => void;
  readonly reload: () => void;
}) {
  const { number, name, members, capacity, recording } = room;
  const [isInviting, setInviting] = useState(false);
  const [isEnding, setEnding] = useState(false);
  const work = useWork();
  const act = (action: RoomAction) =>
    ask(`/domains${at(domain)}/conferences${at(number)}`, { method: "POST", body: action }).then(reload);
  const tell = (action: RoomAction) => work.run(() => act(action));
  const isEmpty = members.length === 0;
  return (
    <Card
      title={
        <>
          {name || number} <small class="quiet">{number}</small>
        </>
      }
      icon="room"
      actions={
        <>
          {recording && <Badge tone="bad" icon="record">{t("room.recording")}</Badge>}
          <Badge tone={isEmpty ? "quiet" : "ok"}>
            {t("room.members", { count: members.length, capacity })}
          </Badge>
          <Button
            small
            kind="ghost"
            icon="pencil"
            label={t("common.edit")}
            onClick={() => onOpen({ number })}
          />
        </>
      }
    >
      {isEmpty ? <p class="quiet">{t("room.empty")}</p> : (
        <ul class="rows inset">
          {members.map((member) => <Member key={member.id} member={member} tell={tell} />)}
        </ul>
      )}
      <Trouble problem={work.problem} />
      <div class="toolrow">
        <Button small icon="plus" onClick={() => setInviting(true)}>{t("room.invite")}</Button>
        {!isEmpty && <RoomTools room={room} tell={tell} onEnd={() => setEnding(true)} />}
      </div>
      {isEnding && (
        <Confirm
          title={t("room.endAll", { room: name || number })}
          text={t("room.endText", { count: members.length })}
          action={t("room.end")}
          onClose={() => setEnding(false)}
          onConfirm={() => act({ kind: "end" })}
        />
      )}
      {isInviting && (
        <FormDialog
          title={t("room.inviteTo", { room: name || number })}
          fields={[{ name: "number", kind: "text", label: "extension.number", required: true }]}
          initial={{}}
          submit={t("room.invite")}
          onSubmit={(values) => act({ kind: "invite", number: String(values.number ?? "") })}
          onClose={() => setInviting(false)}
        />
      )}
    </Card>
  );
}

/** What a host does with all who are in. */
function RoomTools({ room: { locked, allMuted, recording }, tell, onEnd }: {
  readonly room: RoomView;
  readonly tell: (action: RoomAction) => Promise<unknown>;
  readonly onEnd: () => void;
}) {
  return (
    <>
      <Button
        small
        icon={locked ? "lock" : "unlock"}
        pressed={locked}
        onClick={() => void tell({ kind: "lock", locked: !locked })}
      >
        {t("room.lock")}
      </Button>
      <Button
        small
        icon={allMuted ? "muted" : "microphone"}
        pressed={allMuted}
        onClick={() => void tell({ kind: "muteAll", muted: !allMuted })}
      >
        {t("room.muteAll")}
      </Button>
      <Button
        small
        icon="record"
        pressed={recording}
        onClick={() => void tell({ kind: "record", on: !recording })}
      >
        {t("room.record")}
      </Button>
      <Button small kind="danger" icon="hangUp" onClick={onEnd}>{t("room.end")}</Button>
    </>
  );
}

function Member(
  { member, tell }: {
    readonly member: RoomView["members"][number];
    readonly tell: (action: RoomAction) => Promise<unknown>;
  },
) {
  const { id, number, name, outside, moderator, muted, held, level, where, media, since } = member;
  return (
    <li class="row">
      <span
        class="level"
        role="meter"
        aria-label={t("room.level", { who: name || number })}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(level)}
      >
        <span style={{ height: `${Math.max(6, level)}%` }} />
      </span>
      <span class="party">
        {name || number}
        <small>
          {number}
          {outside ? ` · ${t("room.outside")}` : ""}
          {moderator ? ` · ${t("room.moderator")}` : ""}
          {where === "door" ? ` · ${t("room.atDoor")}` : ""}
          {held ? ` · ${t("room.held")}` : ""}
        </small>
      </span>
      <span class="tail">
        {media && (
          <Badge
            tone={media.suite === undefined ? "quiet" : "ok"}
            icon={media.suite === undefined ? "unlock" : "lock"}
          >
            {printCodec(media.codec)}
          </Badge>
        )}
        {media && <Sound mos={media.mos} lossPercent={media.lossPercent} jitterMs={media.jitterMs} />}
        <Since at={since} />
        <Button
          small
          kind="ghost"
          icon={muted ? "muted" : "microphone"}
          pressed={muted}
          label={t(muted ? "room.unmute" : "room.mute")}
          onClick={() => void tell({ kind: "mute", member: id, muted: !muted })}
        />
        <Button
          small
          kind="ghost"
          icon="close"
          label={t("room.removeMember")}
          onClick={() => void tell({ kind: "remove", member: id })}
        />
      </span>
    </li>
  );
}

function RoomDialog({ number, domain, onClose }: {
  readonly number: string | undefined;
  readonly domain: string;
  readonly onClose: () => void;
}) {
  const path = `/domains${at(domain)}/rooms`;
  const { data } = useResource<RoomItem>(number === undefined ? undefined : path + at(number));
  if (number !== undefined && !data) return null;
  return (
    <SettingsDialog
      place={{ path, key: "number", known: number }}
      title={number === undefined ? t("room.add") : `${t("room.room")} ${number}`}
      fields={roomFields(data)}
      initial={(data?.settings ?? { capacity: 5, consentTone: true }) as Values}
      isFromFile={data?.fromFile ?? false}
      removal={{ title: t("room.remove", { number: number ?? "" }), text: t("room.removeText") }}
      onClose={onClose}
    />
  );
}

function roomFields(item: RoomItem | undefined): readonly Field[] {
  return [
    { name: "number", kind: "text", label: "extension.number", required: true, disabled: item !== undefined },
    { name: "name", kind: "text", label: "extension.name" },
    {
      name: "pin",
      kind: "text",
      label: "room.pin",
      hint: item?.hasPin ? "room.pinKept" : "room.pinHint",
      optional: true,
    },
    { name: "capacity", kind: "number", label: "room.capacity", min: 2, max: 200 },
    { name: "allowOutside", kind: "switch", label: "room.allowOutside" },
    { name: "moderatorPin", kind: "text", label: "room.moderatorPin", optional: true, advanced: true },
    { name: "record", kind: "switch", label: "room.alwaysRecord", advanced: true },
    { name: "consentTone", kind: "switch", label: "room.consentTone", advanced: true },
    { name: "announceNames", kind: "switch", label: "room.announceNames", advanced: true },
    { name: "automaticGain", kind: "switch", label: "room.automaticGain", advanced: true },
  ];
}
