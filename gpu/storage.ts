import type { Pool } from "./pool.ts";

/** Whose memory a storage has. */
export type Ownership = "none" | "owned" | "lent";

/**
 * Memory that a plan places. A pinned storage outlives plans: it owns a buffer,
 * or is lent a part of one that belongs to another, such as an optimiser's arena.
 */
export class Storage implements Disposable {
  /** Its memory; undefined until it is placed. */
  buffer: GPUBuffer | undefined;
  /** Where it begins in the buffer, in bytes. */
  offset = 0;
  /** Whether a plan was made that computes its values. */
  planned = false;
  #pool: Pool | undefined;
  #whole: Storage | undefined;
  #filled = false;
  #fault: Error | undefined;
  #disposed = false;

  /** Memory of so many bytes; a pinned one stays. */
  constructor(readonly bytes: number, public pinned = false) {}

  /** Whether it owns its memory, was lent it, or has none. */
  get ownership(): Ownership {
    if (!this.buffer) return "none";
    return this.#pool ? "owned" : "lent";
  }

  /** Whether its memory was given back. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Whether somebody wrote values there: an upload, or a plan that has run. */
  get filled(): boolean {
    return this.bytes === 0 || this.#filled || (this.#whole?.filled ?? false);
  }

  /** What went wrong where its values were to be written. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  /** Notes that values could not be written there. */
  spoil(fault: Error): void {
    this.#filled = false;
    this.#fault = fault;
  }

  /** Notes that values were written there. */
  fill(): void {
    this.#filled = true;
    this.#fault = undefined;
    this.#whole?.fill();
  }

  /** Pins it, and gives it memory of its own where it has none. */
  place(pool: Pool): GPUBuffer {
    if (this.#pool && this.#pool !== pool) {
      throw new Error("Cannot use a tensor that lies on another Gpu");
    }
    this.pinned = true;
    if (!this.buffer) {
      this.buffer = pool.pin(this.bytes);
      this.offset = 0;
      this.#whole = undefined;
      this.#pool = pool;
      this.#disposed = false;
    }
    return this.buffer;
  }

  /**
   * Pins it and lends it a part of a larger buffer, in place of what memory it
   * has; offsets are multiples of 256. Values of a part of `whole` are its own.
   */
  settle(buffer: GPUBuffer, offset: number, whole?: Storage): void {
    if (this.ownership === "owned") this.#release();
    this.pinned = true;
    this.buffer = buffer;
    this.offset = offset;
    this.#whole = whole;
    this.#disposed = false;
  }

  /** Takes lent memory back; its owner calls it. */
  unsettle(): void {
    if (this.ownership !== "lent") return;
    this.buffer = undefined;
    this.#filled = false;
    this.#disposed = true;
  }

  /** Gives memory back that turned out not to be there; it may be placed again. */
  unplace(): void {
    if (this.ownership === "owned") this.#release();
  }

  /** Gives its memory back. Throws for memory that was lent, which its owner gives back. */
  [Symbol.dispose](): void {
    if (this.ownership === "lent") {
      throw new Error(
        "Cannot dispose of a tensor that lies in the memory of others, as a parameter of an arena or of paged blocks does: dispose of those",
      );
    }
    if (!this.buffer) return;
    this.#release();
    this.#filled = false;
    this.#disposed = true;
  }

  #release(): void {
    this.#pool!.unpin(this.buffer!);
    this.#pool = undefined;
    this.buffer = undefined;
  }
}
