import { assert, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { declareTextEncoder } from "./text/text_encoders.ts";
import { declareTransformer } from "./transformers.ts";
import { declareVae } from "./vae/open.ts";

type Json = Record<string, unknown>;

const FIXTURES = fromFileUrl(new URL("../tests/fixtures", import.meta.url));
const read = (...path: string[]): Json =>
  JSON.parse(Deno.readTextFileSync(join(FIXTURES, ...path, "config.json")));

const vae = (config: Json, path: string) => declareVae({ config, path });

const NETWORKS: readonly [string, (json: Json, path: string) => object][] = [
  ["pipelines/wan-tiny/transformer", declareTransformer],
  ["pipelines/cogvideox-tiny/transformer", declareTransformer],
  ["pipelines/wan-tiny/text_encoder", declareTextEncoder],
  ["pipelines/cogvideox-tiny/text_encoder", declareTextEncoder],
  ["pipelines/wan-tiny/vae", vae],
  ["pipelines/cogvideox-tiny/vae", vae],
];

/** Values that no network has, put in the place of a number. */
const ABSURD = [2_000_000_000, 1e308, -1, 0.5];

for (const [name, declare] of NETWORKS) {
  Deno.test(`absurd counts in ${name} are refused by name, at once`, () => {
    const config = read(name);
    declare(config, "c.json");
    const before = performance.now();
    for (const [key, value] of Object.entries(config)) {
      const first = Array.isArray(value) ? value[0] : value;
      if (typeof first !== "number") continue;
      const changes = Array.isArray(value)
        ? [
          ...ABSURD.map((absurd) => [absurd, ...value.slice(1)]),
          Array(100_000).fill(first),
        ]
        : ABSURD;
      for (const change of changes) {
        try {
          declare({ ...config, [key]: change }, "c.json");
        } catch (error) {
          assert(error instanceof InputError, `${key} ${change}: ${error}`);
          assert(error.message.startsWith("c.json"), error.message);
          assert(error.message.length < 500, error.message);
        }
      }
    }
    assert(performance.now() - before < 5000);
  });
}

Deno.test("more blocks than any network has are refused before any is made", () => {
  const path = "pipelines/wan-tiny/transformer";
  assertThrows(
    () =>
      declareTransformer({ ...read(path), num_layers: 2_000_000 }, "c.json"),
    InputError,
    "num_layers: found 2000000, accepted is at most 1000",
  );
  assertThrows(
    () =>
      vae(
        { ...read("pipelines/cogvideox-tiny/vae"), layers_per_block: 16384 },
        "c",
      ),
    InputError,
    "layers_per_block: found 16384, accepted is at most 64",
  );
});
