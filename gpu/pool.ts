/** Usage of every storage buffer: kernels, copies in, copies out. */
export const STORAGE_USAGE = 0x80 | 0x8 | 0x4; // STORAGE | COPY_DST | COPY_SRC

/**
 * All buffers of a device. Transients of plans share whole buffers by size
 * class: a transient lives only inside one run, and runs follow each other, so
 * every plan may use the whole pool. Pinned buffers belong to their tensors.
 */
export class Pool {
  readonly #classes = new Map<number, GPUBuffer[]>();
  readonly #users = new Map<GPUBuffer, number>();
  #pooledBytes = 0;
  #pinnedBytes = 0;
  #peakBytes = 0;
  /**
   * How often pinned memory was given back or lost its values: plans look
   * after theirs when it changed.
   * @internal
   */
  losses = 0;

  /** Called by the Gpu that owns it. */
  constructor(readonly device: GPUDevice) {}

  /** Bytes held now and at most so far: transients, pinned, and their sum. */
  get bytes(): { pooled: number; pinned: number; peak: number } {
    return {
      pooled: this.#pooledBytes,
      pinned: this.#pinnedBytes,
      peak: this.#peakBytes,
    };
  }

  /** A buffer of its own for a tensor that stays. */
  pin(bytes: number): GPUBuffer {
    const buffer = this.#create(pinnedBytes(bytes));
    this.#pinnedBytes += buffer.size;
    this.#note();
    return buffer;
  }

  /** Gives a pinned buffer back to the device. */
  unpin(buffer: GPUBuffer): void {
    this.#pinnedBytes -= buffer.size;
    this.losses++;
    buffer.destroy();
  }

  /** Buffers of one class, in a fixed order; `index` beyond the last makes one more. */
  at(size: number, index: number): GPUBuffer {
    let list = this.#classes.get(size);
    if (!list) this.#classes.set(size, list = []);
    let buffer = list[index];
    if (!buffer) {
      list.push(buffer = this.#create(size));
      this.#pooledBytes += size;
      this.#note();
    }
    return buffer;
  }

  /** @internal */
  retain(buffer: GPUBuffer): void {
    this.#users.set(buffer, (this.#users.get(buffer) ?? 0) + 1);
  }

  /** @internal */
  release(buffer: GPUBuffer): void {
    const users = (this.#users.get(buffer) ?? 0) - 1;
    if (users > 0) {
      this.#users.set(buffer, users);
      return;
    }
    this.#users.delete(buffer);
    const list = this.#classes.get(buffer.size) ?? [];
    list.splice(list.indexOf(buffer), 1);
    this.#pooledBytes -= buffer.size;
    buffer.destroy();
  }

  #create(size: number): GPUBuffer {
    const { maxBufferSize } = this.device.limits;
    if (size > maxBufferSize) {
      throw new RangeError(
        `Cannot allocate ${size} bytes: the adapter's buffers hold at most ${maxBufferSize}`,
      );
    }
    return this.device.createBuffer({ size, usage: STORAGE_USAGE });
  }

  #note(): void {
    const now = this.#pooledBytes + this.#pinnedBytes;
    if (now > this.#peakBytes) this.#peakBytes = now;
  }
}

/** The buffers one plan uses, taken and given back while it is laid out. */
export class Placement implements Disposable {
  readonly #free = new Map<number, GPUBuffer[]>();
  readonly #taken = new Map<number, number>();
  readonly #used = new Set<GPUBuffer>();
  #requested = 0;

  constructor(readonly pool: Pool) {}

  /** Sum over all takes, as if nothing were reused. */
  get requestedBytes(): number {
    return this.#requested;
  }

  /** The distinct buffers in use. */
  get buffers(): ReadonlySet<GPUBuffer> {
    return this.#used;
  }

  /** Their bytes. */
  get plannedBytes(): number {
    return [...this.#used].reduce((n, b) => n + b.size, 0);
  }

  take(bytes: number): GPUBuffer {
    this.#requested += bytes;
    const size = sizeClass(bytes);
    const reused = this.#free.get(size)?.pop();
    if (reused) return reused;
    const index = this.#taken.get(size) ?? 0;
    this.#taken.set(size, index + 1);
    const buffer = this.pool.at(size, index);
    this.pool.retain(buffer);
    this.#used.add(buffer);
    return buffer;
  }

  give(buffer: GPUBuffer): void {
    const list = this.#free.get(buffer.size);
    if (list) list.push(buffer);
    else this.#free.set(buffer.size, [buffer]);
  }

  [Symbol.dispose](): void {
    for (const buffer of this.#used) this.pool.release(buffer);
    this.#used.clear();
  }
}

/** What a pinned buffer of so many bytes takes. */
export function pinnedBytes(bytes: number): number {
  return Math.max(16, Math.ceil(bytes / 16) * 16);
}

/** Rounds up to eighths of a power of two: at most an eighth is wasted. */
export function sizeClass(bytes: number): number {
  const step = Math.max(
    64,
    2 ** Math.floor(Math.log2(Math.max(1, bytes))) / 8,
  );
  return Math.ceil(Math.max(bytes, 1) / step) * step;
}
