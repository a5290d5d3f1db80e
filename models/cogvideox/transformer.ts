import { add } from "../../autograd/binary.ts";
import { chunk } from "../../autograd/slices.ts";
import { modulate } from "../../autograd/modulate.ts";
import { reshape } from "../../autograd/op.ts";
import { permute } from "../../autograd/axes.ts";
import { silu } from "../../autograd/unary.ts";
import { pinned, sizeOf, type Tensor } from "../../autograd/tensor.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Gpu } from "../../gpu/device.ts";
import { Linear, type LinearLayer } from "../linears/linear.ts";
import { Module } from "../module.ts";
import { LayerNorm } from "../norm.ts";
import { timestepEmbedding } from "../timestep_embedding.ts";
import { TwoLinears } from "../linears/two_linears.ts";
import {
  type CallInputs,
  type CallShape,
  type Observer,
  VideoTransformer,
} from "../video_transformer.ts";
import { CogVideoXBlock } from "./block.ts";
import type { CogVideoXConfig } from "./config.ts";
import { PatchEmbed } from "./patch_embed.ts";
import {
  cogVideoXRopeTable,
  cogVideoXSincosTable,
  type TokenGrid,
} from "./positions.ts";
import { checkpointed, join, type Streams } from "./streams.ts";

/** The frames' offset, an input of CogVideoX 1.5's image-to-video models. */
const OFS = 2;

class AdaLayerNorm extends Module {
  readonly linear: LinearLayer;
  readonly norm: LayerNorm;

  constructor(config: CogVideoXConfig, dim: number) {
    super();
    const { time_embed_dim, norm_eps, norm_elementwise_affine } = config;
    this.linear = new Linear(time_embed_dim, 2 * dim);
    this.norm = new LayerNorm(dim, norm_eps, norm_elementwise_affine);
  }

  /** x [B, L, D], temb [B, time_embed_dim] after its activation. */
  forward(x: Tensor, temb: Tensor): Tensor {
    const [shift, scale] = chunk(this.linear.forward(temb), 2, 1) as [
      Tensor,
      Tensor,
    ];
    return modulate(this.norm.forward(x), shift, scale);
  }
}

/** Inputs of one call: those of all classes, and the tables that the config asks for. */
export interface CogVideoXInputs extends CallInputs {
  /** Cosines of the rotary tables of text rows and video tokens [M + L, headDim]. */
  readonly cos?: Tensor;
  /** The sines of the same tables. */
  readonly sin?: Tensor;
  /** Positions to add to the video tokens [L, D]. */
  readonly positions?: Tensor;
  /** Sinusoidal embedding of the frames' offset [1, ofs_embed_dim]. */
  readonly ofs?: Tensor;
}

/**
 * The denoiser of CogVideoX (2B, 5B, 1.5); parameter names as diffusers has
 * them. Unlike there, latents are [B, C, T, H, W], as everywhere in this program.
 */
export class CogVideoXTransformer3DModel extends VideoTransformer {
  /** @internal */
  readonly patch_embed: PatchEmbed;
  /** @internal */
  readonly time_embedding: TwoLinears;
  /** @internal */
  readonly ofs_embedding: TwoLinears | null;
  /** @internal */
  readonly transformer_blocks: readonly CogVideoXBlock[];
  /** @internal */
  readonly norm_final: LayerNorm;
  /** @internal */
  readonly norm_out: AdaLayerNorm;
  /** @internal */
  readonly proj_out: LinearLayer;

  /** The network of a config, without values: see `load`. */
  constructor(readonly config: CogVideoXConfig) {
    super();
    const dim = config.num_attention_heads * config.attention_head_dim;
    const { time_embed_dim, ofs_embed_dim, norm_eps } = config;
    this.patch_embed = new PatchEmbed(config, this.patch);
    this.time_embedding = new TwoLinears(dim, time_embed_dim, "silu");
    this.ofs_embedding = ofs_embed_dim == null
      ? null
      : new TwoLinears(ofs_embed_dim, ofs_embed_dim, "silu");
    this.transformer_blocks = Array.from(
      { length: config.num_layers },
      () => new CogVideoXBlock(config),
    );
    this.norm_final = new LayerNorm(
      dim,
      norm_eps,
      config.norm_elementwise_affine,
    );
    this.norm_out = new AdaLayerNorm(config, dim);
    this.proj_out = new Linear(dim, config.out_channels * sizeOf(this.patch));
  }

  /** What its config.json holds, class name included. */
  override get json(): JsonObject {
    return { _class_name: "CogVideoXTransformer3DModel", ...this.config };
  }

  /** Frames, rows and columns of a patch. */
  override get patch(): readonly [number, number, number] {
    const { patch_size_t, patch_size } = this.config;
    return [patch_size_t ?? 1, patch_size, patch_size];
  }

  /** Channels of the latents. */
  override get channels(): number {
    return this.config.in_channels;
  }

  /** Width of the text rows. */
  override get textDim(): number {
    return this.config.text_embed_dim;
  }

  /** Velocities of the path that keeps the variance. */
  override get prediction(): "v" {
    return "v";
  }

  /** One for both predictions. */
  override get guidedCalls(): 1 {
    return 1;
  }

  /** Pinned tensors for calls of this shape, positions filled in. */
  override inputs(
    gpu: Gpu,
    { batch, latents, textRows }: CallShape,
  ): CogVideoXInputs {
    const { config } = this;
    const { num_attention_heads, attention_head_dim: headDim } = config;
    const grid = this.grid([batch, ...latents]);
    const dim = num_attention_heads * headDim;
    return {
      latents: pinned([batch, ...latents]),
      time: pinned([batch, dim]),
      text: pinned([batch, textRows, config.text_embed_dim]),
      ...(config.use_rotary_positional_embeddings
        ? this.#rope(gpu, textRows, grid)
        : {
          positions: pinned([sizeOf(grid), dim])
            .write(gpu, cogVideoXSincosTable(config, grid)),
        }),
      ...(config.ofs_embed_dim != null && {
        ofs: pinned([1, config.ofs_embed_dim])
          .write(gpu, this.#sinusoids([OFS], config.ofs_embed_dim)),
      }),
    };
  }

  #rope(gpu: Gpu, textRows: number, grid: TokenGrid) {
    const table = cogVideoXRopeTable(this.config, textRows, grid);
    const shape = [textRows + sizeOf(grid), this.config.attention_head_dim];
    return {
      cos: pinned(shape).write(gpu, table.cos),
      sin: pinned(shape).write(gpu, table.sin),
    };
  }

  /** Sinusoidal embeddings of timesteps [B]. */
  override timeEmbedding(
    timesteps: ArrayLike<number>,
  ): Float32Array<ArrayBuffer> {
    const { num_attention_heads, attention_head_dim } = this.config;
    return this.#sinusoids(timesteps, num_attention_heads * attention_head_dim);
  }

  #sinusoids(values: ArrayLike<number>, dim: number) {
    return timestepEmbedding(values, {
      dim,
      flipSinToCos: this.config.flip_sin_to_cos,
      downscaleFreqShift: this.config.freq_shift,
    });
  }

  /** Predicts the velocity, of the latents' shape (with out_channels). */
  override forward(
    inputs: CogVideoXInputs,
    observe: Observer = () => {},
  ): Tensor {
    const { latents, cos, sin } = inputs;
    const tables = cos && sin && { cos, sin };
    const temb = this.#embedTime(inputs);
    observe("time_embedding", temb);
    const act = silu(temb);
    let x = this.patch_embed.forward(latents, inputs.text, inputs.positions);
    observe("patch_embed", join(x));
    this.transformer_blocks.forEach((block, i) => {
      const name = `block${i}`;
      const forward = (x: Streams) =>
        block.forward(
          x,
          act,
          tables,
          this.attentionPrecision,
          (part, value) => observe(`${name}.${part}`, value),
        );
      x = this.checkpointing ? checkpointed(forward, x) : forward(x);
      observe(name, x.video);
    });
    const y = this.proj_out.forward(
      this.norm_out.forward(this.norm_final.forward(x.video), act),
    );
    observe("proj_out", y);
    return this.#unpatchify(y, this.grid(latents.shape));
  }

  #embedTime({ time, ofs }: CogVideoXInputs): Tensor {
    const temb = this.time_embedding.forward(time);
    if (!this.ofs_embedding || !ofs) return temb;
    return add(temb, this.ofs_embedding.forward(ofs));
  }

  /** Tokens [B, L, C pt ph pw], the channel slowest -> [B, C, T, H, W]. */
  #unpatchify(y: Tensor, [t, h, w]: TokenGrid): Tensor {
    const [pt, ph, pw] = this.patch;
    const c = this.config.out_channels;
    const batch = y.dim(0);
    const parts = reshape(y, [batch, t, h, w, c, pt, ph, pw]);
    return reshape(
      permute(parts, [0, 4, 1, 5, 2, 6, 3, 7]),
      [batch, c, t * pt, h * ph, w * pw],
    );
  }
}
