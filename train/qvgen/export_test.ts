import { assert, assertEquals } from "@std/assert";
import { fakeQuantWeight } from "../../autograd/fake_quant_weight.ts";
import { readAll } from "../../autograd/tensor.ts";
import { unpackCodes } from "../../core/packing.ts";
import { openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { openTransformer } from "../../infer/open_transformer.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { MemorySource } from "../../models/weights/load.ts";
import { declareTransformer } from "../../models/transformers.ts";
import { assertClose, uniform } from "../../tests/check.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import {
  TINY_COGVIDEOX,
  TINY_CONFIG,
  tinyTensors,
} from "../../tests/tiny_transformer.ts";
import { exportStudent } from "./export.ts";
import { declareStudent, initialiseStudent } from "./student.ts";

const SHAPE = { batch: 2, latents: [16, 2, 4, 4], textRows: 5 } as const;
const RANGES = { count: 10, ratio: 0.95 };

for (
  const [bits, config] of [
    [3, TINY_CONFIG],
    [4, TINY_CONFIG],
    [4, TINY_COGVIDEOX],
  ] as const
) {
  Deno.test(`a packed W${bits}A${bits} ${config["_class_name"]} holds the student's codes and computes the same`, () =>
    inTemporaryFolder(async (folder) => {
      using gpu = await openGpu();
      const widths = { weights: bits, activations: bits };
      const student = declareStudent(declareTransformer(config, "config"), {
        bits: widths,
        rank: 2,
        ranges: RANGES,
      });
      const { transformer, context, linears } = student;
      const weights = new MemorySource(
        "memory",
        tinyTensors(1, config) as ConstructorParameters<typeof MemorySource>[1],
      );
      await initialiseStudent(gpu, student, weights);
      context.setPhi(gpu); // gone at the end of training
      const random = uniform(5);
      for (const { aquantizer: { upper, lower } } of linears.values()) {
        for (const logits of [upper, lower]) {
          const values = Float32Array.from(
            { length: RANGES.count },
            () => 2 + random(),
          );
          logits.write(gpu, values);
        }
      }
      await exportStudent(gpu, folder, student, {
        bits: widths,
        ranges: RANGES,
        rule: "timestep",
      });

      using file = await Checkpoint.open(folder);
      for (const [name, { w, wquantizer }] of linears) {
        const { scale, zero_point: zero } = wquantizer;
        using plan = await record(
          gpu,
          () => fakeQuantWeight(w, { scale, zero, bits }).keep(),
        );
        plan.run();
        const [q, s, z] = await readAll(gpu, [plan.result, scale, zero]);
        const [outputs, inputs] = [w.dim(0), w.dim(1)];
        const words = await file.readBytes(`${name}.qweight`);
        const codes = unpackCodes(new Uint32Array(words.buffer), {
          bits,
          inputs,
        });
        assertEquals(codes.length, outputs * inputs);
        const wrong = codes.findIndex((code, i) => {
          const n = Math.floor(i / inputs);
          return code !== Math.round(q![i]! / s![n]! + z![n]!);
        });
        assertEquals(wrong, -1, name);
      }

      const packed = await openTransformer(gpu, folder, "packed");
      const inputs = transformer.inputs(gpu, SHAPE);
      for (const tensor of [inputs.latents, inputs.text, inputs.time]) {
        const values = Array.from({ length: tensor.size }, random);
        tensor.write(gpu, Float32Array.from(values));
      }
      const index = Uint32Array.of(3, 7);
      context.setBatch(2).write(gpu, index);
      assert(packed.quantised);
      packed.quantised.context.setBatch(2).write(gpu, index);
      using plan = await record(gpu, () => ({
        student: transformer.forward(inputs).keep(),
        packed: packed.transformer.forward(inputs).keep(),
      }));
      plan.run();
      const { student: want, packed: got } = plan.result;
      const [y, x] = await readAll(gpu, [got, want]);
      assertClose(y!, x!, 1e-5);
    }));
}
