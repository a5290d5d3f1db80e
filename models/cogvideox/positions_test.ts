import { assertEquals } from "@std/assert";
import { assertClose } from "../../tests/assert_close.ts";
import { readCase } from "../../tests/read_case.ts";
import { parseCogVideoXConfig } from "./config.ts";
import { cogVideoXRopeTable, cogVideoXSincosTable } from "./positions.ts";

interface ModelCase {
  readonly config: {
    readonly model_config: unknown;
    readonly latent_T_H_W: readonly [number, number, number];
    readonly text_len: number;
  };
}

function recorded(name: string) {
  const { json: { config: given }, tensor } = readCase<ModelCase>(
    `models/cogvideox_${name}_tiny_io`,
  );
  const config = parseCogVideoXConfig(given.model_config, name);
  const [t, h, w] = given.latent_T_H_W;
  const { patch_size: p, patch_size_t } = config;
  const grid = [t / (patch_size_t ?? 1), h / p, w / p] as const;
  return { config, grid, textRows: given.text_len, tensor };
}

for (const name of ["5b", "1_5"]) {
  Deno.test(`The rotary tables of CogVideoX ${name} are the reference's, and text does not turn`, () => {
    const { config, grid, textRows, tensor } = recorded(name);
    const { cos, sin } = cogVideoXRopeTable(config, textRows, grid);
    const text = textRows * config.attention_head_dim;
    assertClose(cos.subarray(text), tensor("rope.cos"), { abs: 1e-6 }, "cos");
    assertClose(sin.subarray(text), tensor("rope.sin"), { abs: 1e-6 }, "sin");
    assertEquals(cos.subarray(0, text).every((c) => c === 1), true);
    assertEquals(sin.subarray(0, text).every((s) => s === 0), true);
  });
}

Deno.test("The added positions of CogVideoX-2B are the reference's", () => {
  const { config, grid, textRows, tensor } = recorded("2b");
  const dim = config.num_attention_heads * config.attention_head_dim;
  const table = cogVideoXSincosTable(config, grid);
  const want = tensor("pos_embedding"); // zeros for the text rows
  assertClose(table, want.subarray(textRows * dim), { abs: 1e-6 });
});

/** Angles of the slowest channel, which turns by the position itself, along one axis. */
function positions(table: Float32Array, channel: number, every: number) {
  return Array.from(
    { length: table.length / 64 / every },
    (_, i) => table[i * every * 64 + channel]!,
  );
}

Deno.test("CogVideoX-5B lays a clip over the middle of the trained grid of its proportions", () => {
  const config = parseCogVideoXConfig(
    { use_rotary_positional_embeddings: true },
    "config",
  ); // trained on 30 x 45 tokens
  const whole = cogVideoXRopeTable(config, 0, [1, 30, 45]);
  assertClose(
    positions(whole.sin, 16, 45),
    Array.from({ length: 30 }, (_, i) => Math.sin(i)),
    { abs: 1e-6 },
  );
  // 10 x 30 has the proportions of 15 x 45, which begins at row 7.5, that is 8.
  const wide = cogVideoXRopeTable(config, 0, [1, 10, 30]);
  const step = ((8 + 15) * 9 / 10 - 8) / 9;
  assertClose(
    positions(wide.sin, 16, 30),
    Array.from({ length: 10 }, (_, i) => Math.sin(8 + i * step)),
    { abs: 1e-6 },
  );
  const one = cogVideoXRopeTable(config, 0, [1, 1, 1]);
  assertEquals([...one.cos, ...one.sin].every(Number.isFinite), true);
});
