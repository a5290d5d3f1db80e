import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { checkFit, MemorySource } from "../weights/load.ts";
import { Linear } from "../linears/linear.ts";
import { foreignWeights } from "./foreign_weights.ts";

const q = "blocks.0.attn1.to_q";

/** Names of tensors, and a word of what is said of them. */
const FOREIGN: readonly [string, string][] = [
  [`transformer.${q}.lora_A.weight`, "LoRA"],
  [`${q}.lora_down.weight`, "LoRA"],
  [`${q}.lora_B.default.weight`, "LoRA"],
  ["lora_unet_blocks_0_self_attn_q.lora_up.weight", "LoRA"],
  ["lora_unet_blocks_0_self_attn_q.alpha", "LoRA"],
  ["diffusion_model.blocks.0.self_attn.q.hada_w1_a", "LoRA"],
  ["blocks.0.self_attn.q.lokr_w2", "LoRA"],
  ["scaled_fp8", "scaled fp8, int8"],
  [`${q}.scale_weight`, "scaled fp8, int8"],
  [`${q}.weight_scale`, "scaled fp8, int8"],
  [`${q}.weight_scale_inv`, "scaled fp8, int8"],
  [`${q}.scale_input`, "scaled fp8, int8"],
  [`${q}.input_scale`, "scaled fp8, int8"],
  [`${q}.SCB`, "scaled fp8, int8"],
  [`${q}.qzeros`, "scaled fp8, int8"],
  [`${q}.weight.absmax`, "scaled fp8, int8"],
  [`${q}.weight.quant_state.bitsandbytes__nf4`, "scaled fp8, int8"],
  ["img_emb.proj.0.bias", "image-to-video"],
  ["condition_embedder.image_embedder.ff.net.0.proj.weight", "image-to-video"],
  ["blocks.0.cross_attn.k_img.weight", "image-to-video"],
  ["blocks.0.attn2.add_k_proj.weight", "image-to-video"],
  ["vace_blocks.0.after_proj.weight", "control branch"],
];

Deno.test("checkpoints of other kinds are told by the names of their tensors", () => {
  for (const [name, what] of FOREIGN) {
    const said = foreignWeights([`${q}.weight`, name]) ?? "nothing";
    assert(said.includes(what) && said.includes(name), `${name}: ${said}`);
  }
});

Deno.test("no name of a model that is read here is taken for a foreign one", () => {
  const own = [`${q}.scale`, `${q}.zero`, `${q}.qweight`, `${q}.clip_upper`];
  const official = [`${q}.wquantizer.scale`, `${q}.aquantizer.upper`];
  assertEquals(foreignWeights([...own, ...official]), undefined);
});

Deno.test("weights that do not fit are said to be what they are", () => {
  const layer = { to_q: new Linear(1, 1) };
  const data = Float32Array.of(1);
  const source = new MemorySource(
    "lora.safetensors",
    new Map([
      ["to_q.weight", { shape: [1, 1], data }],
      ["to_q.bias", { shape: [1], data }],
      ["to_q.lora_A.weight", { shape: [1, 1], data }],
    ]),
  );
  assertThrows(
    () => checkFit(layer, source),
    InputError,
    "lora.safetensors: by its tensor to_q.lora_A.weight it is, or holds, a LoRA",
  );
});

Deno.test("whole numbers are taken for no weights", () => {
  const layer = { to_q: new Linear(1, 1) };
  const facts = (dtype: string) =>
    new Map([
      ["to_q.weight", { shape: [1, 1], dtype }],
      ["to_q.bias", { shape: [1], dtype: "BF16" }],
    ]);
  for (const dtype of ["I32", "I8", "U8", "BOOL", "I64"]) {
    assertThrows(
      () => checkFit(layer, { path: "a.safetensors", tensors: facts(dtype) }),
      InputError,
      `1 of whole numbers: to_q.weight is ${dtype}`,
    );
  }
  for (const dtype of ["F32", "F16", "F8_E4M3", "F64"]) {
    checkFit(layer, { path: "a.safetensors", tensors: facts(dtype) });
  }
});
