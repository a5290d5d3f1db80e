import { assertAlmostEquals, assertEquals } from "@std/assert";
import { alphaBars } from "../../infer/schedulers/alpha_bar.ts";
import { assertClose } from "../../tests/assert_close.ts";
import { readCase } from "../../tests/read_case.ts";
import { flowLevels, vLevels } from "./noise.ts";

interface Training {
  readonly config: { readonly config: Record<string, unknown> };
  readonly tolerance: { readonly abs: number };
}

const flow = flowLevels();

Deno.test("flowLevels() is the reference's", () => {
  const { json: { tolerance }, tensor } = readCase<Training>(
    "schedulers/train_wan",
  );
  const levels = [...tensor("u")].map(flow);
  assertEquals(
    levels.map((level) => level.timestep),
    [...tensor("timesteps")],
  );
  assertClose(levels.map((level) => level.noise), tensor("sigmas"), tolerance);
});

Deno.test("flowLevels() walks the reference's whole table", () => {
  const sigmas = readCase("schedulers/train_wan").tensor("all_sigmas");
  for (const [i, noise] of sigmas.entries()) {
    const timestep = 1000 - i;
    const signal = 1 - noise;
    assertEquals(flow((i + 0.5) / 1000), { timestep, signal, noise });
  }
});

Deno.test("flowLevels() covers both ends of u", () => {
  assertEquals(flow(0), { timestep: 1000, signal: 0, noise: 1 });
  assertEquals(flow(1 - 2 ** -24).timestep, 1);
  assertEquals(flow(1).timestep, 1);
  const { timestep, noise } = flowLevels(10)(0.99);
  assertEquals({ timestep, noise }, { timestep: 1, noise: Math.fround(0.1) });
});

Deno.test("vLevels() falls from pure noise to the first training timestep", () => {
  const { config: { config } } =
    readCase<Training>("schedulers/train_cogvideox").json;
  const levels = vLevels(alphaBars(config));
  assertEquals(levels(0), { timestep: 999, signal: 0, noise: 1 });
  assertEquals(levels(1).timestep, 0);
  for (const u of [0, 0.3, 0.7, 0.99]) {
    const { signal, noise } = levels(u);
    assertAlmostEquals(signal ** 2 + noise ** 2, 1, 1e-6);
  }
});

Deno.test("The authors' weighted loss of x0 is the plain loss of the velocities", () => {
  const { config: { config } } =
    readCase<Training>("schedulers/train_cogvideox").json;
  const levels = vLevels(alphaBars(config));
  const [x, student, teacher] = [0.7, -1.2, 0.4];
  for (const u of [0, 0.2, 0.5, 0.95]) {
    const { signal, noise } = levels(u);
    const x0 = (v: number) => signal * x - noise * v;
    const weight = 1 / (1 - signal ** 2);
    const loss = weight * (x0(student) - x0(teacher)) ** 2;
    assertAlmostEquals(loss, (student - teacher) ** 2, 1e-5);
  }
});
