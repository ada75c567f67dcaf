/** What a test needs to transfer with baresip, and to know whether the two who remain hear each other. */

import assert from "node:assert/strict";
import type { Baresip } from "./baresip.ts";

/** What a phone prints of the sound it sends and receives; what does not decrypt is not counted. */
const RATES = /audio=(\d+)\/(\d+) \(bit\/s\)/g;
/** Rates are counted for three seconds at a time, so two such stretches hold a whole one. */
export const RATES_MS = 7000;

/** Replaces for the first call of a phone that was called: our tag stands in its From, its own in its To. */
export function answeredDialog(phone: Baresip): string {
  const answer = /SIP\/2\.0 200 Answering[\s\S]*?\r?\n\r?\n/.exec(phone.log)![0];
  return replaces(answer, { ours: "From", theirs: "To" });
}

/** Replaces for the last call that the phone has made and that rings: our tag is in the To of the 180. */
export function ringingDialog(phone: Baresip): string {
  const ringing = [...phone.log.matchAll(/SIP\/2\.0 180 Ringing[\s\S]*?\r?\n\r?\n/g)].at(-1)![0];
  return replaces(ringing, { ours: "To", theirs: "From" });
}

/** Sends whom the phone talks to on to `target`, in place of the other side of `dialog`. */
export function attendedTransfer(phone: Baresip, target: string, dialog: string): Promise<void> {
  return phone.command("transfer", `sip:${target}@office.example?Replaces=${encodeURIComponent(dialog)}`);
}

/**
 * Ends the phone; in the last seconds it sent and received speech. For a phone that was held in between: its recorder
 * ends with the first hold.
 */
export async function assertSpoke(phone: Baresip, who: string): Promise<void> {
  await phone.stop();
  const [, sent, received] = [...phone.log.matchAll(RATES)].at(-1) ?? [];
  assert.ok(Number(sent) > 50_000 && Number(received) > 50_000, `${who}: ${sent}/${received} bit/s`);
}

function replaces(message: string, { ours, theirs }: { ours: string; theirs: string }): string {
  const find = (pattern: RegExp) => pattern.exec(message)![1]!.trim();
  const tag = (header: string) => find(new RegExp(`^${header}:.*tag=([^;\\r\\n]+)`, "m"));
  return `${find(/^Call-ID:(.*)$/m)};to-tag=${tag(ours)};from-tag=${tag(theirs)}`;
}
