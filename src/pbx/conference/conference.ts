/** The shell of one room: feeds the machine and carries out its effects on the media plane and the callers. */

import type { Clock, Log, Timer } from "../../base/mod.ts";
import type { Locale, RoomSettings } from "../../config/mod.ts";
import type { LegId, MediaEvent, MediaPlane, RoomId } from "../../media/plane.ts";
import type { EventSink } from "../ports.ts";
import { Announcer } from "./announcer.ts";
import type { RoomCall, RoomDialer, RoomFiles, RoomSounds } from "./ports.ts";
import { step } from "./room.ts";
import { EMPTY_ROOM, type MemberId, type RoomEffect, type RoomInput, type RoomState } from "./types.ts";

/** Shorter recordings of a name hold no name. */
const SHORTEST_NAME_SEC = 0.4;
/** A name is deleted when the announcement that its owner left has surely been heard. */
const NAME_KEPT_MS = 30_000;

export interface ConferenceOptions {
  readonly plane: MediaPlane;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventSink;
  readonly sounds: RoomSounds;
  readonly files: RoomFiles;
  readonly dialer: RoomDialer;
}

export interface ConferenceIdentity {
  readonly domain: string;
  readonly room: RoomId;
  /** As they are now; asked at every step, so that a reload holds at once. */
  readonly settings: () => RoomSettings;
  readonly locale: () => Locale;
}

/** A caller, and its leg once answered. */
interface Party {
  readonly call: RoomCall;
  readonly files: { name?: string };
  media?: { readonly leg: LegId; readonly stream: number };
  /** Tag of what is said to it now. */
  saying?: string;
}

interface RunningRecording {
  readonly path: string;
  readonly startedAt: number;
  readonly members: Set<string>;
}

export class Conference {
  readonly identity: ConferenceIdentity;
  readonly #options: ConferenceOptions;
  readonly #announcer: Announcer;
  readonly #parties = new Map<MemberId, Party>();
  readonly #timers = new Map<string, Timer>();
  readonly #inputs: RoomInput[] = [];
  #state: RoomState = EMPTY_ROOM;
  #isRunning = false;
  #count = 0;
  #recording: RunningRecording | undefined;
  /** Recordings that were ended and whose files are not complete yet. */
  readonly #closing = new Map<string, RunningRecording>();

  constructor(options: ConferenceOptions, identity: ConferenceIdentity) {
    this.#options = options;
    this.identity = identity;
    this.#announcer = new Announcer({ plane: options.plane, clock: options.clock, room: identity.room });
  }

  get state(): RoomState {
    return this.#state;
  }

  /** Nobody is there, no file is being finished, and no wrong PIN is remembered. */
  get isIdle(): boolean {
    return this.#parties.size === 0 && this.#closing.size === 0 && this.#state.penalties.size === 0;
  }

  legOf(member: MemberId): LegId | undefined {
    return this.#parties.get(member)?.media?.leg;
  }

  /** A caller at the door; `dispatch` the matching `enter` afterwards. */
  addCall(call: RoomCall): void {
    this.#parties.set(call.id, { call, files: {} });
  }

  /** Runs the machine; inputs that come from its own effects wait for their turn. */
  dispatch(input: RoomInput): void {
    this.#inputs.push(input);
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        const rules = { settings: this.identity.settings(), nowMs: this.#options.clock.now() };
        const { state, effects } = step(this.#state, next, rules);
        this.#state = state;
        for (const effect of effects) this.#carryOut(effect);
        this.#forgetParties();
      }
    } finally {
      this.#isRunning = false;
    }
  }

  /** An event of the plane; those about others are ignored. */
  mediaEvent(event: MediaEvent): void {
    switch (event.kind) {
      case "played":
        return this.#played(event.tag);
      case "recorded":
        return this.#recorded(event);
      case "talking":
        if (event.room !== this.identity.room) return;
        return this.#aboutLeg(event.leg, (member) => ({ kind: "level", member, level: event.level }));
      case "silent":
        return this.#aboutLeg(event.leg, (member) => ({
          kind: "silent",
          member,
          silent: event.silent,
          forMs: event.forMs,
        }));
    }
  }

  #aboutLeg(leg: LegId, input: (member: MemberId) => RoomInput): void {
    for (const [member, party] of this.#parties) {
      if (party.media?.leg === leg) return this.dispatch(input(member));
    }
  }

  #played(tag: string | undefined): void {
    if (tag === undefined) return;
    this.#announcer.played(tag);
    for (const [member, party] of this.#parties) {
      if (party.saying !== tag) continue;
      delete party.saying;
      return this.dispatch({ kind: "said", member });
    }
  }

  #carryOut(effect: RoomEffect): void {
    const { plane, dialer, events } = this.#options;
    const { domain, room, settings } = this.identity;
    switch (effect.kind) {
      case "open":
        return plane.openRoom(room, {
          maxMembers: settings().capacity,
          automaticGain: settings().automaticGain,
        });
      case "close":
        this.#announcer.stop();
        return plane.closeRoom(room);
      case "music":
        return this.#announcer.setMusic(effect.on ? this.#options.sounds.music() : undefined);
      case "announce":
        return this.#announce(effect);
      case "record":
        return effect.on ? this.#beginRecording() : this.#endRecording();
      case "invite":
        return dialer.invite(domain, settings(), effect.number);
      case "changed":
        return events.emit({ kind: "room", domain, room: settings().number });
      case "timer":
        return this.#setTimer(effect);
      case "cancel":
        return this.#cancelTimer(timerKey(effect));
      case "cancelAll":
        for (const key of [...this.#timers.keys()]) {
          if (key.endsWith(` ${effect.member}`)) this.#cancelTimer(key);
        }
        return;
      default: {
        const party = this.#parties.get(effect.member);
        if (party !== undefined) this.#carryOutFor(party, effect);
      }
    }
  }

  #carryOutFor(party: Party, effect: Extract<RoomEffect, { kind: PartyEffectKind }>): void {
    const { plane, sounds, files, clock } = this.#options;
    const { room, settings } = this.identity;
    const { control, id } = party.call;
    const leg = party.media?.leg;
    switch (effect.kind) {
      case "answer":
        return this.#answer(party);
      case "refuse": {
        const { reason, prompts, waitMs } = effect;
        const words = sounds.say(prompts, this.identity.locale());
        return control.refuse(reason, { words, ...(waitMs !== undefined && { waitMs }) });
      }
      case "hangUp":
        return control.hangUp(effect.reason);
      case "say":
        return this.#say(party, effect.prompts);
      case "hush":
        delete party.saying;
        return leg === undefined ? undefined : plane.stopPlaying(leg);
      case "mix":
        if (party.media === undefined) return;
        this.#recording?.members.add(party.call.caller.number);
        return plane.setMember(room, { ...party.media, muted: effect.muted, held: effect.held });
      case "unmix":
        return leg === undefined ? undefined : plane.disconnect(leg);
      case "recordName":
        if (leg === undefined) return;
        if (!effect.on) return plane.stopRecording(leg);
        party.files.name = files.namePath(id);
        return plane.record(leg, { path: party.files.name, layout: "received" });
      case "forgetName": {
        const path = party.files.name;
        if (path !== undefined) clock.at(clock.now() + NAME_KEPT_MS, () => files.remove(path));
        return;
      }
      case "probe":
        control.probe().then(
          (alive) => alive && this.dispatch({ kind: "alive", member: id }),
          (cause) =>
            this.#options.log.warn("room member could not be probed", {
              room: settings().number,
              cause: `${cause}`,
            }),
        );
        return;
      default:
        effect satisfies never;
    }
  }

  #answer(party: Party): void {
    let near: LegId | undefined;
    for (const other of this.#parties.values()) near ??= other.media?.leg;
    const media = party.call.control.answer(near === undefined ? {} : { near });
    if (media !== undefined) party.media = media;
    else this.dispatch({ kind: "gone", member: party.call.id });
  }

  #say(party: Party, prompts: readonly string[]): void {
    const { plane, sounds, clock } = this.#options;
    if (party.media === undefined) return;
    const source = sounds.say(prompts, this.identity.locale());
    const tag = party.saying = `${this.identity.room} ${party.call.id} ${++this.#count}`;
    if (source.paths.length > 0) plane.play(party.media.leg, source, { loop: false, tag });
    else clock.at(clock.now(), () => this.#played(tag));
  }

  #announce(effect: Extract<RoomEffect, { kind: "announce" }>): void {
    const { sounds } = this.#options, locale = this.identity.locale();
    const name = effect.name === undefined ? undefined : this.#parties.get(effect.name)?.files.name;
    const tone = effect.sound === undefined ? [] : sounds.say([`tone-${effect.sound}`], locale).paths;
    const words = sounds.say(effect.prompts, locale).paths;
    this.#announcer.announce({
      kind: "files",
      paths: [...tone, ...(name === undefined ? [] : [name]), ...words],
    });
  }

  #beginRecording(): void {
    const { plane, files, clock } = this.#options;
    const { domain, room, settings } = this.identity;
    const startedAt = clock.now();
    const path = files.recordingPath(domain, settings().number, startedAt);
    const members = new Set<string>();
    for (const guest of this.#state.guests.values()) {
      if (guest.phase.kind === "inside") members.add(guest.caller.number);
    }
    this.#recording = { path, startedAt, members };
    plane.recordRoom(room, { path });
  }

  #endRecording(): void {
    const running = this.#recording;
    if (running === undefined) return;
    this.#recording = undefined;
    this.#closing.set(running.path, running);
    this.#options.plane.recordRoom(this.identity.room, undefined);
  }

  /** A file is complete, or failed: a name, or the room's recording, ended by us or by a full disk. */
  #recorded(event: Extract<MediaEvent, { kind: "recorded" }>): void {
    for (const [member, party] of this.#parties) {
      if (party.files.name !== event.path) continue;
      const written = event.error === undefined && event.seconds >= SHORTEST_NAME_SEC;
      return this.dispatch({ kind: "named", member, written });
    }
    const failed = this.#recording?.path === event.path ? this.#recording : undefined;
    const running = failed ?? this.#closing.get(event.path);
    if (running === undefined) return;
    this.#closing.delete(event.path);
    this.#options.files.recorded({
      domain: this.identity.domain,
      room: this.identity.settings().number,
      path: running.path,
      startedAt: running.startedAt,
      endedAt: this.#options.clock.now(),
      seconds: event.seconds,
      members: [...running.members],
      ...(event.error === undefined ? {} : { error: event.error }),
    });
    if (failed === undefined) return;
    this.#recording = undefined;
    this.dispatch({ kind: "recordingFailed" });
  }

  #setTimer({ timer, member, ms }: Extract<RoomEffect, { kind: "timer" }>): void {
    const { clock } = this.#options;
    const key = timerKey({ timer, ...(member === undefined ? {} : { member }) });
    this.#cancelTimer(key);
    this.#timers.set(
      key,
      clock.at(clock.now() + ms, () => {
        this.#timers.delete(key);
        this.dispatch(member === undefined ? { kind: "timer", timer } : { kind: "timer", timer, member });
      }),
    );
  }

  #cancelTimer(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  /** Callers that the machine no longer knows are nobody's any more. */
  #forgetParties(): void {
    for (const member of [...this.#parties.keys()]) {
      if (!this.#state.guests.has(member)) this.#parties.delete(member);
    }
  }
}

type PartyEffectKind =
  | "answer"
  | "refuse"
  | "hangUp"
  | "say"
  | "hush"
  | "mix"
  | "unmix"
  | "recordName"
  | "forgetName"
  | "probe";

function timerKey({ timer, member }: { readonly timer: string; readonly member?: MemberId }): string {
  return `${timer} ${member ?? ""}`;
}
