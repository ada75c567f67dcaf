/** The core of a media thread on a network in memory, with phones around it: everything by hand and clock. */
import assert from "node:assert/strict";
import { fail, ManualClock, ok, seededRandom } from "../../src/base/mod.ts";
import type { LegId, LegReport, MediaEvent, StreamKind, StreamSettings } from "../../src/media/mod.ts";
import {
  type Command,
  MediaCore,
  type MediaFiles,
  noDescriptors,
  type Notice,
  type RecordingFile,
} from "../../src/media/thread/mod.ts";
import { MemoryNetwork, MemoryWire } from "./memory_network.ts";
import { RtpPeer } from "./rtp_peer.ts";

const SERVER = "192.0.2.1";

/** Files by path; a recording appears when it is closed. */
export class MemoryFiles implements MediaFiles {
  readonly contents = new Map<string, Uint8Array>();

  read(path: string): ReturnType<MediaFiles["read"]> {
    const file = this.contents.get(path);
    return Promise.resolve(file ? ok(file) : fail("it does not exist"));
  }

  stamp(path: string): Promise<string | undefined> {
    return Promise.resolve(this.contents.get(path)?.length.toString());
  }

  create(path: string): RecordingFile {
    let bytes = new Uint8Array(0);
    let settle: (error: string | undefined) => void = () => {};
    return {
      closed: new Promise((resolve) => settle = resolve),
      write: (chunk, offset) => {
        const whole = new Uint8Array(Math.max(bytes.length, offset + chunk.length));
        whole.set(bytes);
        whole.set(chunk, offset);
        bytes = whole;
        return true;
      },
      close: () => {
        this.contents.set(path, bytes);
        settle(undefined);
      },
    };
  }
}

export class MediaBench {
  readonly clock = new ManualClock();
  readonly wire: MemoryWire;
  readonly network: MemoryNetwork;
  readonly notices: Notice[] = [];
  readonly core: MediaCore;
  /** How often the thread swept its heap. */
  sweeps = 0;
  readonly files = new MemoryFiles();
  #nextPort = 20_000;
  #nextLeg: LegId = 1;
  #nextRequest = 1;

  constructor(seed = 1) {
    this.wire = new MemoryWire(this.clock, seed);
    this.network = new MemoryNetwork(this.wire, SERVER);
    this.core = new MediaCore({
      worker: 0,
      dscp: 46,
      crypto: "fast",
      sockets: "libc",
      restMs: 1000,
      unverifiedPackets: 100,
      network: this.network,
      random: seededRandom(seed),
      files: this.files,
      notify: (notice) => this.notices.push(notice),
      sweep: () => void this.sweeps++,
    });
  }

  get events(): MediaEvent[] {
    return this.notices.flatMap((notice) => notice.kind === "event" ? [notice.event] : []);
  }

  eventsOf<K extends MediaEvent["kind"]>(kind: K): Extract<MediaEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<MediaEvent, { kind: K }> => event.kind === kind);
  }

  /** A phone at an address of its own. */
  phone(host: string, ssrc: number): RtpPeer {
    return new RtpPeer(new MemoryNetwork(this.wire, host), { host, ssrc });
  }

  /** Opens a leg towards the phone and, unless told otherwise, describes the phone to it. */
  open(phone: RtpPeer, changes: Partial<StreamSettings> | undefined = {}, kind: StreamKind = "rtp"): LegId {
    const leg = this.#nextLeg++, port = this.#nextPort;
    this.#nextPort += 2;
    const request = this.#nextRequest++;
    this.tell({
      kind: "open",
      request,
      open: { leg, host: "0.0.0.0", ports: [port], kinds: [kind], label: "", handles: noDescriptors(2) },
    });
    const opened = this.notices.find((notice) => notice.kind === "opened" && notice.request === request);
    assert.ok(opened?.kind === "opened" && opened.opened.ok);
    phone.aimAt(port, SERVER);
    if (changes !== undefined) this.update(leg, phone.settings(changes));
    return leg;
  }

  update(leg: LegId, settings: StreamSettings, stream = 0): void {
    this.tell({ kind: "update", leg, stream, settings });
  }

  tell(command: Exclude<Command, { kind: "start" }>): void {
    this.core.handle(command);
  }

  /** Gives the leg up and takes it over again, as between two threads. */
  move(leg: LegId, then: Exclude<Command, { kind: "start" }>): void {
    const request = this.#nextRequest++;
    this.tell({ kind: "export", request, leg });
    const answer = this.notices.find((notice) => notice.kind === "exported" && notice.request === request);
    assert.ok(answer?.kind === "exported" && answer.state);
    this.tell({ kind: "import", states: [structuredClone(answer.state)], then });
  }

  /** Moves on; every 20 ms `beat` is called, e.g. to let phones speak. */
  advance(ms: number, beat?: () => void): void {
    let nextMs = this.clock.now() + 20;
    this.wire.advance(ms, {
      step: () => {
        if (this.clock.now() >= nextMs) {
          nextMs += 20;
          beat?.();
        }
        this.wire.run();
        this.core.tick(this.clock.now());
      },
    });
  }

  measure(leg: LegId, kind: "measure" | "close" = "measure"): LegReport {
    const request = this.#nextRequest++;
    this.tell({ kind, request, leg });
    const answer = this.notices.find((notice) => notice.kind === "report" && notice.request === request);
    assert.ok(answer?.kind === "report" && answer.report);
    return answer.report;
  }
}
