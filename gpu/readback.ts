import type { Gpu } from "./device.ts";
import type { Storage } from "./record.ts";

/**
 * Copies pinned storages to the host through one staging buffer: a wait costs
 * about 11 ms in Deno whatever it waits for, so read many things at once.
 */
export async function readback(
  gpu: Gpu,
  storages: readonly Storage[],
): Promise<ArrayBuffer[]> {
  const { device } = gpu;
  const offsets: number[] = [];
  let end = 0;
  for (const { bytes, buffer } of storages) {
    if (!buffer) throw new Error("Cannot read: the tensor was never computed");
    offsets.push(end);
    end += Math.ceil(bytes / 4) * 4;
  }
  if (end === 0) return storages.map(() => new ArrayBuffer(0));
  const staging = device.createBuffer({ size: end, usage: 0x1 | 0x8 }); // MAP_READ | COPY_DST
  const encoder = device.createCommandEncoder();
  storages.forEach(({ bytes, buffer, offset }, i) => {
    const padded = Math.ceil(bytes / 4) * 4;
    encoder.copyBufferToBuffer(buffer!, offset, staging, offsets[i]!, padded);
  });
  device.queue.submit([encoder.finish()]);
  try {
    await staging.mapAsync(0x1);
  } catch (error) {
    gpu.check();
    throw error;
  }
  const mapped = staging.getMappedRange();
  const copies = storages.map(({ bytes }, i) =>
    mapped.slice(offsets[i]!, offsets[i]! + bytes)
  );
  staging.destroy();
  gpu.check();
  return copies;
}
