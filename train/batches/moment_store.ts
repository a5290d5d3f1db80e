import { join } from "@std/path";
import { ByteCache } from "../../core/byte_cache.ts";
import { InputError } from "../../core/errors.ts";
import { jsonHash } from "../../core/json_hash.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { SafetensorsFile } from "../../io/safetensors.ts";
import { writeSafetensors } from "../../io/safetensors_writer.ts";
import type { HostClip, HostShape } from "../../models/vae/clip.ts";

const TENSOR = "moments";

/**
 * What an autoencoder made of clips, [2 C, T, H, W] each, in files named by the
 * hash of all that it follows from: clip, size, autoencoder. Those used last
 * are kept in memory.
 */
export class MomentStore {
  readonly #recent: ByteCache<HostClip>;

  /** `memoryBytes`: how much is kept in memory; 1 GiB. */
  constructor(readonly folder: string, memoryBytes: number = 2 ** 30) {
    this.#recent = new ByteCache(memoryBytes);
  }

  /** Whether whole moments of this shape are stored; `made` identifies them. */
  async has(made: unknown, shape: HostShape): Promise<boolean> {
    try {
      using file = await SafetensorsFile.open(await this.#path(made));
      return `${file.tensors.get(TENSOR)?.shape}` === `${shape}`;
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
  }

  /**
   * Stored moments. Throws InputError if they are gone, damaged or not finite;
   * what cannot be used is removed, so that it is encoded again.
   */
  async read(made: unknown): Promise<HostClip> {
    const path = await this.#path(made);
    const known = this.#recent.get(path);
    if (known) return known;
    try {
      using file = await Checkpoint.open(path);
      const [C = 0, T = 0, H = 0, W = 0] = file.tensors.get(TENSOR)?.shape ??
        [];
      const data = await file.readF32(TENSOR);
      const clip: HostClip = { shape: [C, T, H, W], data };
      this.#recent.set(path, clip);
      return clip;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      await Deno.remove(path).catch(() => {});
      throw new InputError(
        `${error.message}; it is removed, so that --resume encodes its clip again`,
      );
    }
  }

  /** Stores moments; they are there whole or not at all. */
  async write(made: unknown, { shape, data }: HostClip): Promise<void> {
    await Deno.mkdir(this.folder, { recursive: true });
    const tensors = new Map([[TENSOR, { dtype: "F32", shape, data } as const]]);
    await writeSafetensors(await this.#path(made), tensors);
  }

  async #path(made: unknown): Promise<string> {
    return join(this.folder, `${await jsonHash(made)}.safetensors`);
  }
}
