/** Dialled service codes for rooms: `*6*ROOM` and `*6*ROOM*PIN`. */

/** Longest room number and PIN taken from a dialled string. */
const MAX_DIGITS = 20;

export interface RoomCode {
  readonly room: string;
  readonly pin?: string;
}

/** Reads what stands behind the code's prefix (`*6*` by default); a `#` at the end is what some phones add. */
export function parseRoomCode(dialled: string, prefix: string): RoomCode | undefined {
  if (prefix === "" || !dialled.startsWith(prefix)) return undefined;
  const rest = dialled.endsWith("#") ? dialled.slice(prefix.length, -1) : dialled.slice(prefix.length);
  const parts = rest.split("*", 3);
  const [room, pin] = parts;
  if (parts.length > 2 || room === undefined || !isNumber(room)) return undefined;
  if (pin === undefined || pin === "") return { room };
  return isNumber(pin) ? { room, pin } : undefined;
}

function isNumber(text: string): boolean {
  if (text.length === 0 || text.length > MAX_DIGITS) return false;
  for (const letter of text) if (letter < "0" || letter > "9") return false;
  return true;
}
