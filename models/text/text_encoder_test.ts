import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { parameters } from "../module.ts";
import { declareTextEncoder } from "./text_encoders.ts";

// Values are compared with the reference's by tests/parity_test.ts.

const CONFIG = {
  vocab_size: 96,
  d_model: 24,
  d_kv: 8,
  d_ff: 32,
  num_layers: 3,
  num_heads: 3,
  relative_attention_num_buckets: 32,
  layer_norm_epsilon: 1e-6,
  feed_forward_proj: "gated-gelu",
};

Deno.test("T5 has one table of relative positions, UMT5 one in every block", () => {
  const tables = (name: string) => {
    const json = { architectures: [name], ...CONFIG };
    const names = [...parameters(declareTextEncoder(json, "config.json"))]
      .map(([name]) => name);
    return names.filter((name) => name.includes("relative")).length;
  };
  assertEquals(tables("T5EncoderModel"), 1);
  assertEquals(tables("UMT5EncoderModel"), 3);
});

Deno.test("A text encoder of another class or form is refused by name", () => {
  const refused: [Record<string, unknown>, string][] = [
    [{ architectures: ["T5EncodrModel"] }, "did you mean T5EncoderModel?"],
    [{}, "architecture nothing"],
    [
      { architectures: ["T5EncoderModel"], feed_forward_proj: "relu" },
      "feed_forward_proj",
    ],
  ];
  for (const [config, message] of refused) {
    const json = { ...CONFIG, ...config };
    assertThrows(() => declareTextEncoder(json, "c"), InputError, message);
  }
});
