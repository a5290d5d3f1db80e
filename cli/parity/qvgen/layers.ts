import { fakeQuantActivation } from "../../../autograd/fake_quant_activation.ts";
import type { Gpu } from "../../../gpu/device.ts";
import { modulesOf } from "../../../models/module.ts";
import { PackedLinear } from "../../../models/linears/packed_linear.ts";
import type { QuantContext } from "../../../models/quant/context.ts";
import type { Case } from "../case.ts";
import { compare, type Comparison } from "../compare.ts";
import { compared, computed, type Results } from "../quant/computed.ts";

/** Each quantised linear on its recorded input: the input's codes and the output. */
export async function layers(
  c: Case,
  gpu: Gpu,
  transformer: object,
  context: QuantContext,
): Promise<Comparison[]> {
  const index = context.setBatch(1).write(gpu, Uint32Array.of(49));
  const linears = new Map(modulesOf(PackedLinear, transformer));
  const recorded = linears.keys().filter((name) =>
    c.tensors.has(`mid.${name}.x`)
  )
    .toArray();
  const values = await computed(
    c,
    gpu,
    (use) =>
      Object.fromEntries(
        recorded.flatMap((name): [string, Results[string]][] => {
          const linear = linears.get(name)!;
          const x = use(`mid.${name}.x`);
          return [
            [`mid.${name}.y`, linear.forward(x)],
            [`mid.${name}.x`, fakeQuantActivation(x, linear.activations)],
          ];
        }),
      ),
  );
  index.dispose();
  const relToMax = c.tolerance("mid_y_rel_to_max");
  return recorded.flatMap((name) => {
    const y = `mid.${name}.y`;
    return [
      compare(y, values.get(y)!, c.tensor(y).values, { relToMax }),
      ...compared(c, inputCodes(c, name, values.get(`mid.${name}.x`)!)),
    ];
  });
}

/** The codes that dequantised inputs stand for, by the recorded scales. */
function inputCodes(
  c: Case,
  name: string,
  x: Float32Array,
): Map<string, Float32Array> {
  const codes = `mid.${name}.act_codes`;
  const columns = c.tensor(codes).shape.at(-1)!;
  const scale = c.tensor(`mid.${name}.act_scale`).values;
  const zero = c.tensor(`mid.${name}.act_zero_point`).values;
  return new Map([[
    codes,
    x.map((value, i) => {
      const row = Math.floor(i / columns);
      return Math.round(value / scale[row]! + zero[row]!);
    }),
  ]]);
}
