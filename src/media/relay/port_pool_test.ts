import assert from "node:assert/strict";
import fc from "fast-check";
import { PortPool } from "./port_pool.ts";

Deno.test("pairs start at an even port and stay inside the range", () => {
  const ports = (first: number, last: number) => {
    const pool = new PortPool({ first, last });
    return Array.from({ length: pool.size + 1 }, () => pool.take(0));
  };
  assert.deepEqual(ports(20_001, 20_006), [20_002, 20_004, undefined]);
  assert.deepEqual(ports(20_000, 20_005), [20_000, 20_002, 20_004, undefined]);
  assert.deepEqual(ports(20_001, 20_002), [undefined]);
  assert.deepEqual(ports(20_006, 20_000), [undefined]);
});

Deno.test("a port given back comes again last", () => {
  const pool = new PortPool({ first: 10, last: 15 });
  assert.equal(pool.take(0), 10);
  pool.free(10);
  assert.deepEqual([pool.take(0), pool.take(0), pool.take(0), pool.take(0)], [12, 14, 10, undefined]);
});

Deno.test("a port that another program holds is left alone for half a minute", () => {
  const pool = new PortPool({ first: 10, last: 11 });
  assert.equal(pool.take(0), 10);
  pool.setTaken(10, 0);
  assert.equal(pool.take(29_999), undefined);
  assert.equal(pool.take(30_000), 10);
});

Deno.test("no pair is handed out twice, and all come back", () => {
  fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (turns) => {
    const pool = new PortPool({ first: 100, last: 119 });
    const held: number[] = [];
    for (const isTake of turns) {
      if (isTake) {
        const port = pool.take(0);
        if (port === undefined) assert.equal(held.length, 10);
        else {
          assert.ok(!held.includes(port));
          held.push(port);
        }
      } else {
        const port = held.shift();
        if (port !== undefined) {
          pool.free(port);
          pool.free(port);
        }
      }
      assert.equal(pool.used, held.length);
    }
  }));
});
