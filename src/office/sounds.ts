/** Which files the server plays for what: the shipped ones, or those an administrator has put in their place. */

import type { Locale } from "../config/mod.ts";
import type { PlaySource } from "../media/plane.ts";

/** `sounds/index.json`: for each prompt the files in order, by language; `music` stands apart. */
export interface SoundIndex {
  readonly music: readonly string[];
  readonly prompts: Readonly<Record<string, Readonly<Record<Locale, readonly string[]>>>>;
}

export interface SoundsOptions {
  readonly index: SoundIndex;
  /** Absolute path of a shipped file. */
  readonly pathOf: (file: string) => string;
  /** Absolute path of an administrator's own file; undefined when there is none of that name. */
  readonly ownPathOf: (name: string) => string | undefined;
}

export class Sounds {
  readonly #options: SoundsOptions;

  constructor(options: SoundsOptions) {
    this.#options = options;
  }

  /** Waiting music; `name` is a queue's own. */
  music(name?: string): PlaySource {
    const { index, pathOf, ownPathOf } = this.#options;
    const own = ownPathOf(name ?? "music");
    return { kind: "files", paths: own !== undefined ? [own] : index.music.map(pathOf) };
  }

  /** The files of a prompt, e.g. `room.enter-pin`; empty when there are none. */
  prompt(key: string, locale: Locale): readonly string[] {
    const { index, pathOf, ownPathOf } = this.#options;
    const own = ownPathOf(`${locale}/${key}`);
    if (own !== undefined) return [own];
    return (index.prompts[key]?.[locale] ?? []).map(pathOf);
  }

  /** "You are number N in the queue." */
  position(place: number, locale: Locale): readonly string[] {
    const head = this.prompt("queue.position", locale);
    const number = this.number(place, locale);
    return head.length > 0 && number.length > 0 ? [...head, ...number] : [];
  }

  /** A number as people say it: digit by digit above twenty. */
  number(value: number, locale: Locale): readonly string[] {
    const whole = this.prompt(`number.${value}`, locale);
    if (whole.length > 0) return whole;
    return [...String(value)].flatMap((digit) => this.prompt(`number.${digit}`, locale));
  }
}
