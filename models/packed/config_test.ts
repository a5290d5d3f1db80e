import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { GROUPS_OF_64, quantizationOf } from "../../tests/packed_layer.ts";
import { isQuantised, parseQuantization } from "./config.ts";

Deno.test("a quantization_config survives JSON", () => {
  for (const groups of [{}, GROUPS_OF_64]) {
    const quantization_config = { ...quantizationOf(3, 4), ...groups };
    const config = JSON.parse(JSON.stringify({ quantization_config }));
    assert(isQuantised(config));
    assertEquals(parseQuantization(config, "config.json"), quantization_config);
  }
});

Deno.test("a quantization_config that is not built is refused by key or method", () => {
  const good = quantizationOf(4);
  const cases: [object, string][] = [
    [
      { quant_method: "bitsandbytes" },
      'x.json names the quant_method "bitsandbytes", accepted is "qvgen"',
    ],
    [{ ...good, weight_bits: 9 }, "weight_bits"],
    [{ ...good, version: 2 }, "version is an unknown key"],
    [{ ...good, activation_bits: 16 }, "activation_bits"],
    [{ ...good, granularity: "per_tensor" }, "granularity"],
    [
      { ...good, granularity: "per_group" },
      "group_size goes with the granularity per_group",
    ],
    [{ ...good, granularity: "per_group", group_size: 50 }, "group_size"],
    [{ ...good, group_size: 64 }, "group_size"],
    [
      { ...good, activation_clips: { ...good.activation_clips, rule: "none" } },
      "activation_clips.rule",
    ],
  ];
  for (const [quantization_config, message] of cases) {
    const config = JSON.parse(JSON.stringify({ quantization_config }));
    assertThrows(
      () => parseQuantization(config, "x.json"),
      InputError,
      message,
    );
  }
});

Deno.test("parseQuantization() takes the rule names of earlier files", () => {
  const good = quantizationOf(4);
  for (
    const [earlier, rule] of [["product", "timestep"], [
      "last",
      "official-last",
    ]]
  ) {
    const activation_clips = { ...good.activation_clips, rule: earlier };
    const config = { quantization_config: { ...good, activation_clips } };
    const read = parseQuantization(
      JSON.parse(JSON.stringify(config)),
      "x.json",
    );
    assertEquals(read.activation_clips.rule as string, rule);
  }
});
