/** Passwords made for people to type into telephones. */

import { below, type Random } from "../../base/mod.ts";

/** Without 0 O 1 l I, which look alike on a telephone's display. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS = 4;
const GROUP_LENGTH = 4;

/** 80 bits of chance as four groups of four: `k3vd-9pxw-2mfe-ht7q`. */
export function createPassword(random: Random): string {
  const group = () =>
    Array.from({ length: GROUP_LENGTH }, () => LETTERS[below(random, LETTERS.length)]).join("");
  return Array.from({ length: GROUPS }, group).join("-");
}
