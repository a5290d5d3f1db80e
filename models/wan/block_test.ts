import { assert, assertEquals } from "@std/assert";
import { gradients } from "../../autograd/op.ts";
import { pinned, readAll } from "../../autograd/tensor.ts";
import { openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { uniform } from "../../tests/check.ts";
import { parameters } from "../module.ts";
import { WanBlock } from "./block.ts";
import { parseWanConfig } from "./config.ts";

const CONFIG = {
  _class_name: "WanTransformer3DModel",
  patch_size: [1, 2, 2],
  num_attention_heads: 2,
  attention_head_dim: 16,
  in_channels: 4,
  out_channels: 4,
  text_dim: 16,
  freq_dim: 16,
  ffn_dim: 64,
  num_layers: 1,
  cross_attn_norm: true,
  qk_norm: "rms_norm_across_heads",
  eps: 1e-6,
  rope_max_seq_len: 32,
};

Deno.test("a block of Wan takes so many dispatches, not one more", async () => {
  using gpu = await openGpu();
  const block = new WanBlock(parseWanConfig(CONFIG, "config.json"));
  const [x, context, modulation, cos, sin] = [
    [1, 8, 32],
    [1, 4, 32],
    [1, 6, 32],
    [8, 16],
    [8, 16],
  ].map((shape) => pinned(shape));
  const tables = { cos: cos!, sin: sin! };
  const forward = () => block.forward(x!, context!, modulation!, tables, "f32");
  using values = await record(gpu, () => void forward().keep());
  // The table and six slices of it; then 3 norms, 10 products, 4 norms of q and k, 2 attentions.
  assertEquals(values.steps.length, 26);

  const names = [...parameters(block)];
  using trained = await record(gpu, () => {
    const y = forward();
    const targets = [x!, context!, ...names.map(([, p]) => p)];
    gradients(y, pinned(y.shape), targets).forEach((t) => t!.keep());
  });
  const labels = trained.steps.map(({ label }) => label);
  const count = (part: string) => labels.filter((l) => l.includes(part)).length;
  assertEquals(count("accumulate"), 0);
  // Workgroup memory wants rows along k: a GPU turns what lies otherwise.
  const turned = gpu.traits.software ? 0 : 10;
  assertEquals(count("transpose"), turned);
  assertEquals(labels.length, 100 + turned);
});

Deno.test("a block without a norm before cross attention is one whose norm does nothing", async () => {
  using gpu = await openGpu();
  const declared = (cross_attn_norm: boolean) =>
    new WanBlock(parseWanConfig({ ...CONFIG, cross_attn_norm }, "config.json"));
  const [normed, idle, plain] = [
    declared(true),
    declared(true),
    declared(false),
  ];
  const random = uniform(3);
  const values = (n: number) => new Float32Array(n).map(() => random());
  const own = new Map(parameters(plain));
  assert(!own.keys().some((name) => name.startsWith("norm2")));
  for (const block of [normed, idle]) {
    assertEquals([...parameters(block)].length, own.size + 2);
  }
  for (const [name, p] of parameters(normed)) {
    const data = values(p.size);
    for (const block of [normed, idle, plain]) {
      new Map(parameters(block)).get(name)?.write(gpu, data);
    }
  }
  idle.norm2!.forward = (x) => x;
  const [x, context, modulation, cos, sin] = [
    [1, 8, 32],
    [1, 4, 32],
    [1, 6, 32],
    [8, 16],
    [8, 16],
  ].map((shape) => {
    const t = pinned(shape);
    return t.write(gpu, values(t.size));
  });
  const tables = { cos: cos!, sin: sin! };
  using plan = await record(
    gpu,
    () =>
      [normed, idle, plain].map((block) =>
        block.forward(x!, context!, modulation!, tables, "f32").keep()
      ),
  );
  plan.run();
  const [withNorm, idled, without] = await readAll(gpu, plan.result);
  assertEquals(without, idled);
  assert(withNorm!.some((v, i) => v !== without![i]));
});
