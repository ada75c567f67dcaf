/** `*74`: a second phone of a person comes into the call that goes on at the first, as a room of three. */

import {
  type Call,
  type CallEngine,
  type CallService,
  type Dialler,
  failure,
  NARROWBAND_FORMATS,
} from "../pbx/call/mod.ts";
import { chooseJoin } from "../pbx/feature/mod.ts";

export class JoinDesk {
  readonly #engine: CallEngine;

  constructor(engine: CallEngine) {
    this.#engine = engine;
  }

  begin(call: Call, { domain, extension }: Dialler): void {
    const number = extension?.number;
    const ongoing = [...this.#engine.calls].filter((other) =>
      other.caller.domain === domain.name && other.phase === "joined"
    );
    const chosen = number === undefined ? undefined : chooseJoin(
      ongoing.map((other) => {
        const { answeredAt } = other.view();
        const extensions = [other.near, other.far].flatMap((leg) => leg?.party.extension ?? []);
        return { call: other.id, extensions, ...(answeredAt !== undefined && { answeredAt }) };
      }),
      number,
      call.id,
    );
    const other = chosen && this.#engine.find(chosen.call);
    if (!other?.far) return call.refuse(failure("not found", { reasonPhrase: "No call to join" }));
    this.#join(call, other);
  }

  #join(call: Call, other: Call): void {
    const { plane } = this.#engine.context;
    const room = `join-${call.id}`;
    const service: CallService = {
      digit() {},
      // The two who were there before go on alone.
      callerGone: () => {
        plane.closeRoom(room);
        if (!other.hasEnded) other.near.media!.connect(other.far!.media!);
      },
    };
    if (!call.serve(service, NARROWBAND_FORMATS)) return call.refuse(failure("not acceptable"));
    call.record.answered(other.near.party.number);
    other.record.event("joined by", { party: call.near.party.number });
    plane.openRoom(room, { maxMembers: 3 });
    for (const leg of [other.near, other.far!, call.near]) {
      plane.setMember(room, { leg: leg.media!.leg, stream: 0, muted: false, held: false });
    }
    for (const leg of [other.near, other.far!]) leg.whenEnded(() => call.hangUp("answered"));
  }
}
