import { emitBest, traits } from "../gpu/emit.ts";
import { ACTIVATIONS } from "../kernels/matmul.ts";
import {
  codesKey,
  codesTilesFor,
  storesBytes,
  type Widths,
} from "../kernels/matmul_codes_tiles.ts";
import {
  type FakeQuantActivationOptions,
  RANGE_RATIO,
} from "./fake_quant_activation.ts";
import { type Epilogue, epilogue, fits } from "./linear_epilogue.ts";
import { reshape } from "./op.ts";
import {
  type CodeGrid,
  describeOutputs,
  type PackedCodes,
} from "./pack_weight.ts";
import { aligned, resized } from "./product.ts";
import {
  type CodesLayout,
  joinRanges,
  quantizeTokens,
  type TokenCodes,
  type TokenQuantizer,
} from "./quantize_tokens.ts";
import { Tensor } from "./tensor.ts";

/** A quantised linear layer, ready to run. */
export interface PackedLayer extends PackedCodes {
  /** The result of `describeOutputs`, [N, G, 4]. */
  readonly outputs: Tensor;
  /** How its inputs become codes. */
  readonly tokens: TokenQuantizer;
}

/** What follows a product of codes. */
export interface PackedLinearOptions extends Epilogue {
  /** How y is stored; an f16 y takes N in multiples of 4. */
  readonly dtype?: "f16" | "f32";
}

/**
 * The layer that `packedLinear` takes: y = Q(x) Q(W)^T + bias, where x is
 * quantised as `fakeQuantActivation` does it, weights and activations to 2 to 8
 * bits. Keep its `outputs` and ranges where it outlives the plan.
 */
export function packedLayer(
  codes: PackedCodes,
  grid: CodeGrid & { readonly bias?: Tensor | undefined },
  activation: FakeQuantActivationOptions,
): PackedLayer {
  for (const bits of [codes.bits, activation.bits]) {
    if (Number.isInteger(bits) && bits >= 2 && bits <= 8) continue;
    throw new RangeError(
      `Cannot make a packed layer: it takes weights and activations of 2 to 8 bits, found W${codes.bits}A${activation.bits}`,
    );
  }
  const { bits, rangeRatio = RANGE_RATIO, ranges } = activation;
  const joined = ranges && { logits: joinRanges(ranges), index: ranges.index };
  const tokens = { bits, rangeRatio, ...(joined && { ranges: joined }) };
  return { ...codes, outputs: describeOutputs(codes, grid), tokens };
}

/**
 * y = residual + gate activation(Q(x) Q(W)^T + bias) for x [B, ..., K] ->
 * [B, ..., N] on the codes themselves, in two dispatches. No gradient.
 */
export function packedLinear(
  x: Tensor,
  layer: PackedLayer,
  options: PackedLinearOptions = {},
): Tensor {
  check(x, layer);
  const [codes] = quantizeTokens(x, [layer.tokens], layoutOf(layer));
  return product(x, codes!, layer, options);
}

/**
 * The results of several layers for the same x, such as q, k and v, which is
 * then quantised in one pass for all of them where they differ in nothing but
 * ranges and weights.
 */
export function packedLinears(
  x: Tensor,
  layers: readonly PackedLayer[],
): Tensor[] {
  const indices = layers.map((layer) => layer.tokens.ranges?.index);
  const alike = Map.groupBy(layers, (layer) => {
    check(x, layer);
    const { bits, rangeRatio, ranges } = layer.tokens;
    const { bytes, oddApart, groupSize } = layoutOf(layer);
    const index = indices.indexOf(ranges?.index);
    const learned = [ranges?.logits.size, index];
    return `${[bits, rangeRatio, learned, bytes, oddApart, groupSize]}`;
  });
  const results = new Map<PackedLayer, Tensor>();
  for (const some of alike.values()) {
    const tokens = some.map((layer) => layer.tokens);
    quantizeTokens(x, tokens, layoutOf(some[0]!)).forEach((codes, i) =>
      results.set(some[i]!, product(x, codes, some[i]!, {}))
    );
  }
  return layers.map((layer) => results.get(layer)!);
}

function widths({ bits, tokens }: PackedLayer): Widths {
  return { weights: bits, activations: tokens.bits };
}

function layoutOf(layer: PackedLayer): CodesLayout {
  const { bits, groupSize } = layer;
  const oddApart = bits === 3 || bits === 4;
  return { bytes: storesBytes(widths(layer)), oddApart, groupSize };
}

function product(
  x: Tensor,
  codes: TokenCodes,
  layer: PackedLayer,
  options: PackedLinearOptions,
): Tensor {
  const N = layer.qweight.dim(0);
  const shape = [...x.shape.slice(0, -1), N];
  fits(shape, options);
  if (N === aligned(N)) {
    return reshape(emitProduct(x, codes, layer, options), shape);
  }
  if (options.dtype === "f16") {
    throw new RangeError(
      `Cannot apply packedLinear: an f16 result takes columns in multiples of 4, found ${N}`,
    );
  }
  const y = emitProduct(x, codes, layer, {});
  return epilogue(reshape(resized(y, y.dim(0), N), shape), options);
}

/** y [M, N up to a multiple of 4]. */
function emitProduct(
  x: Tensor,
  { codes, token, sums, first }: TokenCodes,
  layer: PackedLayer,
  { activation, gate, residual, dtype = "f32" }: PackedLinearOptions,
): Tensor {
  const { qweight, inputs, outputs, groupSize = inputs } = layer;
  const [M, N] = [x.size / inputs, qweight.dim(0)];
  const [words, blocks] = [qweight.dim(-1), Math.ceil(inputs / 32)];
  const span = groupSize < inputs ? groupSize / 32 : blocks;
  const shape = { m: M, n: N, words, ...widths(layer) };
  const y = new Tensor([M, aligned(N)], dtype);
  const ends = {
    ...(span < blocks && { GROUPED: true }),
    ...(dtype === "f16" && { HALF: true }),
  };
  const forms = codesTilesFor(shape, traits()).map((tile) => ({
    name: tile.name,
    kernel: tile.kernel,
    constants: { ...tile.constants, ...ends },
    groups: [Math.ceil(N / tile.columns), Math.ceil(M / tile.rows)],
    params: { flush: Math.min(tile.flush, span) },
  }));
  emitBest(
    codesKey(shape, ends),
    forms,
    {
      x: codes,
      w: qweight,
      token,
      token_sums: sums,
      outputs,
      gate: gate ?? outputs,
      residual: residual ?? outputs,
      y,
    },
    {
      flops: 2 * M * N * inputs,
      params: {
        m: M,
        first,
        n: N,
        blocks,
        words,
        span,
        activation: ACTIVATIONS[activation ?? "none"],
        gated: gate ? M * N / gate.size : 0,
        residual: residual ? 1 : 0,
      },
    },
  );
  return y;
}

function check(x: Tensor, { inputs }: PackedLayer): void {
  if (x.dim(-1) === inputs) return;
  throw new RangeError(
    `Cannot apply packedLinear: x [${x.shape}] has ${
      x.dim(-1)
    } columns, the weight takes ${inputs}`,
  );
}
