import type { Counter, Key } from "../core/random.ts";
import { emit, spread } from "../gpu/emit.ts";
import { randomNormals, randomWords } from "../kernels/random.ts";
import { type Shape, Tensor } from "./tensor.ts";

/** What `draw` tensors hold: the key, then the counter. */
export function drawWords(
  key: Key,
  counter: Counter,
): Uint32Array<ArrayBuffer> {
  return Uint32Array.of(...key, ...counter);
}

/**
 * Standard normals, drawn anew each time the plan runs, from the key and
 * counter that `draw`, u32 [6], holds then: the numbers that `normal` gives on
 * the host, to within 1e-6 of them.
 */
export function randomNormal(draw: Tensor, shape: Shape): Tensor {
  const y = new Tensor(shape);
  emit(randomNormals, { draw: checked(draw), y }, spread(y.size, 1024));
  return y;
}

/** Random words, u32, from the same: exactly those of `philox` on the host. */
export function randomBits(draw: Tensor, shape: Shape): Tensor {
  const words = new Tensor(shape, "u32");
  emit(
    randomWords,
    { draw: checked(draw), words },
    spread(words.size, 1024),
  );
  return words;
}

function checked(draw: Tensor): Tensor {
  if (draw.dtype === "u32" && draw.size === 6) return draw;
  throw new RangeError(
    `Cannot draw from ${draw.dtype} [${draw.shape}]: key and counter are u32 [6]`,
  );
}
