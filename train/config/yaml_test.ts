import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { parseYaml } from "./yaml.ts";

const bomb = [
  "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]",
  ...Array.from({ length: 8 }, (_, i) => {
    const times = Array(10).fill(`*a${i}`).join(", ");
    return `a${i + 1}: &a${i + 1} [${times}]`;
  }),
].join("\n");
const mappings = bomb.replaceAll(
  /\[(.*)\]/g,
  (_, list: string) =>
    `{ ${list.split(", ").map((v, i) => `k${i}: ${v}`).join(", ")} }`,
);

Deno.test("YAML that would be endless or enormous is refused at once, by where it is", () => {
  const refused: [string, string][] = [
    [bomb, "at most 10000 values"],
    [mappings, "at most 10000 values"],
    ["a: &a\n  b: *a", "no alias within itself"],
    ["&a [*a]", "no alias within itself"],
    ["[".repeat(100) + "]".repeat(100), "nested at most 16 deep"],
    ["[".repeat(100_000), "nested at most 16 deep"],
    ["{a: ".repeat(50_000), "nested at most 16 deep"],
    ["- ".repeat(50_000) + "1", "nested at most 16 deep"],
    ["a: " + "x".repeat(300_000), "at most 262144"],
    ["a: [", "f.yaml: "],
    ["a: *b", "f.yaml: "],
    ["? [1]\n: 2\n? [1]\n: 2", "f.yaml: "],
  ];
  for (const [text, message] of refused) {
    const before = performance.now();
    const error = assertThrows(
      () => parseYaml(text, "f.yaml"),
      InputError,
      message,
    );
    assert(error instanceof InputError);
    assert(error.message.startsWith("f.yaml: "), error.message);
    assert(error.message.length < 300, error.message);
    assert(performance.now() - before < 2000);
  }
});

Deno.test("aliases that repeat a little are taken", () => {
  const value = parseYaml("a: &a { b: 1 }\nc: *a", "f.yaml");
  assertEquals(value, { a: { b: 1 }, c: { b: 1 } });
  assertEquals(parseYaml("", "f.yaml"), null);
});
