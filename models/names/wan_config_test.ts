import { assertEquals } from "@std/assert";
import { fitsShapes, inferWanConfig } from "./wan_config.ts";

const SHAPES = {
  "patch_embedding.weight": [256, 16, 1, 2, 2],
  "condition_embedder.time_embedder.linear_1.weight": [256, 32],
  "condition_embedder.text_embedder.linear_1.w": [256, 64],
  "blocks.0.ffn.net.0.proj.weight": [512, 256],
  "blocks.1.ffn.net.0.proj.weight": [512, 256],
  "proj_out.weight": [64, 256],
};

function infer(shapes: Readonly<Record<string, readonly number[]>>) {
  const tensors = Object.entries(shapes).map(([name, shape]) =>
    [name, { shape }] as const
  );
  return inferWanConfig(new Map(tensors));
}

Deno.test("Wan's config is read from shapes", () => {
  const config = infer(SHAPES);
  assertEquals(config?.["num_attention_heads"], 2);
  assertEquals(config?.["out_channels"], 16);
  assertEquals(config?.["text_dim"], 64);
  assertEquals(config?.["num_layers"], 2);
  assertEquals(config?.["cross_attn_norm"], false);
  const normed = infer({ ...SHAPES, "blocks.0.norm2.weight": [256] })!;
  assertEquals(normed["cross_attn_norm"], true);
  assertEquals(fitsShapes(normed, normed), true);
  assertEquals(
    fitsShapes({ ...normed, cross_attn_norm: undefined }, normed),
    true,
  );
  assertEquals(
    fitsShapes({ ...normed, cross_attn_norm: false }, normed),
    false,
  );
});

Deno.test("a stray number of a block does not ask for as many blocks", () => {
  const stray = { ...SHAPES, "blocks.4000000000.scale_shift_table": [1] };
  assertEquals(infer(stray)?.["num_layers"], 3);
});

Deno.test("shapes of another network have no Wan config", () => {
  assertEquals(infer({ "proj_out.weight": [64, 256] }), undefined);
});
