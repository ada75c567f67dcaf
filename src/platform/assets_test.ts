import assert from "node:assert/strict";
import { assetPath, mediaWorkerUrl } from "./assets.ts";

Deno.test("in a checkout the files are those of the checkout", () => {
  const index = JSON.parse(Deno.readTextFileSync(assetPath("sounds/index.json")));
  assert.ok(Object.keys(index).length > 0);
  assert.ok(Deno.statSync(mediaWorkerUrl()).isFile);
});
