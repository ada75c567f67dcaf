import assert from "node:assert/strict";
import { SILENT_LOG } from "../base/mod.ts";
import { Recordings } from "./recordings.ts";

async function inFolder(run: (data: string) => void): Promise<void> {
  const data = await Deno.makeTempDir({ prefix: "sipedge-recordings-" });
  try {
    run(data);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

function recorded(recordings: Recordings, startedAt: number, domain = "office.example"): string {
  const path = recordings.recordingPath(domain, "800", startedAt);
  Deno.writeTextFileSync(path, "sound");
  const endedAt = startedAt + 5000;
  recordings.recorded({ domain, room: "800", path, startedAt, endedAt, seconds: 5, members: ["100", "101"] });
  return path;
}

Deno.test("recordings are listed newest first, with room, members and times, also after a restart", () =>
  inFolder((data) => {
    const before = new Recordings(data, SILENT_LOG);
    assert.deepEqual(before.list("office.example"), []);
    const paths = [1_000, 60_000].map((startedAt) => recorded(before, startedAt));
    recorded(before, 5_000, "other.example");
    for (const recordings of [before, new Recordings(data, SILENT_LOG)]) {
      const list = recordings.list("office.example");
      assert.deepEqual(list.map(({ path, startedAt }) => [path, startedAt]), [
        [paths[1], 60_000],
        [paths[0], 1_000],
      ]);
      const { room, members, seconds, endedAt } = list[0]!;
      assert.deepEqual([room, members, seconds, endedAt], ["800", ["100", "101"], 5, 65_000]);
      assert.equal(recordings.find("office.example", list[0]!.id)?.path, paths[1]);
    }
  }));

Deno.test("nothing but a recording of the domain can be found or deleted", () =>
  inFolder((data) => {
    const recordings = new Recordings(data, SILENT_LOG);
    recorded(recordings, 1_000);
    const [other] = [recorded(recordings, 2_000, "other.example")];
    const { id } = recordings.list("other.example")[0]!;
    const strangers = [id, `../other.example/${id}`, "", "..", "../../sipedge.db", "__proto__"];
    for (const stranger of strangers) {
      assert.equal(recordings.find("office.example", stranger), undefined, stranger);
      assert.equal(recordings.delete("office.example", stranger), false, stranger);
    }
    assert.ok(Deno.statSync(other!).isFile);
    assert.ok(recordings.delete("other.example", id));
    assert.throws(() => Deno.statSync(other!));
    assert.deepEqual(recordings.list("other.example"), []);
  }));

Deno.test("a line that cannot be read or whose file has gone is left out", () =>
  inFolder((data) => {
    const path = recorded(new Recordings(data, SILENT_LOG), 1_000);
    const broken = recorded(new Recordings(data, SILENT_LOG), 2_000);
    Deno.writeTextFileSync(`${broken}.json`, '{"room": 5}');
    const recordings = new Recordings(data, SILENT_LOG);
    assert.deepEqual(recordings.list("office.example").map((one) => one.path), [path]);
    Deno.removeSync(path);
    assert.deepEqual(recordings.list("office.example"), []);
  }));
