/**
 * Makes everything in `sounds/`: prompts with espeak-ng from `texts.json`, tones and music by calculation, and the index.
 *
 *     apt-get install espeak-ng && deno run -A tests/support/make_sounds.ts
 */
import { encodePcmu } from "../../src/media/codec/mod.ts";
import {
  parseWav,
  resampleAll,
  rmsOf,
  rmsOfSamples,
  TonePlayer,
  writeWavHeader,
} from "../../src/media/mix/mod.ts";
import { makeMusic, MUSIC_RATE } from "./make_music.ts";

const SOUNDS = new URL("../../sounds/", import.meta.url);
/** Voice and words a minute. Debian's plain `cmn` voice reads Chinese signs as English; the pinyin one does not. */
const VOICES = { en: ["en-us", 155], zh: ["cmn-latn-pinyin", 190] } as const;
type Language = keyof typeof VOICES;
const SPEECH_RATE = 8000;
const SPEECH_LEVEL = rmsOf(-21);
/** Silence kept before the first and after the last sound. */
const LEAD_MS = 20;
const TAIL_MS = 90;
const FORMAT_PCMU = 7;

/** Tones that are part of announcements: frequencies, cadence, share of full scale. */
const TONES: Record<string, { frequencies: number[]; cadenceMs: number[]; level: number }> = {
  "tone-join": { frequencies: [660], cadenceMs: [90, 60, 120, 60], level: 0.18 },
  "tone-leave": { frequencies: [440], cadenceMs: [220, 80], level: 0.18 },
  "tone-consent": { frequencies: [1400], cadenceMs: [200, 20], level: 0.08 },
  "tone-name": { frequencies: [880], cadenceMs: [250, 60], level: 0.18 },
};

/** PCMU in a WAV: half the size, played by everything, and what a telephone hears anyway. */
function wavOf(samples: Int16Array, sampleRate: number): Uint8Array {
  const file = new Uint8Array(44 + samples.length);
  file.set(writeWavHeader({ channels: 1, sampleRate, dataBytes: samples.length }));
  const view = new DataView(file.buffer);
  view.setUint16(20, FORMAT_PCMU, true);
  view.setUint32(28, sampleRate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  encodePcmu(samples, file.subarray(44));
  return file;
}

async function speak(text: string, language: Language): Promise<Int16Array> {
  const [voice, speed] = VOICES[language];
  const args = ["-v", voice, "-s", String(speed), "--stdout", text];
  const { success, stdout, stderr } = await new Deno.Command("espeak-ng", { args }).output();
  const wav = parseWav(stdout);
  if (!success || !wav.ok) throw new Error(`espeak-ng said: ${new TextDecoder().decode(stderr)}`);
  const samples = new Int16Array(wav.value.data.slice().buffer);
  return level(trim(resampleAll(samples, { from: wav.value.sampleRate, to: SPEECH_RATE })));
}

function trim(samples: Int16Array): Int16Array {
  const loud = (sample: number) => Math.abs(sample) > 300;
  const perMs = SPEECH_RATE / 1000;
  const first = Math.max(0, samples.findIndex(loud) - LEAD_MS * perMs);
  return samples.slice(first, Math.min(samples.length, samples.findLastIndex(loud) + TAIL_MS * perMs));
}

function level(samples: Int16Array): Int16Array {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1);
  const gain = Math.min(SPEECH_LEVEL / rmsOfSamples(samples, samples.length), 30000 / peak);
  return samples.map((sample) => Math.round(sample * gain));
}

function tone(name: string): Int16Array {
  const player = new TonePlayer({ rate: 8000, loop: false, ...TONES[name]! });
  const samples: number[] = [], frame = new Int16Array(160);
  for (let count = player.read(frame); count > 0; count = player.read(frame)) {
    samples.push(...frame.subarray(0, count));
  }
  return Int16Array.from(samples);
}

async function write(path: string, file: Uint8Array): Promise<void> {
  await Deno.writeFile(new URL(path, SOUNDS), file);
}

async function main(): Promise<void> {
  const texts: Record<string, Partial<Record<Language, string>>> = JSON.parse(
    await Deno.readTextFile(new URL("texts.json", SOUNDS)),
  );
  for (const folder of ["en", "zh", "tones", "music"]) {
    await Deno.mkdir(new URL(folder, SOUNDS), { recursive: true });
  }
  const prompts: Record<string, Partial<Record<Language, string>>> = {};
  for (const [key, byLanguage] of Object.entries(texts)) {
    prompts[key] = {};
    for (const language of ["en", "zh"] as const) {
      const text = byLanguage[language];
      if (text === undefined) continue;
      const path = `${language}/${key}.wav`;
      await write(path, wavOf(await speak(text, language), SPEECH_RATE));
      prompts[key][language] = path;
    }
  }
  for (const name of Object.keys(TONES)) {
    const path = `tones/${name}.wav`;
    await write(path, wavOf(tone(name), 8000));
    prompts[name] = { en: path, zh: path };
  }
  await write("music/waiting.wav", wavOf(makeMusic(), MUSIC_RATE));
  const index = { prompts, music: { default: "music/waiting.wav" } };
  await Deno.writeTextFile(new URL("index.json", SOUNDS), JSON.stringify(index, null, 2) + "\n");
}

if (import.meta.main) await main();
