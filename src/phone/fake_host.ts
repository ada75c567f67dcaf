/** Phones without sockets for tests: calls on a virtual network, media that only remembers. */

import { seededRandom, SILENT_LOG } from "../base/mod.ts";
import type { MediaEvent } from "../media/plane.ts";
import { type IncomingRequest, type Session, type SessionListener, SipEndpoint } from "../sip/mod.ts";
import type { SipResponse, Uri } from "../sip/message/mod.ts";
import { FakePlane } from "../../tests/support/fake_plane.ts";
import { type VirtualHost, VirtualNetwork } from "../../tests/support/virtual_network.ts";
import { PhoneCall } from "./call.ts";
import type { CallHost } from "./call_host.ts";
import { sipUri } from "./targets.ts";
import type { AccountSettings, CallEvent } from "./types.ts";
import type { PhoneWorld } from "./world.ts";

export class FakeHost implements CallHost<PhoneCall> {
  readonly plane = new FakePlane();
  readonly world: PhoneWorld;
  readonly settings: AccountSettings;
  readonly ownUri;
  readonly showsCredentials = false;
  readonly connectFault = undefined;
  readonly endpoint: SipEndpoint;
  readonly host: VirtualHost;
  /** Every call in the order it came about. */
  readonly calls: PhoneCall[] = [];
  readonly events: CallEvent[] = [];
  /** No route to anybody. */
  isCutOff = false;
  /** Called for each incoming INVITE instead of ringing. */
  onInvite: ((incoming: IncomingRequest) => void) | undefined;

  constructor(
    network: VirtualNetwork,
    { address, seed, ...settings }: Partial<AccountSettings> & {
      readonly address: string;
      readonly seed: number;
    },
  ) {
    this.host = network.host(address);
    const random = seededRandom(seed);
    const { clock } = network;
    this.endpoint = new SipEndpoint({
      transport: this.host,
      clock,
      random,
      log: SILENT_LOG,
      userAgent: "test",
    });
    this.host.listener = this.endpoint;
    this.settings = {
      user: "phone",
      domain: address,
      transport: "udp",
      srtp: "off",
      register: false,
      ...settings,
    };
    this.ownUri = sipUri(address, this.settings.user);
    this.world = { clock, random, log: SILENT_LOG, plane: this.plane } as unknown as PhoneWorld;
    this.plane.onEvent((event) =>
      this.calls.find(({ leg }) => "leg" in event && leg === event.leg)?.hear(event)
    );
    this.endpoint.handle({
      request: (incoming) => {
        if (incoming.request.method !== "INVITE") return incoming.reply({ statusCode: 200 });
        if (this.onInvite) this.onInvite(incoming);
        else this.calls.push(PhoneCall.receive(this, incoming));
      },
      flowClosed() {},
    });
  }

  dial(to: FakeHost): PhoneCall {
    const call = PhoneCall.dial(this, to.ownUri);
    this.calls.push(call);
    return call;
  }

  get call(): PhoneCall {
    return this.calls.at(-1)!;
  }

  /** Kinds of what happened, in order. */
  get story(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  /** What the plane would tell of the last call's leg. */
  hear(event: Record<string, unknown>): void {
    this.plane.emit({ leg: this.call.leg, ...event } as MediaEvent);
  }

  mediaAddress() {
    const { host } = this.host.address;
    return Promise.resolve(this.isCutOff ? undefined : { host, family: "ipv4" as const });
  }

  invite(target: Uri, sdp: Uint8Array, listener: SessionListener): Session {
    return this.endpoint.invite({
      requestUri: target,
      from: { uri: this.ownUri, params: new Map() },
      to: { uri: target, params: new Map() },
      route: { kind: "uri", uri: target },
      contactUser: this.settings.user,
      sdp,
    }, listener);
  }

  learnRealms(_challenge: SipResponse): boolean {
    return false;
  }

  tell(_call: PhoneCall, event: CallEvent): void {
    this.events.push(event);
  }
}

/** Two phones that can call one another, without media that takes time. */
export function twoPhones(
  alice: Partial<AccountSettings> = {},
  bob: Partial<AccountSettings> = {},
): { network: VirtualNetwork; alice: FakeHost; bob: FakeHost } {
  const network = new VirtualNetwork();
  return {
    network,
    alice: new FakeHost(network, { ...alice, user: "alice", address: "10.0.0.1", seed: 1 }),
    bob: new FakeHost(network, { ...bob, user: "bob", address: "10.0.0.2", seed: 2 }),
  };
}
