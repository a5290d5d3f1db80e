import { weightCodes } from "../../autograd/fake_quant_weight.ts";
import { packWeight } from "../../autograd/pack_weight.ts";
import { pinned } from "../../autograd/tensor.ts";
import { weightRange } from "../../autograd/weight_range.ts";
import type { ElementRange } from "../../core/element_range.ts";
import type { Gpu } from "../../gpu/device.ts";
import { readback } from "../../gpu/readback.ts";
import { record } from "../../gpu/record.ts";
import type { TensorFacts, TensorSource } from "../../models/weights/load.ts";
import { modulesOf, parameters } from "../../models/module.ts";
import { PackedLinear } from "../../models/linears/packed_linear.ts";

/** First logit of a learnt range: sigmoid(4) keeps 98 % of a range. */
const RANGE_LOGIT = 4;

/** What a packed linear is made of, beside its bias and ranges. */
interface Packed {
  readonly qweight: Uint8Array<ArrayBuffer>;
  readonly scale: Float32Array<ArrayBuffer>;
  readonly zero: Float32Array<ArrayBuffer>;
}

/**
 * A plain source seen as a packed one: linears are quantised on the GPU, rows
 * to their least and greatest weight, one at a time when they are asked for.
 */
export class PackedSource implements TensorSource {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorFacts>;
  readonly #layers: ReadonlySet<string>;
  #last:
    | { readonly layer: string; readonly packed: Promise<Packed> }
    | undefined;

  /** `network` has packed linears, `plain` their floats. */
  constructor(
    readonly gpu: Gpu,
    readonly plain: TensorSource,
    network: object,
    readonly bits: number,
  ) {
    this.path = plain.path;
    this.#layers = new Set(
      [...modulesOf(PackedLinear, network)].map(([name]) => name),
    );
    this.tensors = new Map(
      [...parameters(network)].map(([name, { shape }]) => [name, { shape }]),
    );
  }

  async readF32(
    name: string,
    range?: ElementRange,
  ): Promise<Float32Array<ArrayBuffer>> {
    const [layer, part] = this.#split(name);
    if (part === "scale" || part === "zero") {
      return (await this.#packed(layer))[part];
    }
    if (part === "clip_upper" || part === "clip_lower") {
      const [groups = 0] = this.tensors.get(name)!.shape;
      return new Float32Array(groups).fill(RANGE_LOGIT);
    }
    return await this.plain.readF32(name, range);
  }

  readF16(
    name: string,
    range?: ElementRange,
  ): Promise<Uint16Array<ArrayBuffer>> {
    return this.plain.readF16(name, range);
  }

  async readBytes(
    name: string,
    range?: ElementRange,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { qweight } = await this.#packed(this.#split(name)[0]);
    if (!range) return qweight;
    return qweight.slice(4 * range.start, 4 * (range.start + range.count));
  }

  /** The linear of a tensor and what it is to it; no linear for other tensors. */
  #split(name: string): [layer: string, part: string] {
    const at = name.lastIndexOf(".");
    const layer = name.slice(0, at);
    return this.#layers.has(layer) ? [layer, name.slice(at + 1)] : ["", ""];
  }

  /** The last one is kept: its parts are asked for one after the other. */
  #packed(layer: string): Promise<Packed> {
    if (this.#last?.layer !== layer) {
      this.#last = { layer, packed: this.#pack(layer) };
    }
    return this.#last.packed;
  }

  async #pack(layer: string): Promise<Packed> {
    const { gpu, plain, bits } = this;
    const name = `${layer}.weight`;
    const { shape } = plain.tensors.get(name)!;
    const w = pinned(shape).write(gpu, await plain.readF32(name));
    using plan = await record(gpu, () => {
      const grid = weightRange(w, { bits, range: "minmax" });
      const { qweight } = packWeight(weightCodes(w, { ...grid, bits }), bits);
      return [qweight, grid.scale, grid.zero].map((t) => t.keep());
    });
    plan.run();
    const storages = plan.result.map((t) => t.storage);
    const [codes, scale, zero] = await readback(gpu, storages);
    for (const t of [w, ...plan.result]) t.dispose();
    return {
      qweight: new Uint8Array(codes!),
      scale: new Float32Array(scale!),
      zero: new Float32Array(zero!),
    };
  }
}
