import assert from "node:assert/strict";
import fc from "fast-check";
import { parseWav, WAV_HEADER_BYTES, writeWavHeader } from "./wav.ts";

const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const u16 = (value: number) => [value & 255, value >> 8 & 255];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const chunk = (
  name: string,
  body: number[],
) => [...ascii(name), ...u32(body.length), ...body, ...(body.length & 1 ? [0] : [])];
const riff = (...chunks: number[][]) => {
  const body = [...ascii("WAVE"), ...chunks.flat()];
  return Uint8Array.from([...ascii("RIFF"), ...u32(body.length), ...body]);
};
const format = (tag: number, channels: number, rate: number, bits: number, more: number[] = []) =>
  chunk("fmt ", [...u16(tag), ...u16(channels), ...u32(rate), ...u32(0), ...u16(0), ...u16(bits), ...more]);
const data = chunk("data", [1, 2, 3, 4]);

Deno.test("what is written is read", () => {
  const header = writeWavHeader({ channels: 2, sampleRate: 16000, dataBytes: 8 });
  const file = new Uint8Array(WAV_HEADER_BYTES + 8);
  file.set(header);
  const wav = parseWav(file);
  assert.ok(wav.ok);
  const { encoding, channels, sampleRate } = wav.value;
  assert.deepEqual([encoding, channels, sampleRate, wav.value.data.length], ["pcm16", 2, 16000, 8]);
});

const READ: readonly [sentence: string, file: Uint8Array, outcome: string][] = [
  ["PCM 16 bit", riff(format(1, 1, 8000, 16), data), "pcm16 1 8000 4"],
  ["PCM 8 bit", riff(format(1, 2, 22050, 8), data), "pcm8 2 22050 4"],
  ["PCMA", riff(format(6, 1, 8000, 8), data), "pcma 1 8000 4"],
  ["PCMU with a longer format chunk", riff(format(7, 1, 8000, 8, [0, 0]), data), "pcmu 1 8000 4"],
  [
    "the extensible format",
    riff(
      format(0xfffe, 1, 16000, 16, [...u16(22), ...u16(16), ...u32(4), ...u16(1), ...new Array(14).fill(0)]),
      data,
    ),
    "pcm16 1 16000 4",
  ],
  [
    "unknown chunks of odd length in between",
    riff(chunk("LIST", [1, 2, 3]), format(1, 1, 8000, 16), chunk("fact", [9]), data),
    "pcm16 1 8000 4",
  ],
  [
    "a data chunk that claims more than there is",
    Uint8Array.from([...riff(format(1, 1, 8000, 16)), ...ascii("data"), ...u32(0xffffffff), 5, 6]),
    "pcm16 1 8000 2",
  ],
  ["nothing", new Uint8Array(0), "not a WAV file"],
  ["an MP3", Uint8Array.from(ascii("ID3 and so on and on and on")), "not a WAV file"],
  ["samples before their format", riff(data, format(1, 1, 8000, 16)), "samples before their format"],
  ["no samples", riff(format(1, 1, 8000, 16)), "no samples"],
  ["no format", riff(), "no format chunk"],
  ["24 bit", riff(format(1, 1, 48000, 24), data), "encoding is none of PCM 16 bit, PCM 8 bit, PCMU, PCMA"],
  ["no channels", riff(format(1, 0, 8000, 16), data), "0 channels: 1 to 8 are read"],
  ["a rate of zero", riff(format(1, 1, 0, 16), data), "sample rate 0: 1000 to 192000 are read"],
];

for (const [sentence, file, outcome] of READ) {
  Deno.test(`reading ${sentence}: ${outcome}`, () => {
    const wav = parseWav(file);
    const text = wav.ok
      ? `${wav.value.encoding} ${wav.value.channels} ${wav.value.sampleRate} ${wav.value.data.length}`
      : wav.error;
    assert.equal(text, outcome);
  });
}

Deno.test("any bytes behind a WAV head are read or refused, never thrown on", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, headed) => {
    parseWav(headed ? Uint8Array.from([...ascii("RIFF0000WAVE"), ...bytes]) : bytes);
  }));
});
