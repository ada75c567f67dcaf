/** `*74`: a second phone of a person comes into the call that goes on at the first, as a room of three. */

import {
  type Call,
  type CallEngine,
  type CallService,
  type Dialler,
  failure,
  type Leg,
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
    const legs = other?.far && [other.near, other.far];
    const own = legs?.find(({ party }) => party.extension === number);
    const partner = legs?.find((leg) => leg !== own);
    if (!other || !own || !partner) {
      return call.refuse(failure("not found", { reasonPhrase: "No call to join" }));
    }
    this.#join(call, { other, own, partner });
  }

  #join(call: Call, meeting: Meeting): void {
    const { other, own, partner } = meeting;
    const { plane } = this.#engine.context;
    const room = `join-${call.id}`;
    let isOpen = true;
    const service: CallService = {
      digit() {},
      // The two who were there before go on alone.
      callerGone: () => {
        isOpen = false;
        plane.closeRoom(room);
        other.hooks.onLeft(undefined);
        if (other.far) other.near.media!.connect(other.far.media!);
      },
    };
    if (!call.serve(service, NARROWBAND_FORMATS)) return call.refuse(failure("not acceptable"));
    call.record.answered(partner.party.number);
    other.record.event("joined by", { party: call.near.party.number });
    plane.openRoom(room, { maxMembers: 3 });
    for (const leg of [own, partner, call.near]) {
      plane.setMember(room, { leg: leg.media!.leg, stream: 0, muted: false, held: false });
    }
    partner.whenEnded(() => call.hangUp("answered"));
    other.hooks.onLeft((leg) => isOpen && leg === own && this.#stay(call, meeting));
  }

  /** The phone that was in the call first hangs up: the second one goes on with it. */
  #stay(call: Call, { other, own }: Meeting): boolean {
    if (call.hasEnded || other.phase !== "joined") return false;
    other.letGo(own);
    void own.release().then(() => other.record.leg(own.record()));
    other.join(call.moveAway());
    return true;
  }
}

interface Meeting {
  /** The call that goes on. */
  readonly other: Call;
  /** Its side that has the number of the phone that joins. */
  readonly own: Leg;
  readonly partner: Leg;
}
