import { assertRejects } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { uniform } from "../../tests/check.ts";
import { MemorySource } from "../weights/load.ts";
import { checkBits } from "./check_bits.ts";
import { officialLayers } from "./layers.ts";

/** A checkpoint whose weights use the codes of so many bits, some a little beyond. */
function trained(bits: number): MemorySource {
  const [outputs, inputs] = [16, 200];
  const random = uniform(bits);
  const top = 2 ** bits - 1;
  const scale = new Float32Array(outputs).map((_, i) => 0.01 * (i + 1));
  const zero = new Float32Array(outputs).fill(top / 2 + 0.3);
  const w = new Float32Array(outputs * inputs).map((_, i) => {
    const row = Math.floor(i / inputs);
    return scale[row]! * (random() * top * 0.52);
  });
  return new MemorySource(
    "official",
    new Map([
      ["to_q.w", { shape: [outputs, inputs], data: w }],
      ["to_q.wquantizer.scale", { shape: [outputs, 1], data: scale }],
      ["to_q.wquantizer.zero_point", { shape: [outputs, 1], data: zero }],
    ]),
  );
}

Deno.test("bits that a checkpoint was not trained for are told by its weights", async () => {
  for (const bits of [3, 4]) {
    const source = trained(bits);
    const layers = officialLayers(source);
    await checkBits(source, layers, bits);
    const other = 7 - bits;
    await assertRejects(
      () => checkBits(source, layers, other),
      InputError,
      `Bits: found weights of ${other} for official, accepted are those that it was trained for, ${
        bits > other ? "more" : "fewer"
      } of them`,
    );
  }
});
