/** All lines of all domains: kept in step with the directory, counted, recognised, offered to calls. */

import { below, networkContains, type Timer } from "../../base/mod.ts";
import type { DomainSettings, LineSettings } from "../../config/mod.ts";
import type { Flow, IncomingRequest } from "../../sip/mod.ts";
import {
  type Failure,
  failure,
  type IncomingLineCall,
  type Lines,
  type OutsideWay,
  type RingTarget,
} from "../call/mod.ts";
import type { Directory } from "../directory/mod.ts";
import type { EventSink } from "../ports.ts";
import { type LineAddresses, lineAddresses } from "./addresses.ts";
import { receive, recognise } from "./incoming.ts";
import { Line, type LinePorts } from "./line.ts";
import { lineCodecs, type OutgoingCall } from "./outgoing.ts";

export interface LinesOptions extends Omit<LinePorts, "changed"> {
  readonly directory: Directory;
  readonly events: EventSink;
}

/** A line as status pages show it. */
export interface LineStatus {
  readonly name: string;
  readonly kind: LineSettings["kind"];
  readonly server: string;
  readonly state: string;
  readonly isUp: boolean;
  readonly detail?: string;
  /** Since when it is in this state; milliseconds since the epoch, as all times here. */
  readonly since: number;
  readonly registeredUntil?: number;
  readonly incomingCalls: number;
  readonly outgoingCalls: number;
}

interface Counts {
  incoming: number;
  outgoing: number;
}

interface Entry {
  readonly line: Line;
  readonly addresses: LineAddresses;
}

const FRESHEN_MS = 60_000;
/** Between the first REGISTERs of many lines. */
const START_SPREAD_MS = 50;
const START_SPREAD_MAX_MS = 10_000;
/** How long a stop waits for the answers of the registrars. */
const FAREWELL_MS = 400;

export class ExternalLines implements Lines {
  readonly #options: LinesOptions;
  readonly #entries = new Map<string, Entry>();
  /** Kept apart from the lines: a change of settings does not forget the calls that stand. */
  readonly #counts = new Map<string, Counts>();
  #freshening: Timer | undefined;
  #state: "new" | "running" | "stopped" = "new";

  constructor(options: LinesOptions) {
    this.#options = options;
    options.directory.onChange(() => {
      if (this.#state === "running") this.#reconcile();
    });
  }

  /** Begins to register and to watch; call it once the listeners are open. */
  start(): void {
    if (this.#state !== "new") return;
    this.#state = "running";
    this.#reconcile();
    this.#freshen();
  }

  /** Unregisters and lets go; waits a moment for the answers. */
  async stop(): Promise<void> {
    if (this.#state === "stopped") return;
    this.#state = "stopped";
    this.#freshening?.cancel();
    const farewells = [...this.#entries.values()].map(({ line }) => line.stop({ unregister: true }));
    this.#entries.clear();
    const { clock } = this.#options;
    let patience: Timer | undefined;
    const enough = new Promise<void>((resolve) => patience = clock.at(clock.now() + FAREWELL_MS, resolve));
    await Promise.race([Promise.all(farewells), enough]);
    patience?.cancel();
  }

  /** To be told by whoever hears of closed connections. */
  flowClosed(flow: Flow): void {
    for (const { line } of this.#entries.values()) line.flowClosed(flow);
  }

  identify({ request, flow }: IncomingRequest): IncomingLineCall | undefined {
    const line = recognise(request, flow, this.#lines());
    if (!line) return undefined;
    const { settings, domain } = line;
    const chance = below(this.#options.random, 10_000) / 100;
    const { called, caller, to, refusal } = receive(request, line, chance);
    return {
      domain,
      party: {
        domain: domain.name,
        number: caller.number === "" ? "anonymous" : caller.number,
        name: caller.name,
        line: settings.name,
      },
      called,
      ...(to !== undefined && { to }),
      ...(refusal && { refusal }),
      chance,
      isPrivate: caller.isPrivate,
      policy: settings.srtp,
      dtmf: settings.dtmf,
      codecs: lineCodecs(settings),
      reliable: settings.reliable,
    };
  }

  target(way: OutsideWay, call: OutgoingCall & { readonly near?: NearSide }): RingTarget | Failure {
    const line = this.#find(call.caller.domain, way.line);
    if (!line) return failure("unreachable", { statusCode: 503, reasonPhrase: "No such line" });
    const isEmergency = line.domain.emergency.includes(way.number);
    if (!line.isUp && !isEmergency) {
      return failure("unreachable", { statusCode: 503, reasonPhrase: "The line is down" });
    }
    const { caller, diversions, near } = call;
    const invite = near?.side === "caller" ? near.session.invite : undefined;
    return line.target(way, { caller, diversions, ...(invite && { invite }) });
  }

  enter(
    domain: string,
    name: string,
    direction: "incoming" | "outgoing" | "emergency",
  ): (() => void) | undefined {
    const line = this.#find(domain, name);
    if (!line) return undefined;
    const counts = this.#countsOf(domain, name);
    const { incomingMaxCalls, outgoing } = line.settings;
    const counted = direction === "incoming" ? "incoming" : "outgoing";
    const limit =
      { incoming: incomingMaxCalls, outgoing: outgoing.maxCalls, emergency: undefined }[direction];
    if (limit !== undefined && counts[counted] >= limit) return undefined;
    counts[counted]++;
    let isInside = true;
    return () => {
      if (isInside) counts[counted]--;
      isInside = false;
    };
  }

  /** True for an address that some line's calls come from. */
  isServer(host: string): boolean {
    for (const line of this.#lines()) {
      if (line.isSource(host) || line.networks.some((network) => networkContains(network, host))) return true;
    }
    return false;
  }

  noAnswerMs(domain: string, name: string): number {
    return (this.#find(domain, name)?.settings.outgoing.noAnswerSeconds ?? 0) * 1000;
  }

  /** For routing: may a call be tried, and how many are there; undefined for a line that does not exist. */
  state(domain: string, name: string): { isUp: boolean; calls: number } | undefined {
    const line = this.#find(domain, name);
    return line && { isUp: line.isUp, calls: this.#counts.get(keyOf(domain, name))?.outgoing ?? 0 };
  }

  /** The lines of `domain` in the order of its settings. */
  list(domain: string): LineStatus[] {
    const lines = this.#options.directory.domain(domain)?.lines ?? [];
    return lines.map((settings) => this.#status(domain, settings));
  }

  *#lines(): Iterable<Line> {
    for (const { line } of this.#entries.values()) yield line;
  }

  #find(domain: string, name: string): Line | undefined {
    return this.#entries.get(keyOf(domain, name))?.line;
  }

  #countsOf(domain: string, name: string): Counts {
    const key = keyOf(domain, name);
    let counts = this.#counts.get(key);
    if (!counts) this.#counts.set(key, counts = { incoming: 0, outgoing: 0 });
    return counts;
  }

  #status(domain: string, settings: LineSettings): LineStatus {
    const line = this.#find(domain, settings.name);
    const counts = this.#counts.get(keyOf(domain, settings.name));
    const { name, kind, server } = settings;
    const { state, detail, sinceMs } = line?.shown ??
      { state: "unknown", sinceMs: this.#options.clock.now() };
    const registeredUntil = line?.registeredUntil;
    return {
      name,
      kind,
      server,
      state,
      isUp: line?.isUp ?? false,
      ...(detail !== undefined && { detail }),
      since: sinceMs,
      ...(registeredUntil !== undefined && { registeredUntil }),
      incomingCalls: counts?.incoming ?? 0,
      outgoingCalls: counts?.outgoing ?? 0,
    };
  }

  #freshen(): void {
    const { clock } = this.#options;
    this.#freshening = clock.at(clock.now() + FRESHEN_MS, () => {
      for (const line of this.#lines()) line.freshen();
      this.#freshen();
    });
  }

  /** Starts what is new, stops what has gone, and leaves alone whatever is still as it was. */
  #reconcile(): void {
    const wanted = new Map<string, { settings: LineSettings; domain: DomainSettings }>();
    for (const domain of this.#options.directory.domains()) {
      for (const settings of domain.lines) {
        wanted.set(keyOf(domain.name, settings.name), { settings, domain });
      }
    }
    let started = 0;
    for (const [key, { line }] of [...this.#entries]) {
      if (wanted.has(key)) continue;
      this.#entries.delete(key);
      void line.stop({ unregister: true });
    }
    for (const [key, { settings, domain }] of wanted) {
      const known = this.#entries.get(key);
      if (known && isSameWire(known.line.settings, settings)) known.line.update(settings, domain);
      else if (this.#replace(key, known, { settings, domain })) started++;
      const entry = this.#entries.get(key);
      if (entry && entry !== known) {
        entry.line.start(Math.min(START_SPREAD_MAX_MS, (started - 1) * START_SPREAD_MS));
      }
    }
    for (const [key, { incoming, outgoing }] of [...this.#counts]) {
      if (!wanted.has(key) && incoming === 0 && outgoing === 0) this.#counts.delete(key);
    }
  }

  /** Puts a new line in place of `known`; false when its settings name no place. */
  #replace(
    key: string,
    known: Entry | undefined,
    { settings, domain }: { settings: LineSettings; domain: DomainSettings },
  ): boolean {
    const addresses = lineAddresses(settings);
    // The same binding at the same registrar is about to be renewed: taking it away could cross with that.
    const isRenewed = addresses && known && isSameBinding(known.addresses, addresses);
    if (known) void known.line.stop({ unregister: !isRenewed });
    this.#entries.delete(key);
    const { log } = this.#options;
    if (!addresses) {
      log.error("Line cannot be used: its server or outbound proxy is no SIP URI", { line: settings.name });
      return false;
    }
    const ports: LinePorts = { ...this.#options, changed: (line) => this.#changed(line) };
    this.#entries.set(key, { line: new Line(ports, { settings, domain, addresses }), addresses });
    return true;
  }

  #changed({ settings, domain, shown }: Line): void {
    const { log, events } = this.#options;
    const { state, detail } = shown;
    const fields = {
      domain: domain.name,
      line: settings.name,
      state,
      ...(detail !== undefined && { detail }),
    };
    if (state === "registered" || state === "up") log.info("Line up", fields);
    else if (state === "registering") log.debug("Line registers", fields);
    else log.warn("Line down", fields);
    events.emit({ kind: "line", ...fields });
  }
}

/** The leg on whose behalf a call seeks, as far as it matters here. */
interface NearSide {
  readonly side: "caller" | "called";
  readonly session: { readonly invite: NonNullable<OutgoingCall["invite"]> };
}

function keyOf(domain: string, name: string): string {
  return `${domain}/${name}`;
}

/** True when both mean the same registration, watch and addresses; all else may change while the line stands. */
function isSameWire(a: LineSettings, b: LineSettings): boolean {
  const wire = (line: LineSettings) => [
    line.kind,
    line.server,
    line.outboundProxy,
    line.transport,
    line.username,
    line.authUsername,
    line.password,
    line.realms,
    line.requestUriParameters,
    line.registerSeconds,
    line.optionsSeconds,
    line.addresses,
  ];
  return JSON.stringify(wire(a)) === JSON.stringify(wire(b));
}

function isSameBinding(a: LineAddresses, b: LineAddresses): boolean {
  return a.server.host === b.server.host && a.account.user === b.account.user &&
    a.account.host === b.account.host && a.contactUser === b.contactUser;
}
