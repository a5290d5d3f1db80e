import { InputError } from "../../core/errors.ts";
import type { TensorSource } from "../weights/load.ts";
import type { OfficialLayer } from "./layers.ts";

/** Of a checkpoint's layers, and of each one's rows, that are looked at. */
const LAYERS = 8;
const ROWS = 16;

/** Weights that tell anything of the others. */
const FEWEST = 2048;

/**
 * Whether an official checkpoint was trained for so many bits, which it does not
 * record: the weights of one of 4 bits use 16 codes, of which 3 bits have half,
 * and those of one of 3 bits leave the upper half of 16 codes empty. Throws
 * InputError if some of its weights say another number.
 */
export async function checkBits(
  source: TensorSource,
  layers: ReadonlyMap<string, OfficialLayer>,
  bits: number,
): Promise<void> {
  const top = 2 ** bits - 1;
  let [all, beyond, upper] = [0, 0, 0];
  for (const [name, { inputs, outputs }] of [...layers].slice(0, LAYERS)) {
    const rows = Math.min(ROWS, outputs);
    const read = (part: string, width: number) =>
      source.readF32(`${name}.${part}`, { start: 0, count: rows * width });
    const w = await read("w", inputs);
    const scale = await read("wquantizer.scale", 1);
    const zero = await read("wquantizer.zero_point", 1);
    for (const [i, value] of w.entries()) {
      const row = Math.floor(i / inputs);
      const code = value / scale[row]! + zero[row]!;
      if (code < -0.5 || code > top + 0.5) beyond++;
      if (code > top / 2 + 0.5) upper++;
    }
    all += w.length;
  }
  if (all < FEWEST) return;
  // Of right ones 2 and 45 in a hundred, of a bit too few 51, of one too many 0.3.
  const wrong = beyond > all / 4
    ? "more"
    : upper < all / 20
    ? "fewer"
    : undefined;
  if (wrong === undefined) return;
  throw new InputError(
    `Bits: found weights of ${bits} for ${source.path}, accepted are those that it was trained for, ${wrong} of them by its weights`,
  );
}
