/** What every engine behind the store ports must keep; run by each of them. */

import assert from "node:assert/strict";
import type { DomainSettings } from "../../src/config/mod.ts";
import type {
  AuditStore,
  BanStore,
  BindingStore,
  CallRecord,
  CallRecordStore,
  DirectoryStore,
  StateStore,
  StoredBinding,
} from "../../src/pbx/ports.ts";

export interface StoreUnderTest {
  readonly bindings: BindingStore;
  readonly callRecords: CallRecordStore;
  readonly state: StateStore;
  readonly directory: DirectoryStore;
  readonly bans: BanStore;
  readonly audit: AuditStore;
  /** Ends this process's use and opens the same data again. */
  reopen(): Promise<StoreUnderTest>;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  readonly open: () => Promise<StoreUnderTest>;
}

export function bindingOf(changes: Partial<StoredBinding> = {}): StoredBinding {
  return {
    domain: "office.example",
    extension: "100",
    contact: "sip:100@192.0.2.7:5060",
    callId: "a@b",
    sequence: 1,
    q: 1,
    path: [],
    transport: "udp",
    localHost: "192.0.2.1",
    localPort: 5060,
    remoteHost: "192.0.2.7",
    remotePort: 5060,
    registeredAt: 1000,
    refreshedAt: 1000,
    expiresAt: 61_000,
    ...changes,
  };
}

export function recordOf(changes: Partial<CallRecord> = {}): CallRecord {
  return {
    id: "call-1",
    domain: "office.example",
    startedAt: 1000,
    endedAt: 5000,
    caller: "100",
    called: "101",
    direction: "internal",
    result: "answered",
    legs: [],
    events: [],
    ...changes,
  };
}

export function testStoreContract(engine: Engine, domain: (value: object) => DomainSettings): void {
  const test = (promise: string, body: (store: StoreUnderTest) => Promise<StoreUnderTest | void>) =>
    Deno.test(`${engine.name}: ${promise}`, async () => {
      const store = await engine.open();
      const last = await body(store);
      await (last ?? store).close();
    });

  test("bindings survive a restart with every field", async (store) => {
    const full = bindingOf({
      instance: "<urn:uuid:1>",
      path: ["<sip:edge;lr>"],
      userAgent: "Phone\u0000 😀",
      q: 0.5,
    });
    store.bindings.put(full);
    store.bindings.put(bindingOf({ domain: "other.example" }));
    await store.bindings.flush();
    const again = await store.reopen();
    assert.deepEqual(await again.bindings.all(), [full, bindingOf({ domain: "other.example" })]);
    return again;
  });

  test("the last word on a binding counts, be it put or remove", async (store) => {
    store.bindings.put(bindingOf({ sequence: 1 }));
    store.bindings.put(bindingOf({ sequence: 2 }));
    store.bindings.put(bindingOf({ extension: "101" }));
    store.bindings.remove("office.example", "101", bindingOf().contact);
    store.bindings.remove("office.example", "102", bindingOf().contact);
    store.bindings.put(bindingOf({ extension: "102" }));
    await store.bindings.flush();
    const found = (await store.bindings.all()).map(({ extension, sequence }) => [extension, sequence]);
    assert.deepEqual(found, [["100", 2], ["102", 1]]);
  });

  test("call records are listed newest first, by page, with the total", async (store) => {
    for (let index = 0; index < 25; index++) {
      store.callRecords.append(recordOf({ id: `call-${index}`, startedAt: 1000 + index }));
    }
    const page = await store.callRecords.list({ offset: 10, limit: 5 });
    assert.equal(page.total, 25);
    assert.deepEqual(page.rows.map(({ id }) => id), ["call-14", "call-13", "call-12", "call-11", "call-10"]);
    assert.deepEqual((await store.callRecords.list({ offset: 30, limit: 5 })).rows, []);
    assert.deepEqual((await store.callRecords.list({ offset: 0, limit: 0 })).rows, []);
  });

  test("a record is found by domain, party, time and result, and no text of a query means anything else", async (store) => {
    store.callRecords.append(recordOf({ id: "a", caller: "+4930123", startedAt: 1000 }));
    store.callRecords.append(recordOf({ id: "b", answeredBy: "105", startedAt: 2000, result: "busy" }));
    store.callRecords.append(recordOf({ id: "c", domain: "other.example", startedAt: 3000 }));
    const find = async (query: object) =>
      (await store.callRecords.list({ offset: 0, limit: 10, ...query })).rows.map(({ id }) => id).sort().join(
        "",
      );
    assert.equal(await find({ domain: "office.example" }), "ab");
    assert.equal(await find({ party: "4930" }), "a");
    assert.equal(await find({ party: "105" }), "b");
    assert.equal(await find({ fromMs: 1000, toMs: 2000 }), "a");
    assert.equal(await find({ result: "busy" }), "b");
    for (const party of ["%", "_", "' OR 1=1 --", "\\"]) assert.equal(await find({ party }), "", party);
  });

  test("a record reads back whole, and one appended twice is there once", async (store) => {
    const record = recordOf({
      callerName: "=1+1",
      legs: [{ side: "caller", party: "100", keysExposed: false, sipCallId: "x", mos: 4.3 }],
      events: [{ at: 1, kind: "ring", party: "101" }],
    });
    store.callRecords.append(recordOf({ result: "old" }));
    store.callRecords.append(record);
    assert.deepEqual(await store.callRecords.get("call-1"), record);
    assert.equal(await store.callRecords.get("nothing"), undefined);
    assert.equal((await store.callRecords.list({ offset: 0, limit: 10 })).total, 1);
  });

  test("pruning removes what ended before, and says how much", async (store) => {
    store.callRecords.append(recordOf({ id: "old", startedAt: 0, endedAt: 999 }));
    store.callRecords.append(recordOf({ id: "long", startedAt: 0, endedAt: 1001 }));
    await store.callRecords.list({ offset: 0, limit: 0 });
    assert.equal(await store.callRecords.prune(1000), 1);
    assert.equal((await store.callRecords.get("long"))?.id, "long");
  });

  test("state reads back at once, by key and by prefix, and survives a restart", async (store) => {
    store.state.put("hunt/600", "3");
    store.state.put("hunt/601", "4");
    store.state.put("huntsman", "x");
    store.state.put("Hunt/600", "other case");
    assert.equal(await store.state.get("hunt/600"), "3");
    store.state.remove("hunt/601");
    assert.equal(await store.state.get("hunt/601"), undefined);
    assert.deepEqual([...await store.state.list("hunt/")], [["hunt/600", "3"]]);
    const again = await store.reopen();
    assert.deepEqual([...await again.state.list("hunt/")], [["hunt/600", "3"]]);
    again.state.put("hunt/602", "5");
    again.state.remove("hunt/600");
    assert.deepEqual([...await again.state.list("hunt/")], [["hunt/602", "5"]]);
    return again;
  });

  test("domains keep their order and lose every password in clear", async (store) => {
    const first = domain({ name: "z.example", extensions: [{ number: "100", password: "s3cret-100" }] });
    const second = domain({ name: "a.example" });
    await store.directory.putDomain(first);
    await store.directory.putDomain(second);
    await store.directory.putDomain(first);
    const again = await store.reopen();
    const stored = await again.directory.domains();
    assert.deepEqual(stored.map(({ name }) => name), ["z.example", "a.example"]);
    assert.equal(stored[0]?.extensions[0]?.password, undefined);
    assert.deepEqual({ ...stored[0], extensions: [] }, { ...first, extensions: [] });
    return again;
  });

  test("credentials belong to their domain and go with it", async (store) => {
    const { directory } = store;
    await directory.putDomain(domain({ name: "a.example" }));
    await directory.putCredentials("a.example", "100", { md5: "1", sha256: "2" });
    await directory.putCredentials("b.example", "100", { md5: "3", sha256: "4" });
    await directory.putCredentials("a.example", "100", { md5: "5", sha256: "6" });
    assert.deepEqual((await directory.credentials()).get("a.example/100"), { md5: "5", sha256: "6" });
    await directory.removeDomain("a.example");
    assert.deepEqual([...(await directory.credentials()).keys()], ["b.example/100"]);
    await directory.removeCredentials("b.example", "100");
    assert.equal((await directory.credentials()).size, 0);
    assert.deepEqual(await directory.domains(), []);
  });

  test("several changes of the directory are made together or not at all", async (store) => {
    const { directory } = store;
    const [a, b] = [domain({ name: "a.example" }), domain({ name: "b.example" })];
    const ha1 = { md5: "1", sha256: "2" };
    await directory.putDomain(a);
    await directory.putCredentials("a.example", "100", ha1);
    await directory.write({
      before: [a],
      put: [b],
      remove: ["a.example"],
      credentials: new Map([["b.example/100", ha1], ["b.example/101", ha1]]),
    });
    assert.deepEqual(await directory.domains(), [b]);
    assert.deepEqual([...(await directory.credentials()).keys()], ["b.example/100", "b.example/101"]);
    // Somebody else was quicker: nothing of the second change is made.
    const late = {
      before: [a],
      put: [a],
      remove: ["b.example"],
      credentials: new Map([["b.example/100", undefined]]),
    };
    await assert.rejects(directory.write(late), /the directory was changed meanwhile/);
    assert.deepEqual(await directory.domains(), [b]);
    await directory.write({ before: [b], credentials: new Map([["b.example/100", undefined]]) });
    assert.deepEqual([...(await directory.credentials()).keys()], ["b.example/101"]);
  });

  test("the audit log keeps everything in order, newest first, over a restart", async (store) => {
    const entry = (at: number) => ({
      at,
      who: "admin",
      host: "192.0.2.7",
      action: "PUT extensions",
      target: String(at),
    });
    store.audit.append(entry(1));
    store.audit.append({ ...entry(1), detail: "again at the same moment" });
    store.audit.append(entry(2));
    const again = await store.reopen();
    again.audit.append(entry(3));
    const { rows, total } = await again.audit.list({ offset: 0, limit: 3 });
    assert.equal(total, 4);
    assert.deepEqual(rows, [entry(3), entry(2), { ...entry(1), detail: "again at the same moment" }]);
    assert.deepEqual((await again.audit.list({ offset: 3, limit: 3 })).rows, [entry(1)]);
    return again;
  });

  test("bans survive a restart", async (store) => {
    store.bans.put({ address: "192.0.2.9", since: 1, until: 2, reason: "5 failures" });
    store.bans.put({ address: "2001:db8::/64", since: 1, until: 3, reason: "x" });
    store.bans.remove("192.0.2.9");
    const again = await store.reopen();
    assert.deepEqual(await again.bans.all(), [{ address: "2001:db8::/64", since: 1, until: 3, reason: "x" }]);
    return again;
  });
}
