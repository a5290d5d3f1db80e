import { assert, assertEquals, assertThrows } from "@std/assert";
import { gradients } from "../../autograd/op.ts";
import { fromArray, readAll } from "../../autograd/tensor.ts";
import { InputError } from "../../core/errors.ts";
import { openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { uniform } from "../../tests/check.ts";
import { parameters } from "../module.ts";
import { parseCogVideoXConfig } from "./config.ts";
import { CogVideoXTransformer3DModel } from "./transformer.ts";

// Values and gradients of the published forms are compared by tests/parity_test.ts.

const SMALL = {
  num_attention_heads: 2,
  attention_head_dim: 16,
  in_channels: 4,
  out_channels: 4,
  time_embed_dim: 12,
  text_embed_dim: 20,
  num_layers: 1,
  sample_width: 8,
  sample_height: 6,
  sample_frames: 9,
  max_text_seq_length: 6,
};

const declare = (config: Record<string, unknown>) =>
  new CogVideoXTransformer3DModel(
    parseCogVideoXConfig({ ...SMALL, ...config }, "config.json"),
  );

const shapes = (config: Record<string, unknown>) =>
  new Map(
    [...parameters(declare(config))].map(([name, { shape }]) => [name, shape]),
  );

Deno.test("Options of the config decide which parameters there are", () => {
  const base = shapes({});
  const without = (config: Record<string, unknown>) => {
    const left = shapes(config);
    return [...base.keys()].filter((name) => !left.has(name)).sort();
  };
  const block = "transformer_blocks.0";
  assertEquals(without({ patch_bias: false }), ["patch_embed.proj.bias"]);
  assertEquals(
    without({ attention_bias: false }),
    ["k", "q", "v"].map((x) => `${block}.attn1.to_${x}.bias`),
  );
  assertEquals(
    without({ norm_elementwise_affine: false }),
    [
      "norm_final",
      "norm_out.norm",
      `${block}.norm1.norm`,
      `${block}.norm2.norm`,
    ]
      .flatMap((norm) => [`${norm}.bias`, `${norm}.weight`]),
  );
  const temporal = shapes({
    use_rotary_positional_embeddings: true,
    patch_size_t: 2,
    patch_bias: false,
  });
  assertEquals(temporal.get("patch_embed.proj.weight"), [32, 32]);
  assertEquals(temporal.get("patch_embed.proj.bias"), [32]);
  assertEquals(temporal.get("proj_out.weight"), [32, 32]);
  assertEquals(base.get("patch_embed.proj.weight"), [32, 4, 2, 2]);
});

Deno.test("Every form runs at sizes it was not trained at, and every parameter has a gradient", async () => {
  using gpu = await openGpu();
  const rotary = { use_rotary_positional_embeddings: true };
  const forms = [
    [{ activation_fn: "gelu" }, [4, 2, 4, 10]],
    [{ ...rotary, ofs_embed_dim: 12, patch_size_t: 2 }, [4, 4, 8, 4]],
    [{ ...rotary, use_learned_positional_embeddings: true }, [4, 3, 6, 8]],
  ] as const;
  for (const [config, latents] of forms) {
    const model = declare(config);
    const random = uniform(7);
    const weights = [...parameters(model)];
    for (const [, p] of weights) {
      p.write(gpu, new Float32Array(p.size).map(() => random() / 2));
    }
    const inputs = model.inputs(gpu, { batch: 2, latents, textRows: 6 });
    for (const tensor of [inputs.latents, inputs.text]) {
      tensor.write(gpu, new Float32Array(tensor.size).map(random));
    }
    inputs.time.write(gpu, model.timeEmbedding([999, 20]));
    const dy = fromArray(
      gpu,
      inputs.latents.shape,
      new Float32Array(inputs.latents.size).map(random),
    );
    using plan = await record(gpu, () => {
      const y = model.forward(inputs).keep();
      const grads = gradients(y, dy, weights.map(([, p]) => p));
      return [y, ...grads].map((t, i) => {
        assert(t, weights[i - 1]?.[0]);
        return t.keep();
      });
    });
    plan.run();
    assertEquals(plan.result[0]!.shape, [2, ...latents]);
    for (const [i, values] of (await readAll(gpu, plan.result)).entries()) {
      const name = i === 0 ? "the prediction" : weights[i - 1]![0];
      assert(values.every(Number.isFinite), name);
      // A key's bias changes all scores of a row alike where nothing turns it.
      assert(values.some((x) => x !== 0), `${name} is all zero`);
    }
  }
});

Deno.test("A config that no CogVideoX has is refused by the key that is wrong", () => {
  const refused: [Record<string, unknown>, string][] = [
    [{ activation_fn: "swiglu" }, "activation_fn"],
    [{ patch_size_t: 2 }, "use_rotary_positional_embeddings"],
    [{ use_learned_positional_embeddings: true }, "no patch_size_t"],
    [{ ofs_embed_dim: 8 }, "ofs_embed_dim"],
    [
      { attention_head_dim: 24, use_rotary_positional_embeddings: true },
      "multiples of 16",
    ],
    [{ num_layers: 0 }, "num_layers"],
  ];
  for (const [config, message] of refused) {
    assertThrows(() => declare(config), InputError, message);
  }
  assertThrows(
    () => declare({}).grid([1, 4, 3, 5, 8]),
    RangeError,
    "patches of 1,2,2",
  );
});
