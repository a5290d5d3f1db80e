import { assert, assertEquals } from "@std/assert";
import { openGpu } from "./device.ts";
import { knownTable } from "./shipped_tunings.ts";

Deno.test("software Vulkan has a table, and is not raced", async () => {
  using gpu = await openGpu();
  if (gpu.traits.software) assertEquals(gpu.tuning.races, undefined);
  const table = knownTable({ description: "llvmpipe (LLVM 19, 512 bits)" })!;
  const choices = Object.entries(table);
  assert(choices.length > 0);
  for (const [key, { form, sources }] of choices) {
    assert(/^(matmul|attention) .*\d/.test(key), key);
    assert(/^(subgroup|words|workgroup|dot4|plain) \d/.test(form), form);
    assertEquals(sources, undefined); // it outlives edits of the kernels
  }
});

Deno.test("an adapter that nobody measured has no table", () => {
  assertEquals(knownTable({ description: "Some GPU" }), undefined);
});
