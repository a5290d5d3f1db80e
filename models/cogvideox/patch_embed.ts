import { add } from "../../autograd/binary.ts";
import { linear } from "../../autograd/linear.ts";
import type { Epilogue } from "../../autograd/linear_epilogue.ts";
import { reshape } from "../../autograd/op.ts";
import { patchify } from "../../autograd/axes.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { Linear, LinearLayer } from "../linears/linear.ts";
import { Module, Parameter } from "../module.ts";
import type { CogVideoXConfig } from "./config.ts";
import { split, type Streams } from "./streams.ts";

/** A convolution whose stride is its size: a linear on patches, with a convolution's name and shape. */
class PatchConvolution extends LinearLayer {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(channels: number, dim: number, patch: number, bias: boolean) {
    super();
    this.weight = new Parameter([dim, channels, patch, patch]);
    this.bias = bias ? new Parameter([dim]) : null;
  }

  override forward(x: Tensor, ends?: Epilogue): Tensor {
    const weight = reshape(this.weight, [this.weight.dim(0), x.dim(-1)]);
    return linear(x, weight, this.bias ?? undefined, ends);
  }
}

/** Text rows and patches of latents to tokens. */
export class PatchEmbed extends Module {
  readonly proj: LinearLayer;
  readonly text_proj: LinearLayer;
  /** Learnt positions of text and video, of the trained size alone. */
  readonly pos_embedding: Parameter | null;

  constructor(config: CogVideoXConfig, readonly patch: readonly number[]) {
    super();
    const { in_channels: channels, patch_size, patch_size_t } = config;
    const dim = config.num_attention_heads * config.attention_head_dim;
    // The reference gives the linear of CogVideoX 1.5 a bias whatever the config says.
    this.proj = patch_size_t == null
      ? new PatchConvolution(channels, dim, patch_size, config.patch_bias)
      : new Linear(channels * patch_size ** 2 * patch_size_t, dim);
    this.text_proj = new Linear(config.text_embed_dim, dim);
    this.pos_embedding = config.use_learned_positional_embeddings
      ? new Parameter([1, trainedTokens(config), dim])
      : null;
  }

  /** latents [B, C, T, H, W], text [B, M, text_embed_dim], positions [L, D] of the video tokens. */
  forward(latents: Tensor, text: Tensor, positions?: Tensor): Streams {
    const video = this.proj.forward(patchify(latents, this.patch));
    const tokens = {
      text: this.text_proj.forward(text),
      video: positions ? add(video, positions) : video,
    };
    return this.pos_embedding
      ? this.#learnt(tokens, this.pos_embedding)
      : tokens;
  }

  #learnt({ text, video }: Streams, table: Tensor): Streams {
    const rows = text.dim(1);
    if (rows + video.dim(1) !== table.dim(1)) {
      throw new RangeError(
        `Cannot embed ${rows} text rows and ${
          video.dim(1)
        } video tokens: positions were learnt for ${table.dim(1)} in all`,
      );
    }
    const positions = split(table, rows);
    return {
      text: add(text, positions.text),
      video: add(video, positions.video),
    };
  }
}

function trainedTokens(config: CogVideoXConfig): number {
  const { sample_frames, sample_height, sample_width, patch_size } = config;
  const frames = Math.floor(
    (sample_frames - 1) / config.temporal_compression_ratio,
  ) + 1;
  const [rows, columns] = [sample_height, sample_width].map((n) =>
    Math.floor(n / patch_size)
  ) as [number, number];
  return config.max_text_seq_length + frames * rows * columns;
}
