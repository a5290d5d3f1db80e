import { assertEquals } from "@std/assert";
import { resultLines } from "./result_lines.ts";

Deno.test("resultLines() keeps to 80 columns, a long path apart", () => {
  const facts = ["seed 7", "16 steps", "43 ms a step", "GPU 2.3 MB (W4A4)"];
  assertEquals(
    resultLines("clips/x.mp4", facts),
    "clips/x.mp4  seed 7, 16 steps, 43 ms a step, GPU 2.3 MB (W4A4)",
  );
  const long = `clips/${"x".repeat(80)}.mp4`;
  assertEquals(resultLines(long, [...facts, ...facts]).split("\n"), [
    long,
    "  seed 7, 16 steps, 43 ms a step, GPU 2.3 MB (W4A4), seed 7, 16 steps, 43 ms a",
    "  step, GPU 2.3 MB (W4A4)",
  ]);
});

Deno.test({
  name: "resultLines() shows a path as it would be typed",
  permissions: { env: ["INIT_CWD"] },
  fn() {
    const before = Deno.env.get("INIT_CWD");
    Deno.env.set("INIT_CWD", "/home/me");
    try {
      assertEquals(resultLines("/home/me/a/b.mp4", ["x"]), "a/b.mp4  x");
      assertEquals(resultLines("/home/b.mp4", ["x"]), "/home/b.mp4  x");
    } finally {
      if (before === undefined) Deno.env.delete("INIT_CWD");
      else Deno.env.set("INIT_CWD", before);
    }
  },
});
