/** A room seen and steered over the API while real phones are in it; its recording is downloaded by who may. */

import assert from "node:assert/strict";
import { Administrator, Visitor } from "../support/administrator.ts";
import { hasBaresip } from "../support/baresip.ts";
import { ROOM_EXTENSIONS, ROOM_RMS, ROOM_TONES, roomPhone } from "../support/room_phones.ts";
import { TestServer } from "../support/server.ts";
import { secondsOfTone } from "../support/spectrum.ts";
import { readWav } from "../support/wav.ts";
import { pause } from "../support/waiting.ts";

const AVAILABLE = await hasBaresip();
if (!AVAILABLE) console.log("skipped: baresip is not installed (apt-get install baresip-core)");

const PLACE = { server: "127.0.0.180", firstAddress: 181 };
const DOMAIN = "/domains/office.example";

interface RoomView {
  readonly locked: boolean;
  readonly recording: boolean;
  readonly members: readonly {
    readonly id: string;
    readonly number: string;
    readonly where: string;
    readonly muted: boolean;
    readonly level: number;
    readonly media?: { readonly codec: string; readonly suite?: string; readonly mos?: number };
  }[];
}

interface Recording {
  readonly id: string;
  readonly room: string;
  readonly seconds: number;
  readonly members: readonly string[];
}

Deno.test({
  name: "a room is seen, steered and listened to over the API",
  ignore: !AVAILABLE,
  async fn() {
    await using server = await TestServer.start({
      address: PLACE.server,
      mediaPorts: "42200-42299",
      extensions: ROOM_EXTENSIONS,
      office: { rooms: [{ number: "800", name: "Meeting", consentTone: false }] },
    });
    using admin = await Administrator.setUp(server, "127.0.0.1");
    using stranger = new Visitor(admin.url, "127.0.0.1");
    using reader = await admin.script("127.0.0.1", ["status"], "reader");
    const tell = (body: unknown) => admin.json(`${DOMAIN}/conferences/800`, { method: "POST", body });
    const until = async (condition: (room: RoomView) => boolean): Promise<RoomView> => {
      for (let tries = 0; tries < 160; tries++) {
        const { items } = await admin.json<{ items: RoomView[] }>(`${DOMAIN}/conferences`);
        if (condition(items[0]!)) return items[0]!;
        await pause(50);
      }
      throw new Error(`The room is not as wished\n${server.log.slice(-3000)}`);
    };
    await using alice = await roomPhone(0, PLACE, {
      transport: "tls",
      encryption: "srtp-mand",
      codec: "G722",
    });
    await using bob = await roomPhone(1, PLACE);
    await using carol = await roomPhone(2, PLACE);
    await alice.dial("800");
    await alice.waitFor("CALL_ESTABLISHED");
    await bob.dial("800");
    const room = await until(({ members }) =>
      members.length === 2 && members.every(({ level, media }) => level > 0 && media?.mos !== undefined)
    );
    assert.deepEqual(room.members.map(({ number, media }) => [number, media?.codec, media?.suite]), [
      ["100", "g722", "AES_CM_128_HMAC_SHA1_80"],
      ["101", "pcmu", undefined],
    ]);

    await tell({ kind: "record", on: true });
    await until(({ recording }) => recording);
    await pause(3000);
    const second = room.members[1]!.id;
    await tell({ kind: "mute", member: second, muted: true });
    await until(({ members }) => members[1]!.muted && members[1]!.level === 0);
    await pause(2000);
    await tell({ kind: "record", on: false });

    await tell({ kind: "lock", locked: true });
    await carol.dial("800");
    await carol.waitFor("CALL_CLOSED");
    assert.match(carol.log, /SIP\/2\.0 403 Room is locked/);
    await tell({ kind: "invite", number: "102" });
    await carol.waitFor("CALL_ESTABLISHED");
    await until(({ members }) => members.length === 3);
    await tell({ kind: "remove", member: second });
    await bob.waitFor("CALL_CLOSED");
    await tell({ kind: "end" });
    await Promise.all([alice.waitFor("CALL_CLOSED"), carol.waitFor("CALL_CLOSED", 8000, 2)]);

    const path = `${DOMAIN}/recordings`;
    const { items } = await admin.json<{ items: Recording[] }>(path);
    const [{ id, seconds, ...kept }] = items as [Recording];
    assert.deepEqual([items.length, kept.room, kept.members], [1, "800", ["100", "101"]]);
    assert.ok(seconds > 4.5 && seconds < 8, `${seconds} s`);
    for (const nobody of [stranger, reader]) {
      const { status } = await nobody.ask(`${path}/${id}`);
      assert.equal(status, nobody === stranger ? 401 : 403);
    }
    assert.equal((await admin.ask(`${path}/..%2F..%2Fsipedge.db`)).status, 404);
    const answer = await admin.open(`${path}/${id}`);
    assert.equal(answer.headers.get("content-type"), "audio/wav");
    const wav = readWav(new Uint8Array(await answer.arrayBuffer()));
    const spoke = [0, 1].map((position) => secondsOfTone(wav, ROOM_TONES[position]!, ROOM_RMS * 0.7));
    assert.ok(spoke[0]! > 4.5 && spoke[1]! > 2 && spoke[1]! < spoke[0]! - 1, `heard for ${spoke} s`);
    assert.equal((await admin.ask(`${path}/${id}`, { method: "DELETE" })).status, 204);
    assert.equal((await admin.ask(`${path}/${id}`)).status, 404);
    assert.deepEqual((await admin.json<{ items: Recording[] }>(path)).items, []);
  },
});
