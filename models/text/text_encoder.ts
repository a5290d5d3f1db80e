import type { Tensor } from "../../autograd/tensor.ts";
import { Module } from "../module.ts";
import { RmsNorm } from "../norm.ts";
import type { Observer } from "../video_transformer.ts";
import { Embedding, T5Block } from "./t5_block.ts";
import type { T5Config } from "./t5_config.ts";

class Stack extends Module {
  readonly block: readonly T5Block[];
  readonly final_layer_norm: RmsNorm;

  constructor(config: T5Config, hasBias: (block: number) => boolean) {
    super();
    this.block = Array.from(
      { length: config.num_layers },
      (_, i) => new T5Block(config, hasBias(i)),
    );
    this.final_layer_norm = new RmsNorm(
      config.d_model,
      config.layer_norm_epsilon,
    );
  }
}

/** An encoder of T5's family; parameter names as transformers has them. */
export abstract class TextEncoder extends Module {
  /** @internal */
  readonly shared: Embedding;
  /** @internal */
  readonly encoder: Stack;

  /** `hasBias` tells which blocks have a table of relative positions of their own. */
  constructor(
    readonly config: T5Config,
    hasBias: (block: number) => boolean,
  ) {
    super();
    this.shared = new Embedding(config.vocab_size, config.d_model);
    this.encoder = new Stack(config, hasBias);
  }

  /**
   * ids u32 [B, L], buckets u32 [L, L] (see `relativeBuckets`), keyMask [B, L]
   * of 1 and 0 -> [B, L, d_model].
   */
  forward(
    ids: Tensor,
    buckets: Tensor,
    keyMask?: Tensor,
    observe: Observer = () => {},
  ): Tensor {
    return this.encode(this.shared.forward(ids), buckets, keyMask, observe);
  }

  /** The same from the rows of the table that ids choose, [B, L, d_model]. */
  encode(
    x: Tensor,
    buckets: Tensor,
    keyMask?: Tensor,
    observe: Observer = () => {},
  ): Tensor {
    let bias: Tensor | undefined;
    this.encoder.block.forEach((block, i) => {
      bias = block.bias(buckets) ?? bias; // a block without a table shares the last one
      if (!bias) throw new Error("The first block has no relative positions");
      x = block.forward(x, bias, keyMask);
      observe(`block${i}`, x);
    });
    return this.encoder.final_layer_norm.forward(x);
  }
}

/** UMT5's encoder: relative positions in every block. */
export class Umt5EncoderModel extends TextEncoder {
  /** The network of a config, without values: see `load`. */
  constructor(config: T5Config) {
    super(config, () => true);
  }
}

/** The encoder of T5 v1.1: all blocks share the first one's relative positions. */
export class T5EncoderModel extends TextEncoder {
  /** The network of a config, without values: see `load`. */
  constructor(config: T5Config) {
    super(config, (block) => block === 0);
  }
}
