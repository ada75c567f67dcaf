/** The services of the business, made and joined; what each decides, another carries out. */

import type { Clock, Random } from "../base/mod.ts";
import type { ServerOptions } from "../app_types.ts";
import type { Settings } from "../config/mod.ts";
import type { Guard } from "../guard/mod.ts";
import type { MediaPlane } from "../media/plane.ts";
import { Access, DigestPolicies, Passes } from "../pbx/access/mod.ts";
import { type CallContext, CallEngine, Occupancy, ProfileMemory, Transfers } from "../pbx/call/mod.ts";
import { RoomService } from "../pbx/conference/mod.ts";
import type { ReplaceableDirectory } from "../pbx/directory/mod.ts";
import { Features } from "../pbx/feature/mod.ts";
import { HuntService } from "../pbx/hunt/mod.ts";
import { ExternalLines } from "../pbx/line/mod.ts";
import type { CallRecordStore, EventSink } from "../pbx/ports.ts";
import type { SoundLibrary } from "../pbx/prompts/mod.ts";
import { Bindings, KeepAlive, Registrar } from "../pbx/registrar/mod.ts";
import { ServerDigest } from "../sip/auth/mod.ts";
import { CodeDesk } from "./code_desk.ts";
import { Door } from "./door.ts";
import { HuntDesk } from "./hunt_desk.ts";
import { mediaAddressFinder } from "./media_address.ts";
import { OfficeMembers } from "./members.ts";
import type { SignallingNetwork } from "./network.ts";
import { Recordings } from "./recordings.ts";
import { RoomDesk } from "./room_desk.ts";
import { OfficeRouter } from "./router.ts";
import { TollWatch } from "./toll_watch.ts";

export interface PartsOptions extends ServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly plane: MediaPlane;
  readonly network: SignallingNetwork;
  readonly directory: ReplaceableDirectory;
  readonly guard: Guard;
  readonly sounds: SoundLibrary;
  readonly events: EventSink;
  readonly records: CallRecordStore;
  /** As they are now; a reload changes them. */
  readonly current: () => Settings;
  readonly isOpen: () => boolean;
}

export interface Parts {
  readonly engine: CallEngine;
  readonly bindings: Bindings;
  readonly registrar: Registrar;
  readonly keepAlive: KeepAlive;
  readonly hunts: HuntService;
  readonly rooms: RoomService;
  readonly features: Features;
  readonly lines: ExternalLines;
  readonly occupancy: Occupancy;
  readonly router: OfficeRouter;
  readonly codes: CodeDesk;
  readonly recordings: Recordings;
  readonly passes: Passes;
  readonly toll: TollWatch;
}

export function assemble(options: PartsOptions): Parts {
  const { clock, random, log, directory, network, events, current, guard, isOpen } = options;
  const identity = identityOf(options);
  const { bindings, occupancy, features, passes, access } = identity;
  const hunts = huntsOf(options, identity);
  const lines = new ExternalLines({
    endpoint: network.endpoint,
    directory,
    clock,
    random,
    log,
    events,
    resolve: (uri) => network.transports.resolve(uri),
    isFailed: (target) => network.transports.isFailed(target),
  });
  const toll = new TollWatch({ clock, log, events });
  const router = new OfficeRouter({
    directory,
    clock,
    codes: () => current().codes,
    lineState: (domain, line) => lines.state(domain, line),
    toll,
  });
  const services = callServicesOf(options, { ...identity, hunts, lines, router });
  const registrar = new Registrar({
    access,
    bindings,
    clock,
    events,
    log,
    settings: () => current().sip.registration,
    isOurselves: (host, port) => isOurListener(network, host, port),
  });
  const keepAlive = new KeepAlive({
    bindings,
    endpoint: network.endpoint,
    clock,
    intervalSec: () => current().sip.keepAliveSeconds,
  });
  const { engine } = services;
  network.endpoint.handle(
    new Door({ access, registrar, engine, lines, isOpen, openInvite: (host) => guard.openInvite(host) }),
  );
  return {
    ...services,
    bindings,
    registrar,
    keepAlive,
    hunts,
    features,
    lines,
    occupancy,
    router,
    passes,
    toll,
  };
}

/** Who somebody is, where the devices are, and what is switched on for whom. */
interface IdentityParts {
  readonly bindings: Bindings;
  readonly occupancy: Occupancy;
  readonly features: Features;
  readonly passes: Passes;
  readonly access: Access;
}

function identityOf(options: PartsOptions): IdentityParts {
  const { clock, random, log, store, directory, network, events, current } = options;
  const passes = new Passes({
    clock,
    random,
    echoCode: () => current().codes.echo,
    isLocal: (host) => network.isLocal(host),
  });
  return {
    bindings: new Bindings({ store: store.bindings, clock }),
    occupancy: new Occupancy(clock),
    features: new Features({
      state: store.state,
      extension: (domain, number) => directory.extension(domain, number),
    }),
    passes,
    access: new Access({
      directory,
      digest: new ServerDigest({ clock, random }),
      guard: options.guard,
      events,
      log,
      algorithms: () => current().security.digest,
      policies: new DigestPolicies(random),
      passes,
    }),
  };
}

/** Groups, told of everybody who gets busy, free or unwilling. */
function huntsOf(options: PartsOptions, { bindings, occupancy, features }: IdentityParts): HuntService {
  const { clock, random, log, store, directory, events } = options;
  const members = new OfficeMembers({ directory, bindings, occupancy, features });
  const hunts = new HuntService({ clock, random, log, state: store.state, events, members });
  occupancy.onChange((domain, extension) => hunts.changed(domain, extension));
  features.onChange((domain, extension) => {
    hunts.changed(domain, extension);
    events.emit({ kind: "features", domain, extension });
  });
  return hunts;
}

interface CallParts extends IdentityParts {
  readonly hunts: HuntService;
  readonly lines: ExternalLines;
  readonly router: OfficeRouter;
}

/** The calls and what is done within them; the desks and the engine know each other. */
function callServicesOf(
  options: PartsOptions,
  { access, bindings, occupancy, features, hunts, lines, router }: CallParts,
): Pick<Parts, "engine" | "rooms" | "codes" | "recordings"> {
  const { clock, log, directory, events, plane, sounds } = options;
  let codes: CodeDesk | undefined;
  let roomDesk: RoomDesk | undefined;
  const engine = new CallEngine({
    context: contextOf(options, { bindings, occupancy }),
    access,
    router,
    features,
    lines,
    services: (owner) => {
      const huntDesk = new HuntDesk({ engine: owner, hunts, sounds });
      const desk = roomDesk = new RoomDesk({ engine: owner, rooms: () => rooms });
      const codeDesk = codes = new CodeDesk({ engine: owner, features, sounds, router });
      return {
        hunt: (call, domain, group) => huntDesk.begin(call, domain, group),
        room: (call, domain, entry) => desk.enter(call, domain, entry),
        code: (call, dialler, code) => codeDesk.begin(call, dialler, code),
      };
    },
    transfer: (owner) => new Transfers(owner),
  });
  const recordings = new Recordings(options.settings.server.data, log);
  const rooms = new RoomService({
    plane,
    clock,
    log,
    events,
    sounds,
    directory,
    files: recordings,
    dialer: { invite: (domain, room, number) => roomDesk!.invite(domain, room, number) },
  });
  return { engine, rooms, codes: codes!, recordings };
}

function contextOf(options: PartsOptions, own: { bindings: Bindings; occupancy: Occupancy }): CallContext {
  const { clock, random, log, directory, network, events, current, plane } = options;
  return {
    endpoint: network.endpoint,
    plane,
    clock,
    random,
    log,
    directory,
    events,
    records: options.records,
    profiles: new ProfileMemory(),
    settings: current,
    mediaAddress: mediaAddressFinder({
      localContact: (destination) => network.transports.localContact(destination),
      resolve: (uri) => network.transports.resolve(uri),
      isLocal: (host) => network.isLocal(host),
    }),
    ...own,
  };
}

/** True when `host:port` is one of our own listeners: a call there would come back to us. */
function isOurListener(network: SignallingNetwork, host: string, port: number): boolean {
  const isHere = network.isLocal(host) || host.startsWith("127.");
  return isHere &&
    network.transports.listening.some((listener) =>
      listener.port === port &&
      (listener.host === host || listener.host === "0.0.0.0" || listener.host === "::")
    );
}
