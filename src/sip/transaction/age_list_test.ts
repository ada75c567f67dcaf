import assert from "node:assert/strict";
import fc from "fast-check";
import { type Aged, AgeList } from "./age_list.ts";

class Member implements Aged<Member> {
  older: Member | undefined;
  younger: Member | undefined;
  constructor(readonly id: number) {}
}

Deno.test("a list of ages is always what a plain array would be", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(19)), { maxLength: 200 }), (steps) => {
      const members = Array.from({ length: 20 }, (_, id) => new Member(id));
      const list = new AgeList<Member>();
      let model: Member[] = [];
      for (const [adds, id] of steps) {
        const member = members[id]!;
        if (!adds) {
          list.remove(member);
          model = model.filter((one) => one !== member);
        } else if (!model.includes(member)) {
          list.add(member);
          model.push(member);
        }
        assert.equal(list.size, model.length);
        assert.equal(list.oldest, model[0]);
        const seen: Member[] = [];
        for (let one = list.oldest; one; one = one.younger) seen.push(one);
        assert.deepEqual(seen.map((one) => one.id), model.map((one) => one.id));
      }
    }),
  );
});
