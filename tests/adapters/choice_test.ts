import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { chooseAdapter } from "./choice.ts";

Deno.test("tests run as they are asked for: all, on a stand-in, or those of given files", () => {
  const all = { all: true, args: ["--filter=qr"], env: {} };
  assertEquals(chooseAdapter(["--filter=qr"]), all);
  const { all: others, args, env } = chooseAdapter(["--form", "gpu"]);
  assertEquals([others, env], [false, { QVGEN_FORM: "gpu" }]);
  assert(args.includes("kernels") && args.includes("tests/parity_test.ts"));
  const own = chooseAdapter(["--form=default-limits", "gpu/plan_test.ts"]);
  assertEquals(own.args, ["gpu/plan_test.ts"]);
});

Deno.test("an adapter or a form that nobody knows is refused by name", () => {
  const wrong = [["--adapter", "metal"], ["--form"], ["--form=gpus"]];
  for (const args of wrong) {
    assertThrows(() => chooseAdapter(args), InputError, "accepted");
  }
});
