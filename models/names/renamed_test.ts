import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { MemorySource } from "../weights/load.ts";
import { parameters } from "../module.ts";
import { parseWanConfig } from "../wan/config.ts";
import { WanTransformer3DModel } from "../wan/transformer.ts";
import { TINY_CONFIG } from "../../tests/tiny_transformer.ts";
import { RenamedSource } from "./renamed.ts";

function source(tensors: Record<string, readonly number[]>): MemorySource {
  return new MemorySource(
    "file",
    new Map(
      Object.entries(tensors).map(([name, shape]) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const data = Float32Array.from({ length: size }, (_, i) => i);
        return [name, { shape, data }];
      }),
    ),
  );
}

/** The names of diffusers as the original Wan code writes them. */
function originalWan(name: string): string {
  const swaps: [RegExp, string][] = [
    [/^condition_embedder\.(time|text)_embedder\.linear_1/, "$1_embedding.0"],
    [/^condition_embedder\.(time|text)_embedder\.linear_2/, "$1_embedding.2"],
    [/^condition_embedder\.time_proj/, "time_projection.1"],
    [/^scale_shift_table/, "head.modulation"],
    [/^proj_out/, "head.head"],
    [/\.scale_shift_table/, ".modulation"],
    [/\.ffn\.net\.0\.proj/, ".ffn.0"],
    [/\.ffn\.net\.2/, ".ffn.2"],
    [/\.norm2/, ".norm3"],
    [/\.to_out\.0/, ".o"],
    [/\.to_([qkv])/, ".$1"],
    [/attn1/, "self_attn"],
    [/attn2/, "cross_attn"],
  ];
  return swaps.reduce((n, [from, to]) => n.replace(from, to), name);
}

const PREFIXES = [
  "",
  "model.diffusion_model.",
  "diffusion_model.",
  "module.",
  "_orig_mod.",
  "module._orig_mod.",
  "model.",
  "transformer.",
  "module.model.diffusion_model.",
];

for (const prefix of PREFIXES) {
  Deno.test(`original Wan names under the prefix "${prefix}" become diffusers'`, () => {
    const config = parseWanConfig(TINY_CONFIG, "config");
    const names = [...parameters(new WanTransformer3DModel(config))]
      .map(([name]) => name);
    const original = names.map((name) => prefix + originalWan(name));
    assertEquals(original.includes(`${prefix}blocks.1.self_attn.q.bias`), true);
    assertEquals(original.some((name) => names.includes(name)), prefix === "");
    const others = prefix === "model.diffusion_model."
      ? { "first_stage_model.encoder.conv1.weight": [1] }
      : {};
    const renamed = new RenamedSource(
      source({
        ...Object.fromEntries(original.map((name) => [name, [1]])),
        ...others,
      }),
    );
    assertEquals(renamed.naming, "Wan");
    assertEquals(
      renamed.wrapper,
      prefix.startsWith("diffusion") || prefix === "model.diffusion_model."
        ? ""
        : prefix,
    );
    assertEquals([...renamed.tensors.keys()], names);
  });
}

Deno.test("SAT names become diffusers'; fused tensors are split and put together anew", async () => {
  const block = "transformer.layers.1.";
  const renamed = new RenamedSource(source({
    [`${block}attention.query_key_value.weight`]: [6, 2],
    [`${block}attention.dense.weight`]: [2, 2],
    [`${block}mlp.dense_h_to_4h.bias`]: [8],
    [`${block}mlp.dense_4h_to_h.bias`]: [2],
    [`${block}input_layernorm.weight`]: [2],
    [`${block}post_attention_layernorm.weight`]: [2],
    "mixins.adaln_layer.adaLN_modulations.1.1.bias": [12],
    "mixins.adaln_layer.query_layernorm_list.1.weight": [2],
    "mixins.adaln_layer.key_layernorm_list.1.bias": [2],
    "transformer.final_layernorm.weight": [2],
    "transformer.word_embeddings.embed_tokens.weight": [3],
    "mixins.pos_embed.freqs_sin": [3],
    "time_embed.2.weight": [2],
    "mixins.patch_embed.text_proj.bias": [2],
    "mixins.final_layer.adaLN_modulation.1.bias": [4],
    "mixins.final_layer.norm_final.weight": [2],
    "mixins.final_layer.linear.weight": [4, 2],
  }));
  assertEquals(renamed.naming, "SAT");
  const inBlock = "transformer_blocks.1.";
  assertEquals([...renamed.tensors].map(([name, { shape }]) => [name, shape]), [
    [`${inBlock}attn1.to_q.weight`, [2, 2]],
    [`${inBlock}attn1.to_k.weight`, [2, 2]],
    [`${inBlock}attn1.to_v.weight`, [2, 2]],
    [`${inBlock}attn1.to_out.0.weight`, [2, 2]],
    [`${inBlock}ff.net.0.proj.bias`, [8]],
    [`${inBlock}ff.net.2.bias`, [2]],
    [`${inBlock}norm1.norm.weight`, [2]],
    [`${inBlock}norm2.norm.weight`, [2]],
    [`${inBlock}norm1.linear.bias`, [6]],
    [`${inBlock}norm2.linear.bias`, [6]],
    [`${inBlock}attn1.norm_q.weight`, [2]],
    [`${inBlock}attn1.norm_k.bias`, [2]],
    ["norm_final.weight", [2]],
    ["time_embedding.linear_2.weight", [2]],
    ["patch_embed.text_proj.bias", [2]],
    ["norm_out.linear.bias", [4]],
    ["norm_out.norm.weight", [2]],
    ["proj_out.weight", [4, 2]],
  ]);
  const values = async (name: string) => [...await renamed.readF32(name)];
  assertEquals(await values(`${inBlock}attn1.to_k.weight`), [4, 5, 6, 7]);
  assertEquals(await values(`${inBlock}norm1.linear.bias`), [0, 1, 2, 6, 7, 8]);
  assertEquals(
    await values(`${inBlock}norm2.linear.bias`),
    [3, 4, 5, 9, 10, 11],
  );
  const range = { start: 2, count: 3 };
  const some = await renamed.readF32(`${inBlock}norm2.linear.bias`, range);
  assertEquals([...some], [5, 9, 10]);
});

Deno.test("diffusers' names stay as they are; two tensors of one name are refused", () => {
  const plain = new RenamedSource(source({ "blocks.0.norm2.weight": [1] }));
  assertEquals(plain.naming, "diffusers");
  assertEquals([...plain.tensors.keys()], ["blocks.0.norm2.weight"]);
  assertThrows(
    () =>
      new RenamedSource(source({
        "head.modulation": [1],
        "scale_shift_table": [1],
      })),
    InputError,
    "both mean scale_shift_table",
  );
});
