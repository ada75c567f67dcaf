/** Codecs and tones: pure, on signed 16-bit samples. */
export { CALL_TONES, type CallTone, type CallToneName } from "./call_tones.ts";
export { dtmfFrequencies, DtmfGenerator, type DtmfShape } from "./dtmf.ts";
export { DtmfDetector, type HeardDigit } from "./dtmf_detector.ts";
export * from "./g711.ts";
export { G722Decoder, G722Encoder } from "./g722.ts";
export { Goertzel } from "./goertzel.ts";
export * from "./l16.ts";
export { amplitudeOf, Oscillator } from "./oscillator.ts";
export { Tone, type ToneShape } from "./tone.ts";
