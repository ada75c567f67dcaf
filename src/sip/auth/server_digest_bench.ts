/** What one authenticated request costs: `deno bench -A src/sip/auth/server_digest_bench.ts`. */
import { ManualClock, seededRandom } from "../../base/mod.ts";
import { Headers } from "../message/mod.ts";
import { answerChallenge } from "./answer_challenge.ts";
import { createHa1 } from "./ha1.ts";
import { ServerDigest } from "./server_digest.ts";

const clock = new ManualClock();
const digest = new ServerDigest({ clock, random: seededRandom(1) });
const ha1 = createHa1("100", "office.example", "s3cret");
const headers = new Headers();
headers.append("WWW-Authenticate", digest.challenge("office.example", ["MD5"])[0]!);
const response = {
  kind: "response",
  statusCode: 401,
  reasonPhrase: "",
  headers,
  body: new Uint8Array(),
} as const;

let nonceCount = 0;
function answer(): string {
  nonceCount++;
  const options = {
    method: "REGISTER",
    uri: "sip:office.example",
    username: "100",
    ha1,
    nonceCount,
    cnonce: "c0ffee",
  };
  return answerChallenge({ ...options, response })!.value;
}
const answers = Array.from({ length: 1000 }, answer);
let next = 0;

Deno.bench("challenge", () => void digest.challenge("office.example", ["MD5"]));

Deno.bench("verify", () => {
  digest.verify({
    authorization: [answers[next++ % 1000]!],
    method: "REGISTER",
    uri: "sip:office.example",
    realm: "office.example",
    algorithms: ["MD5"],
    ha1,
  });
});
