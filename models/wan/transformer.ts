import { add } from "../../autograd/binary.ts";
import { checkpoint } from "../../autograd/checkpoint.ts";
import { chunk } from "../../autograd/slices.ts";
import { layerNormModulate } from "../../autograd/norm.ts";
import { linear } from "../../autograd/linear.ts";
import { reshape } from "../../autograd/op.ts";
import { patchify, permute } from "../../autograd/axes.ts";
import { silu } from "../../autograd/unary.ts";
import { pinned, sizeOf, type Tensor } from "../../autograd/tensor.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Gpu } from "../../gpu/device.ts";
import { Linear, type LinearLayer } from "../linears/linear.ts";
import { Module, Parameter } from "../module.ts";
import { wanRopeTable } from "../rope_table.ts";
import { timestepEmbedding } from "../timestep_embedding.ts";
import { TwoLinears } from "../linears/two_linears.ts";
import {
  type CallInputs,
  type CallShape,
  type Observer,
  type RopeTables,
  VideoTransformer,
} from "../video_transformer.ts";
import { WanBlock } from "./block.ts";
import type { WanConfig } from "./config.ts";

class PatchEmbedding extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(config: WanConfig, dim: number) {
    super();
    this.weight = new Parameter([
      dim,
      config.in_channels,
      ...config.patch_size,
    ]);
    this.bias = new Parameter([dim]);
  }
}

class ConditionEmbedder extends Module {
  readonly time_embedder: TwoLinears;
  readonly time_proj: LinearLayer;
  readonly text_embedder: TwoLinears;

  constructor(config: WanConfig, dim: number) {
    super();
    this.time_embedder = new TwoLinears(config.freq_dim, dim, "silu");
    this.time_proj = new Linear(dim, 6 * dim);
    this.text_embedder = new TwoLinears(config.text_dim, dim, "gelu");
  }
}

/** Inputs of one call: those of all classes, and rotary tables of the token grid. */
export interface WanInputs extends CallInputs, RopeTables {}

/** The denoiser of Wan2.1 text to video; parameter names as diffusers has them. */
export class WanTransformer3DModel extends VideoTransformer {
  /** @internal */
  readonly patch_embedding: PatchEmbedding;
  /** @internal */
  readonly condition_embedder: ConditionEmbedder;
  /** @internal */
  readonly blocks: readonly WanBlock[];
  /** @internal */
  readonly scale_shift_table: Parameter;
  /** @internal */
  readonly proj_out: LinearLayer;

  /** The network of a config, without values: see `load`. */
  constructor(readonly config: WanConfig) {
    super();
    const dim = config.num_attention_heads * config.attention_head_dim;
    this.patch_embedding = new PatchEmbedding(config, dim);
    this.condition_embedder = new ConditionEmbedder(config, dim);
    this.blocks = Array.from(
      { length: config.num_layers },
      () => new WanBlock(config),
    );
    this.scale_shift_table = new Parameter([1, 2, dim]);
    this.proj_out = new Linear(
      dim,
      config.out_channels * sizeOf(config.patch_size),
    );
  }

  /** What its config.json holds, class name included. */
  override get json(): JsonObject {
    return { _class_name: "WanTransformer3DModel", ...this.config };
  }

  /** Frames, rows and columns of a patch. */
  override get patch(): WanConfig["patch_size"] {
    return this.config.patch_size;
  }

  /** Channels of the latents. */
  override get channels(): number {
    return this.config.in_channels;
  }

  /** Width of the text rows. */
  override get textDim(): number {
    return this.config.text_dim;
  }

  /** Velocities of the straight path. */
  override get prediction(): "flow" {
    return "flow";
  }

  /** One for each prediction. */
  override get guidedCalls(): 2 {
    return 2;
  }

  /** Pinned tensors for calls of this shape, positions filled in. */
  override inputs(
    gpu: Gpu,
    { batch, latents, textRows }: CallShape,
  ): WanInputs {
    const { attention_head_dim: headDim, freq_dim, text_dim } = this.config;
    const grid = this.grid([batch, ...latents]);
    const table = wanRopeTable(headDim, ...grid);
    const shape = [sizeOf(grid), headDim];
    return {
      latents: pinned([batch, ...latents]),
      time: pinned([batch, freq_dim]),
      text: pinned([batch, textRows, text_dim]),
      cos: pinned(shape).write(gpu, table.cos),
      sin: pinned(shape).write(gpu, table.sin),
    };
  }

  /** Sinusoidal embeddings of timesteps [B]. */
  override timeEmbedding(
    timesteps: ArrayLike<number>,
  ): Float32Array<ArrayBuffer> {
    return timestepEmbedding(timesteps, {
      dim: this.config.freq_dim,
      flipSinToCos: true,
      downscaleFreqShift: 0,
    });
  }

  /** Predicts the velocity, of the latents' shape (with out_channels). */
  override forward(
    { latents, time, text, ...rope }: WanInputs,
    observe?: Observer,
  ): Tensor {
    const grid = this.grid(latents.shape);
    let x = this.#embed(latents);
    observe?.("patch_embedding", x);
    const { time_embedder, time_proj, text_embedder } = this.condition_embedder;
    const batch = latents.dim(0);
    const temb = time_embedder.forward(time);
    observe?.("time_embedder", temb);
    const projected = time_proj.forward(silu(temb));
    observe?.("time_proj", projected);
    const dim = temb.dim(1);
    const modulation = reshape(projected, [batch, 6, dim]);
    const context = text_embedder.forward(text);
    observe?.("text_embedder", context);
    this.blocks.forEach((block, i) => {
      const name = `block${i}`;
      const forward = (x: Tensor) =>
        block.forward(
          x,
          context,
          modulation,
          rope,
          this.attentionPrecision,
          observe && ((part, y) => observe(`${name}.${part}`, y)),
        );
      x = this.checkpointing ? checkpoint(forward, [x]) : forward(x);
      observe?.(name, x);
    });
    const [shift, scale] = chunk(
      add(reshape(temb, [batch, 1, dim]), this.scale_shift_table),
      2,
      1,
    ).map((t) => reshape(t, [batch, dim])) as [Tensor, Tensor];
    const y = this.proj_out.forward(
      layerNormModulate(x, shift, scale, this.config.eps),
    );
    observe?.("proj_out", y);
    return this.#unpatchify(y, grid);
  }

  /** [B, C, T, H, W] -> tokens [B, L, D], patches with the channel slowest. */
  #embed(latents: Tensor): Tensor {
    const { weight, bias } = this.patch_embedding;
    const patches = patchify(latents, this.config.patch_size);
    const flat = [weight.dim(0), patches.dim(2)];
    return linear(patches, reshape(weight, flat), bias);
  }

  /** Tokens [B, L, pt ph pw C], the channel fastest -> [B, C, T, H, W]. */
  #unpatchify(y: Tensor, grid: readonly number[]): Tensor {
    const { patch_size, out_channels: c } = this.config;
    const [t, h, w] = grid as [number, number, number];
    const [pt, ph, pw] = patch_size;
    const batch = y.dim(0);
    const split = reshape(y, [batch, t, h, w, pt, ph, pw, c]);
    return reshape(
      permute(split, [0, 7, 1, 4, 2, 5, 3, 6]),
      [batch, c, t * pt, h * ph, w * pw],
    );
  }
}
