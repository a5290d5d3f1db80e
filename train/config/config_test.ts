import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { configYaml, resolveConfig } from "./config.ts";
import { configKeys, configSource, readConfigFile } from "./config_source.ts";

const values = (given: Record<string, unknown>) =>
  configSource(given, (path) => path.join("."));

/** Runs `use` on a config file with this text. */
function withFile(text: string, use: (file: string) => void) {
  const file = Deno.makeTempFileSync({ suffix: ".yaml" });
  try {
    Deno.writeTextFileSync(file, text);
    use(file);
  } finally {
    Deno.removeSync(file);
  }
}

function refuses(text: string, ...messages: string[]) {
  withFile(text, (file) => {
    for (const message of messages) {
      assertThrows(
        () => readConfigFile(file),
        InputError,
        `Config ${file}: ${message}`,
      );
    }
  });
}

Deno.test("resolveConfig() lays a file over the defaults and flags over the file", () => {
  withFile("steps: 100\nlr:\n  ranges: 1e-3\n  low_rank: 5e-4\n", (file) => {
    const flags = values({ steps: 200, lr: { ranges: 0.5 } });
    const config = resolveConfig([readConfigFile(file), flags]);
    assertEquals([config.steps, config.warmUp, config.batch], [200, 20, 8]);
    assertEquals([config.lr.ranges, config.lr.lowRank], [0.5, 5e-4]);
    assertEquals(config.bits, { weights: 4, activations: 4 });
    assertEquals(config.out, "runs/qvgen-w4a4");
  });
});

Deno.test("readConfigFile() takes the names that earlier configs have", () => {
  const earlier = "clip_rule: product\ngrad_clip: 2\nlr:\n  clips: 1e-3\n";
  withFile(earlier, (file) =>
    assertEquals(readConfigFile(file).values, {
      rangeRule: "timestep",
      maxGradNorm: 2,
      lr: { ranges: 1e-3 },
    }));
  refuses("clip_rule: none", 'range_rule: found "none", accepted timestep');
});

Deno.test("resolveConfig() ends all phases before the last step, as the authors do", () => {
  const phaseSteps = (steps: number) =>
    resolveConfig([values({ steps })]).phaseSteps;
  assertEquals([phaseSteps(2667), phaseSteps(2000)], [444, 333]);
});

Deno.test("resolveConfig() takes rank 0 for methods without Phi", () => {
  for (const method of ["naive", "full"]) {
    const config = resolveConfig([values({ method, rank: 16, steps: 3 })]);
    assertEquals(config.rank, 0);
  }
});

Deno.test("resolveConfig() refuses settings that contradict", () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ steps: 6 }, "6 steps with rank 32, accepted at least 7"],
    [{ steps: 61, phaseSteps: 11 }, "11 steps a phase, accepted at most 10"],
    [{ steps: 20, warmUp: 20 }, "20 warm-up steps, accepted fewer than the 20"],
  ];
  for (const [given, message] of cases) {
    assertThrows(() => resolveConfig([values(given)]), InputError, message);
  }
});

Deno.test("readConfigFile() names file, key, what was found and what is accepted", () => {
  refuses("stepz: 3", "stepz: found an unknown key (did you mean steps?)");
  refuses("checkpoint-every: 3", "checkpoint-every: found an unknown key (did");
  refuses(
    "lr: { range: 1 }",
    "lr.range: found an unknown key (did you mean ranges?)",
  );
  refuses(
    "steps: ten",
    'steps: found "ten", accepted an integer of at least 1',
  );
  refuses("steps: 1.5", "steps: found 1.5, accepted an integer");
  refuses(
    "max_grad_norm: .inf",
    "max_grad_norm: found Infinity, accepted a number of",
  );
  refuses("eps: .nan", "eps: found NaN, accepted a number from");
  refuses(
    "lr: 0.1",
    "lr: found 0.1, accepted a mapping of weights, scale_zero",
  );
  refuses("lr: { low_rank: 2 }", "lr.low_rank: found 2, accepted a number");
  refuses("betas: [0.9]", "betas");
  refuses("resume: 1", "resume: found 1, accepted true or false");
  refuses("bits: W5A4", 'bits: found "W5A4", accepted 4, 3 or WxAy');
  refuses("rank: 12", "rank: found 12, accepted 0 or a power of two up to 512");
  refuses("model: ''", 'model: found "", accepted text that is not empty');
  refuses(
    "method: qvgn",
    'method: found "qvgn", accepted qvgen, naive or full (did you mean qvgen?)',
  );
  refuses("- 1", 'found no keys, accepted lines such as "steps: 300"');
  refuses("steps: 1\nsteps: 2", "Cannot store mapping pair: duplicated key");
  assertThrows(() => readConfigFile("no.yaml"), InputError, "no such file");
});

Deno.test("configYaml() gives the same config again", () => {
  const config = resolveConfig([values({ bits: "W4A6", steps: 100 })]);
  withFile(configYaml(config), (file) => {
    assertEquals(resolveConfig([readConfigFile(file)]), config);
  });
});

Deno.test("configKeys() lists each key with its words and default", () => {
  const keys = new Map(configKeys().map((key) => [key.path.join("."), key]));
  assertEquals(keys.get("lr.ranges")?.default, 1e-2);
  assertEquals(keys.get("out")?.default, undefined);
  assertEquals(keys.get("resume")?.default, false);
  assertEquals(keys.get("steps")?.field.type, "integer");
});
