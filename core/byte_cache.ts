/** Values by name, within a limit of bytes; the one used longest ago goes first. */
export class ByteCache<T extends { readonly data: ArrayBufferView }> {
  readonly #values = new Map<string, T>();
  #bytes = 0;

  /** Keeps at most `limit` bytes of data. */
  constructor(readonly limit: number) {}

  /** The value kept under a name. */
  get(name: string): T | undefined {
    const value = this.#values.get(name);
    if (value) {
      this.#values.delete(name);
      this.#values.set(name, value);
    }
    return value;
  }

  /** Keeps a value, and lets others go where it is too much. */
  set(name: string, value: T): void {
    const { byteLength } = value.data;
    if (byteLength > this.limit || this.#values.has(name)) return;
    this.#values.set(name, value);
    this.#bytes += byteLength;
    for (const [oldest, { data }] of this.#values) {
      if (this.#bytes <= this.limit) return;
      this.#values.delete(oldest);
      this.#bytes -= data.byteLength;
    }
  }
}
