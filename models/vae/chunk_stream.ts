import { reshape } from "../../autograd/op.ts";
import { permute } from "../../autograd/axes.ts";
import { pinned, type Tensor } from "../../autograd/tensor.ts";
import { withoutGradients } from "../../autograd/tape.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Plan } from "../../gpu/plan.ts";
import { record } from "../../gpu/record.ts";
import type { HostClip, HostShape } from "./clip.ts";
import { type Chunk, FrameCache } from "./frame_cache.ts";

interface Recorded {
  readonly input: Tensor;
  readonly output: Tensor;
  readonly plan: Plan;
}

/**
 * A network that takes clips of one frame size chunk by chunk: at most a plan
 * for each length of a chunk, and memory that no longer clip adds to.
 */
export class ChunkStream implements Disposable {
  readonly #recorded = new Map<string, Recorded>();
  readonly #cache: FrameCache;

  constructor(
    readonly gpu: Gpu,
    before: FrameCache["before"],
    readonly network: (x: Tensor, chunk: Chunk) => Tensor,
  ) {
    this.#cache = new FrameCache(gpu, before);
  }

  /** The next chunk of a clip through the network; `isFirst` begins another clip. */
  async run({ shape, data }: HostClip, isFirst: boolean): Promise<HostClip> {
    const key = `${shape} ${isFirst}`;
    const known = this.#recorded.get(key) ??
      await this.#record(shape, isFirst);
    this.#recorded.set(key, known);
    const { input, output, plan } = known;
    input.write(this.gpu, data);
    await plan.runInParts();
    return {
      shape: output.shape as [number, number, number, number],
      data: await output.read(this.gpu),
    };
  }

  async #record(shape: HostShape, isFirst: boolean): Promise<Recorded> {
    const input = pinned(shape);
    const plan = await record(this.gpu, () => {
      const last = permute(input, [1, 2, 3, 0]);
      const x = reshape(last, [1, ...last.shape]);
      const y = withoutGradients(() =>
        this.network(x, { isFirst, cache: this.#cache })
      );
      return permute(reshape(y, y.shape.slice(1)), [3, 0, 1, 2]).keep();
    });
    return { input, output: plan.result, plan };
  }

  /** Gives its memory back. */
  [Symbol.dispose](): void {
    for (const { input, output, plan } of this.#recorded.values()) {
      input.dispose();
      output.dispose();
      plan[Symbol.dispose]();
    }
    this.#recorded.clear();
    this.#cache[Symbol.dispose]();
  }
}
