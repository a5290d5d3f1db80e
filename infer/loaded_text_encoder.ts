import { join } from "@std/path";
import { pinned, type Tensor } from "../autograd/tensor.ts";
import { withoutGradients } from "../autograd/tape.ts";
import { InputError } from "../core/errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import { DISK } from "../io/disk.ts";
import type { FileSource } from "../io/file_source.ts";
import { HalfLinear } from "../models/linears/half_linear.ts";
import { Linear } from "../models/linears/linear.ts";
import { checkFit, load, type TensorSource } from "../models/weights/load.ts";
import { loadLowBit } from "../models/linears/low_bit_linear.ts";
import { parameters, replaceModules } from "../models/module.ts";
import { blocksOf, pageBlocks } from "../models/weights/paged_blocks.ts";
import type { TextEncoder } from "../models/text/text_encoder.ts";
import {
  declareTextEncoder,
  isSecondName,
} from "../models/text/text_encoders.ts";
import {
  checkRows,
  encoderInputs,
  type Padding,
  type TextRows,
  writeIds,
} from "./text.ts";

/** Forms of the linears of a text encoder. */
export const TEXT_WEIGHTS = ["f32", "f16", "w8", "w4"] as const;

/** f32 or f16, or weights alone in 8 or 4 bits; all computed in f32. */
export type TextWeights = typeof TEXT_WEIGHTS[number];

const TABLE = "shared.weight";

/** Values of a table that is read whole to find out whether it is damaged. */
const SMALL_TABLE = 2 ** 24;

/**
 * A text encoder on the GPU. Its table of pieces, most of a large vocabulary's
 * bytes, stays in the file: a prompt needs few of its rows.
 */
export class LoadedTextEncoder implements Disposable {
  readonly #rows = new Map<number, Float32Array>();

  private constructor(
    readonly gpu: Gpu,
    readonly model: TextEncoder,
    readonly checkpoint: Checkpoint,
    readonly owned: Disposable,
  ) {}

  /**
   * Loads the encoder of a folder. Weights in f32 or f16 of more than `maxBytes`
   * are streamed from the folder, block after block. Throws InputError, before
   * any upload, for one that is not built or does not fit its config.
   */
  static async open(
    gpu: Gpu,
    folder: string,
    weights: TextWeights = "f32",
    maxBytes = Infinity,
    files: FileSource = DISK,
  ): Promise<LoadedTextEncoder> {
    using owned = new DisposableStack();
    const checkpoint = owned.use(await Checkpoint.open(folder, { files }));
    const where = join(folder, "config.json");
    const model = owned.use(
      declareTextEncoder(checkpoint.config ?? {}, where),
    );
    checkFit(model, checkpoint, { ignore: isSecondName });
    // Of a larger table only rows are read, which its checksum says nothing of.
    const { size } = model.shared.weight;
    if (size <= SMALL_TABLE) await checkpoint.readBytes(TABLE);
    await loadStack(gpu, model, checkpoint, { weights, maxBytes, owned });
    return new LoadedTextEncoder(gpu, model, checkpoint, owned.move());
  }

  /** Columns of its rows. */
  get dim(): number {
    return this.model.config.d_model;
  }

  /**
   * Encodes tokenised prompts (each ends with its end token, unpadded) into
   * `length` rows each. Rows past a prompt's end are `zero`, as Wan wants them,
   * or those of padding that takes part as any token, as CogVideoX's (`attended`).
   * Throws InputError for rows that only a damaged encoder makes.
   */
  async encode(
    ids: readonly (readonly number[])[],
    length: number,
    padding: Padding,
  ): Promise<TextRows> {
    const { gpu, model, dim } = this;
    const prompts = ids.length;
    // Masked keys change nothing, so the longest prompt's length is enough.
    const zero = padding === "zero";
    const longest = zero
      ? Math.max(1, ...ids.map((row) => row.length))
      : length;
    const inputs = encoderInputs(gpu, model, prompts, longest);
    using _words = inputs.ids;
    using buckets = inputs.buckets;
    using keyMask = inputs.keyMask;
    writeIds(gpu, inputs, ids);
    using x = await this.#embed(ids, longest);
    using plan = await record(
      gpu,
      () =>
        withoutGradients(() =>
          model.encode(x, buckets, zero ? keyMask : undefined).keep()
        ),
    );
    using result = plan.result;
    await plan.runInParts();
    const rows = await result.read(gpu);
    const data = new Float32Array(prompts * length * dim);
    ids.forEach((row, i) => {
      const from = i * longest * dim;
      const count = zero ? row.length : length;
      data.set(rows.subarray(from, from + count * dim), i * length * dim);
    });
    const made = { prompts, length, dim, data };
    checkMade(made, ids, this.checkpoint.path);
    return made;
  }

  /** The table's rows of prompts filled up with piece 0, [prompts, length, dim]. */
  async #embed(
    ids: readonly (readonly number[])[],
    length: number,
  ): Promise<Tensor> {
    const { gpu, dim } = this;
    const values = new Float32Array(ids.length * length * dim);
    for (const [i, prompt] of ids.entries()) {
      for (let j = 0; j < length; j++) {
        const row = await this.#row(prompt[j] ?? 0);
        values.set(row, (i * length + j) * dim);
      }
    }
    return pinned([ids.length, length, dim]).write(gpu, values);
  }

  async #row(id: number): Promise<Float32Array> {
    const { checkpoint, dim } = this;
    const known = this.#rows.get(id);
    if (known) return known;
    const range = { start: id * dim, count: dim };
    const row = await checkpoint.readF32(TABLE, range);
    this.#rows.set(id, row);
    return row;
  }

  /** Gives its memory back and closes its files. */
  [Symbol.dispose](): void {
    this.owned[Symbol.dispose]();
  }
}

/** Uploads all but the table of pieces, and but the blocks if they are to be streamed: `owned` gets their pages. */
async function loadStack(
  gpu: Gpu,
  model: TextEncoder,
  source: TensorSource,
  { weights, maxBytes, owned }: {
    readonly weights: TextWeights;
    readonly maxBytes: number;
    readonly owned: DisposableStack;
  },
): Promise<void> {
  const stack = { encoder: model.encoder };
  const ignore = (name: string) => name === TABLE || isSecondName(name);
  if (weights === "w8" || weights === "w4") {
    const bits = weights === "w8" ? 8 : 4;
    return await loadLowBit(gpu, stack, source, bits, { ignore });
  }
  if (weights === "f16") {
    replaceModules(Linear, stack, (_, plain) => new HalfLinear(plain));
  }
  const bytes = parameters(stack)
    .reduce((sum, [, { storage }]) => sum + storage.bytes, 0);
  if (bytes > maxBytes) {
    owned.use(pageBlocks(gpu, blocksOf(model.encoder), source, "encoder."));
  }
  await load(gpu, stack, source, { ignore });
}

/** Throws InputError for rows that only a damaged encoder makes; after what overflows, its last norm leaves zeros. */
function checkMade(
  { length, dim, data }: TextRows,
  prompts: readonly (readonly number[])[],
  folder: string,
): void {
  checkRows(data, `The text encoder ${folder} made`);
  for (const [i, { length: tokens }] of prompts.entries()) {
    for (let row = i * length; row < i * length + tokens; row++) {
      if (data.subarray(row * dim, (row + 1) * dim).some((v) => v !== 0)) {
        continue;
      }
      throw new InputError(
        `The text encoder ${folder} made a row of zeros of a token: its weights are damaged, or overflow`,
      );
    }
  }
}
