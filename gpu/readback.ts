import type { Gpu } from "./device.ts";
import { scoped } from "./scopes.ts";
import type { Storage } from "./storage.ts";

const MAP_READ = 0x1;
const COPY_DST = 0x8;
const STAGING_BYTES = 64 * 2 ** 20; // a multiple of 4

/** A run of bytes of one storage on its way to the host. */
interface Piece {
  readonly storage: Storage;
  readonly from: number;
  readonly bytes: number;
  readonly to: Uint8Array;
}

/**
 * Copies pinned storages to the host through staging memory of at most
 * `stagingBytes`, a multiple of 4: a wait costs about 11 ms in Deno whatever it
 * waits for, so read many things at once. No plan runs between the pieces of
 * what takes more, so that all are of the same moment.
 */
export async function readback(
  gpu: Gpu,
  storages: readonly Storage[],
  stagingBytes: number = STAGING_BYTES,
): Promise<ArrayBuffer[]> {
  gpu.checkLost();
  const { maxBufferSize } = gpu.device.limits;
  const most = Math.min(stagingBytes, Math.floor(maxBufferSize / 4) * 4);
  const results = storages.map(({ bytes }) => new Uint8Array(padded(bytes)));
  const batches: Piece[][] = [];
  let left = 0;
  for (const [i, storage] of storages.entries()) {
    for (let from = 0; from < padded(storage.bytes);) {
      if (left === 0) {
        batches.push([]);
        left = most;
      }
      const bytes = Math.min(left, padded(storage.bytes) - from);
      const to = results[i]!.subarray(from, from + bytes);
      batches.at(-1)!.push({ storage, from, bytes, to });
      from += bytes;
      left -= bytes;
    }
  }
  const copyAll = async () => {
    for (const batch of batches) await copy(gpu, batch);
  };
  await (batches.length > 1 ? gpu.exclusive(copyAll) : copyAll());
  gpu.check();
  return results.map(({ buffer }, i) =>
    buffer.byteLength === storages[i]!.bytes
      ? buffer
      : buffer.slice(0, storages[i]!.bytes)
  );
}

async function copy(gpu: Gpu, pieces: readonly Piece[]): Promise<void> {
  const { device } = gpu;
  const size = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  const { made: staging, error } = scoped(device, () => {
    const staging = device.createBuffer({ size, usage: MAP_READ | COPY_DST });
    const encoder = device.createCommandEncoder();
    let end = 0;
    for (const { storage, from, bytes } of pieces) {
      const buffer = storage.place(gpu.pool);
      const start = storage.offset + from;
      encoder.copyBufferToBuffer(buffer, start, staging, end, bytes);
      end += bytes;
    }
    device.queue.submit([encoder.finish()]);
    return staging;
  });
  try {
    const refused = await gpu.attempt(error);
    if (refused) throw new Error(`Cannot read: ${refused.message}`);
    await gpu.attempt(staging.mapAsync(MAP_READ));
    const mapped = new Uint8Array(staging.getMappedRange());
    let end = 0;
    for (const { bytes, to } of pieces) {
      to.set(mapped.subarray(end, end + bytes));
      end += bytes;
    }
  } finally {
    staging.destroy();
  }
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}
