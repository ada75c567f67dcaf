export * from "./call_tones.ts";
export * from "./number_words.ts";
export * from "./sound_library.ts";
