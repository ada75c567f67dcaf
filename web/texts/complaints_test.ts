/** The server's complaints as the page says them in Chinese, sentence by sentence. */

import assert from "node:assert/strict";
import { sayComplaint, sayFileProblem } from "./complaints.ts";
import { language } from "./language.ts";

const CASES: readonly (readonly [complaint: string, chinese: string])[] = [
  ["expected at least 1 characters", "必须填写"],
  ["expected at least 8 characters", "至少需要 8 个字符"],
  ["expected at most 64 characters", "最多 64 个字符"],
  ["expected at most 1000 entries, got a list of 1001", "最多 1000 项"],
  ["expected at least 1, got 0", "不能小于 1，当前为 0"],
  ["expected at most 600, got 900", "不能大于 600，当前为 900"],
  ["expected a whole number, got 2.5", "应为整数，当前为 2.5"],
  ['expected a number, got "many"', '应为数字，当前为 "many"'],
  ["is missing: expected a text", "必须填写"],
  [
    'expected one of off, optional, required, got "optionall", did you mean "optional"?',
    '应为 off, optional, required 之一，当前为 "optionall"，是否为 "optional"？',
  ],
  ['there is no level "all" in this domain, did you mean "free"?', '此域中没有“all”，是否为 "free"？'],
  ['unknown key, did you mean "name"?', "未知的项，是否为“name”？"],
  ["must not contain line breaks or control characters", "不能包含换行或控制字符"],
  ["expected the beginning of an international number, like +49", "应为国际号码开头，例如 +49"],
  ['"always" is built in: choose another name', "“always”是内置名称：请另选名称"],
  ["101 cannot be rung now", "目前无法呼叫 101"],
  ['There is a domain "a.example" already', "域“a.example”已存在"],
  ["There is a second factor already: remove it with a code first", "双重验证已开启：请先用验证码关闭"],
  ["There are too many tokens: remove some", "令牌过多：请删除一些"],
  ['Cannot take "en/busy": not a WAV file', "无法使用“en/busy”：不是 WAV 文件"],
  ['Cannot take "en/busy": no samples', "无法使用“en/busy”：WAV 文件已损坏"],
  ['Cannot take "en/busy": longer than 10 minutes', "无法使用“en/busy”：长度超过 10 分钟"],
];

/** Says it in Chinese and leaves the page's language as it was. */
function inChinese(say: () => string): string {
  const before = language.get();
  language.set("zh");
  try {
    return say();
  } finally {
    language.set(before);
  }
}

for (const [complaint, chinese] of CASES) {
  Deno.test(`in Chinese: ${complaint}`, () =>
    assert.equal(inChinese(() => sayComplaint(complaint)), chinese));
}

Deno.test("what nobody has words for stays as it came, as a sentence", () => {
  assert.equal(inChinese(() => sayComplaint("is odd")), "Is odd");
  assert.equal(sayComplaint("expected at least 8 characters"), "Expected at least 8 characters");
});

Deno.test("a line about the file keeps its place", () => {
  const line =
    "sipedge.yaml:12:7: warning: domains[0].lines[0].kind: a line of kind peer without addresses or " +
    "certificateNames accepts no call from outside";
  assert.equal(
    inChinese(() => sayFileProblem(line)),
    "sipedge.yaml 第 12 行第 7 列（domains[0].lines[0].kind）：" +
      "按地址的外线没有 addresses 或 certificateNames，不接受外部来电",
  );
  assert.equal(sayFileProblem(line), line);
});
