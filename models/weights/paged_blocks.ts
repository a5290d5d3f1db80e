import type { Gpu } from "../../gpu/device.ts";
import { PageFrame } from "../../gpu/paging.ts";
import { pinnedBytes } from "../../gpu/pool.ts";
import type { TensorSource } from "./load.ts";
import { Module, type Parameter, parameters } from "../module.ts";
import { Uploader } from "./upload.ts";

/** The parameters of each block of a network, by their names in the block. */
export interface Blocks {
  /** The field that holds the blocks. */
  readonly field: string;
  readonly each: readonly ReadonlyMap<string, Parameter>[];
}

/** The blocks of a network: what its first field of a list of modules holds; a list of none is no such field. */
export function blocksOf(network: object): Blocks {
  const found = Object.entries(network).find(([, value]) =>
    Array.isArray(value) && value.length > 0 &&
    value.every((one) => one instanceof Module)
  );
  const [field, blocks] = (found ?? ["", []]) as [string, Module[]];
  return { field, each: blocks.map((block) => new Map(parameters(block))) };
}

/** Bytes of memory that takes every block in turn. */
export function frameBytes({ each }: Blocks): number {
  return [...frameSizes(each).values()]
    .reduce((sum, bytes) => sum + pinnedBytes(bytes), 0);
}

/**
 * Gives the blocks of a network the memory of one: plans recorded from here on
 * read a block's weights from `source`, which stays open, whenever they come to
 * it. Names of the source begin with `prefix`. Disposing gives the memory back.
 */
export function pageBlocks(
  gpu: Gpu,
  { field, each }: Blocks,
  source: TensorSource,
  prefix = "",
): Disposable {
  const frame = new PageFrame();
  const uploader = new Uploader(gpu, source);
  const buffers = new Map(
    [...frameSizes(each)].map(([name, bytes]) => [name, gpu.pool.pin(bytes)]),
  );
  for (const [i, block] of each.entries()) {
    for (const [name, parameter] of block) {
      const { storage } = parameter;
      storage.settle(buffers.get(name)!, 0);
      const path = `${prefix}${field}.${i}.${name}`;
      frame.add(i, storage, () => uploader.write(path, parameter));
    }
  }
  return {
    [Symbol.dispose]() {
      for (const block of each) {
        for (const { storage } of block.values()) storage.unsettle();
      }
      for (const buffer of buffers.values()) gpu.pool.unpin(buffer);
      buffers.clear();
    },
  };
}

/** The most bytes that a parameter of one name has in any block. */
function frameSizes(
  each: Blocks["each"],
): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const [name, { storage }] of each.flatMap((block) => [...block])) {
    sizes.set(name, Math.max(storage.bytes, sizes.get(name) ?? 0));
  }
  return sizes;
}
