/**
 * A list in order of age whose members may leave from anywhere. A Set would do but for its oldest member: what was deleted
 * before it is stepped over in every search, which grows with the rate of requests.
 */

/** Fields the list keeps in its members. */
export interface Aged<T> {
  older: T | undefined;
  younger: T | undefined;
}

export class AgeList<T extends Aged<T>> {
  #oldest: T | undefined;
  #youngest: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): T | undefined {
    return this.#oldest;
  }

  /** `member` must not be in a list. */
  add(member: T): void {
    member.older = this.#youngest;
    if (this.#youngest) this.#youngest.younger = member;
    else this.#oldest = member;
    this.#youngest = member;
    this.#size++;
  }

  /** Harmless when `member` is not in the list. */
  remove(member: T): void {
    const { older, younger } = member;
    if (!older && !younger && this.#oldest !== member) return;
    if (older) older.younger = younger;
    else this.#oldest = younger;
    if (younger) younger.older = older;
    else this.#youngest = older;
    member.older = undefined;
    member.younger = undefined;
    this.#size--;
  }
}
