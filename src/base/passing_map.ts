/**
 * A map for what comes and goes all day. Once a `Map` has grown old V8 lays out each new table of it among the old objects
 * too, and a table left behind keeps all that was in it when it was left until the whole heap is collected: with a few
 * calls open at a time and hundreds a second, half of all calls would be kept so. Here it keeps emptied cells.
 */

interface Cell<V> {
  value: V | undefined;
}

export class PassingMap<K, V extends object> {
  readonly #cells = new Map<K, Cell<V>>();

  get size(): number {
    return this.#cells.size;
  }

  get(key: K): V | undefined {
    return this.#cells.get(key)?.value;
  }

  has(key: K): boolean {
    return this.#cells.has(key);
  }

  set(key: K, value: V): void {
    const cell = this.#cells.get(key);
    if (cell) cell.value = value;
    else this.#cells.set(key, { value });
  }

  delete(key: K): boolean {
    const cell = this.#cells.get(key);
    if (!cell) return false;
    cell.value = undefined;
    return this.#cells.delete(key);
  }

  clear(): void {
    for (const cell of this.#cells.values()) cell.value = undefined;
    this.#cells.clear();
  }

  /** For hot loops: `values` costs an object for each. */
  forEach(use: (value: V) => void): void {
    for (const { value } of this.#cells.values()) if (value) use(value);
  }

  /** In the order in which the keys were set first. */
  *values(): Generator<V> {
    for (const { value } of this.#cells.values()) if (value) yield value;
  }

  *[Symbol.iterator](): Generator<[K, V]> {
    for (const [key, { value }] of this.#cells) if (value) yield [key, value];
  }
}
