import { assertThrows } from "@std/assert";
import { checkCase } from "../tests/check_case.ts";
import { checkOp } from "../tests/check.ts";
import { gatedResidual, modulate } from "./modulate.ts";
import { Tensor } from "./tensor.ts";

const [B, L, D] = [3, 18, 12];
const vector = (i: number) => Math.floor(i / (L * D)) * D + i % D;

for (const without of [[], ["subgroups"]] as const) {
  const how = without.length ? " without subgroups" : "";
  Deno.test(`modulate() scales and shifts each sample by its own vectors${how}`, async () => {
    await checkOp(
      (x, shift, scale) => modulate(x!, shift!, scale!),
      [[B, L, D], [B, D], [B, D]],
      ([x, t, s]) =>
        x!.map((v, i) => v * (1 + s![vector(i)]!) + t![vector(i)]!),
      { gpu: { without } },
    );
  });

  Deno.test(`gatedResidual() adds what passes the gate${how}`, async () => {
    await checkOp(
      (x, y, gate) => gatedResidual(x!, y!, gate!),
      [[B, L, D], [B, L, D], [B, D]],
      ([x, y, g]) => x!.map((v, i) => v + y![i]! * g![vector(i)]!),
      { gpu: { without } },
    );
  });
}

Deno.test("modulate() agrees with recorded outputs and gradients", async () => {
  await checkCase(
    "ops/broadcast_modulate",
    ["x", "s", "t"],
    (x, s, t) => modulate(x!, t!, s!),
  );
});

Deno.test("modulate() refuses vectors of another size", () => {
  assertThrows(
    () => modulate(new Tensor([2, 3, 4]), new Tensor([4]), new Tensor([2, 4])),
    RangeError,
    "Cannot apply modulate: x [2,3,4] takes vectors [2,4], found [4]",
  );
});
