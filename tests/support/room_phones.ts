/** Phones for tests of rooms: each on an address of its own, each with a tone of its own. */

import { Baresip, type BaresipOptions } from "./baresip.ts";
import type { OwnOffice } from "./own_office.ts";
import { pause } from "./waiting.ts";

/** No tone is a harmonic or the sum of others. */
export const ROOM_TONES: readonly number[] = [430, 710, 1130, 1570, 2150, 2710];
/** Four of them together stay below a room's limiter. */
export const ROOM_AMPLITUDE = 5000;
/** What one of them is, as a share of full scale. */
export const ROOM_RMS = ROOM_AMPLITUDE / 32_768 / Math.SQRT2;

export const ROOM_EXTENSIONS: readonly { number: string; name: string; password: string }[] = ROOM_TONES.map((
  _,
  i,
) => ({ number: `10${i}`, name: `P${i}`, password: `secret-10${i}` }));

export interface RoomPlace {
  /** Address of the server. */
  readonly server: string;
  /** Last byte of the first phone's address. */
  readonly firstAddress: number;
}

export function roomPhone(
  position: number,
  place: RoomPlace,
  kind: Partial<BaresipOptions> = {},
): Promise<Baresip> {
  const transport = kind.transport ?? "udp";
  return Baresip.start({
    user: `10${position}`,
    password: `secret-10${position}`,
    domain: "office.example",
    server: `${place.server}:${transport === "tls" ? 5061 : 5060}`,
    tone: ROOM_TONES[position]!,
    amplitude: ROOM_AMPLITUDE,
    address: `127.0.0.${place.firstAddress + position}`,
    seconds: 60,
    transport,
    encryption: "none",
    codec: "PCMU",
    ...kind,
  });
}

/** Types on a phone's keys, as fast as people do. */
export async function press(phone: Baresip, keys: string): Promise<void> {
  for (const key of keys) {
    await phone.command("sndcode", key);
    await pause(180);
  }
}

/** Waits until `condition` holds for the room as a page sees it. */
export async function untilRoom(
  server: OwnOffice,
  room: string,
  condition: (view: RoomNow) => boolean,
  ms = 8000,
): Promise<RoomNow> {
  const end = Date.now() + ms;
  for (;;) {
    const view = await server.office.parts.rooms.view(server.domain, room);
    if (view === undefined) throw new Error(`There is no room ${room}`);
    if (condition(view)) return view;
    if (Date.now() > end) throw new Error(`Room ${room} is not as wished: ${JSON.stringify(view)}`);
    await pause(50);
  }
}

export type RoomNow = NonNullable<Awaited<ReturnType<OwnOffice["office"]["parts"]["rooms"]["view"]>>>;
