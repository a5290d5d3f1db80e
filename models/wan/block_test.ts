import { assertEquals } from "@std/assert";
import { gradients } from "../../autograd/op.ts";
import { pinned } from "../../autograd/tensor.ts";
import { openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
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
  assertEquals(count("transpose"), 0);
  assertEquals(labels.length, 100);
});
