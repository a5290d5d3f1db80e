import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromArray, readAll } from "../../autograd/tensor.ts";
import { MemorySource, type MemoryTensor } from "../../models/weights/load.ts";
import { InputError } from "../../core/errors.ts";
import { type Gpu, type GpuOptions, openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { Parameter } from "../../models/module.ts";
import { readCase } from "../../tests/read_case.ts";
import { AdamW, type AdamWOptions } from "./optimizer.ts";
import { exportState, importState } from "./optimizer_state.ts";
import { ParameterArena } from "./parameter_arena.ts";

interface OptimJson {
  readonly config: {
    readonly group_of_param: number[];
    readonly weight_decay: number;
    readonly betas: [number, number];
    readonly eps: number;
    readonly clip_grad_norm: number;
    readonly steps: number;
  };
  readonly tolerance: { readonly abs: number; readonly rel: number };
}

function assertNear(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { abs, rel }: { readonly abs: number; readonly rel: number },
  what: string,
): void {
  assertEquals(got.length, want.length, what);
  for (let i = 0; i < want.length; i++) {
    const off = Math.abs(got[i]! - want[i]!);
    assert(
      off <= abs + rel * Math.abs(want[i]!),
      `${what}: [${i}] is ${got[i]}, expected ${want[i]}`,
    );
  }
}

async function checkTrace(name: string, options: GpuOptions): Promise<void> {
  const { json, tensor, shape } = readCase<OptimJson>(`optim/${name}`);
  const { config, tolerance } = json;
  using gpu = await openGpu(options);
  const named = config.group_of_param.map((_, i) => {
    const parameter = new Parameter(shape(`init.p${i}`));
    return [`p${i}`, parameter.write(gpu, tensor(`init.p${i}`))] as const;
  });
  const arena = ParameterArena.create(gpu, named, {
    groupOf: (p) => `${config.group_of_param[Number(p.slice(1))]}`,
  });
  const optimizer = new AdamW(gpu, arena, {
    betas: config.betas,
    eps: config.eps,
    weightDecay: config.weight_decay,
    maxGradNorm: config.clip_grad_norm,
  });
  const grads = named.map(([, { shape }]) =>
    fromArray(gpu, shape, new Float32Array(shape.reduce((a, b) => a * b)))
  );
  using plan = await record(gpu, () => {
    assertEquals(arena.collect(grads), []);
    optimizer.record();
  });
  for (let step = 0; step < config.steps; step++) {
    const at = <T>(key: string, of: { subarray(a: number, b: number): T }) => {
      const size = tensor(key).length / config.steps;
      return of.subarray(step * size, (step + 1) * size);
    };
    named.forEach(([p], i) => {
      const key = `grads.${p}`;
      grads[i]!.write(gpu, at(key, tensor(key)).slice());
    });
    const rates = at("lrs", tensor("lrs"));
    optimizer.prepareStep((group) => rates[Number(group)]);
    plan.run();
    const [stats, ...values] = await readAll(gpu, [
      optimizer.stats,
      ...named.map(([, parameter]) => parameter),
    ]);
    const { norm } = optimizer.explain(stats!);
    const expected = tensor("grad_norms")[step]!; // not recorded without a limit
    if (config.clip_grad_norm > 0) {
      assertNear([norm], [expected], { abs: 0, rel: 1e-6 }, "norm");
    }
    named.forEach(([p], i) => {
      const key = `trace.${p}`;
      assertNear(values[i]!, at(key, tensor(key)), tolerance, `${key} ${step}`);
    });
  }
  const state = exportState(optimizer);
  for (const [p] of named) {
    for (const [mine, torch] of [["m", "exp_avg"], ["v", "exp_avg_sq"]]) {
      const got = await state.get(`${mine}.${p}`)!.data();
      const key = `final.${torch}.${p}`;
      // Moments may be tiny, so that an absolute tolerance would hide them.
      const most = tensor(key).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      assertNear(got, tensor(key), { abs: 1e-6 * most, rel: 1e-5 }, key);
    }
  }
}

for (
  const name of ["qvgen", "cosine", "default_betas_noclip", "small_grads"]
) {
  Deno.test(`AdamW follows torch, with its moments and norms: ${name}`, async () => {
    await checkTrace(`adamw_${name}`, {});
  });
}

Deno.test("AdamW follows torch without subgroups", async () => {
  await checkTrace("adamw_qvgen", { without: ["subgroups"] });
});

/** A weight of 5000 numbers and a range of 3, with the gradients that tests set. */
async function setUp(gpu: Gpu, options: Partial<AdamWOptions>) {
  const w = new Parameter([50, 100]).write(gpu, new Float32Array(5000).fill(1));
  const c = new Parameter([3], "clip").write(gpu, new Float32Array(3).fill(2));
  const arena = ParameterArena.create(gpu, [["w", w], ["c", c]]);
  const optimizer = new AdamW(gpu, arena, options);
  const dw = fromArray(gpu, [50, 100], new Float32Array(5000).fill(0.5));
  const dc = fromArray(gpu, [3], [1, 2, 2]);
  const plan = await record(gpu, () => {
    arena.collect([dw, dc]);
    optimizer.record();
  });
  return { w, c, dw, dc, arena, optimizer, plan };
}

Deno.test("a frozen group keeps values, moments and steps, and is left out of the norm", async () => {
  using gpu = await openGpu();
  const { w, c, optimizer, plan } = await setUp(gpu, {});
  optimizer.prepareStep((group) => group === "clip" ? 0.1 : undefined);
  plan.run();
  const [stats, wNow, cNow] = await readAll(gpu, [optimizer.stats, w, c]);
  const { norm, norms, factor } = optimizer.explain(stats!);
  assertEquals(norm, 3);
  assertNear([factor], [1 / (3 + 1e-6)], { abs: 0, rel: 1e-6 }, "factor");
  assertNear(
    [norms.weight!, norms.clip!],
    [Math.sqrt(1250), 3],
    { abs: 0, rel: 1e-6 },
    "norms",
  );
  assert(wNow!.every((value) => value === 1));
  assert(cNow!.every((value) => Math.abs(value - 1.9) < 1e-4));
  const state = exportState(optimizer);
  assert((await values(state, "m.w")).every((value) => value === 0));
  assertEquals((await values(state, "steps.weight"))[0], 0);
  assertEquals((await values(state, "steps.clip"))[0], 1);
});

Deno.test("a gradient that is not finite skips the step and shows in the norm", async () => {
  for (const bad of [NaN, Infinity, 1e30]) {
    using gpu = await openGpu();
    const { w, c, dw, optimizer, plan } = await setUp(gpu, { ema: 0.5 });
    optimizer.restartAverage();
    dw.write(gpu, new Float32Array(5000).fill(0.5).fill(bad, 4321, 4322));
    optimizer.prepareStep(() => 0.1);
    plan.run();
    const [stats, wNow, cNow] = await readAll(gpu, [optimizer.stats, w, c]);
    const { norm, factor } = optimizer.explain(stats!);
    assert(!Number.isFinite(norm));
    assertEquals(factor, 0);
    assert(wNow!.every((value) => value === 1));
    assert(cNow!.every((value) => value === 2));
    const state = exportState(optimizer);
    assert((await values(state, "m.c")).every((value) => value === 0));
    assert((await values(state, "ema.w")).every((value) => value === 1));
  }
});

Deno.test("the moving average follows the weights", async () => {
  using gpu = await openGpu();
  const { w, optimizer, plan } = await setUp(gpu, { ema: 0.75 });
  optimizer.restartAverage();
  let average = 1;
  for (let step = 0; step < 3; step++) {
    optimizer.prepareStep(() => 0.1);
    plan.run();
    average = 0.75 * average + 0.25 * (await w.read(gpu))[4999]!;
  }
  const [now] = await readAll(gpu, [optimizer.average!.of(w)]);
  assertNear(
    now!,
    Array(5000).fill(average),
    { abs: 1e-6, rel: 0 },
    "average",
  );
});

Deno.test("a run resumed from an exported state goes on bit for bit", async () => {
  using gpu = await openGpu();
  const steps = async (
    { optimizer, plan, arena }: Awaited<ReturnType<typeof setUp>>,
    rates: number[],
  ) => {
    for (const rate of rates) {
      optimizer.prepareStep(() => rate);
      plan.run();
    }
    const values = await readAll(gpu, arena.parameters);
    return { values, state: await inMemory(optimizer) };
  };
  const options = { ema: 0.9 };
  const whole = await steps(await setUp(gpu, options), [0.1, 0.2, 0.3]);
  const half = await steps(await setUp(gpu, options), [0.1]);
  const resumed = await setUp(gpu, options);
  await importState(
    resumed.optimizer,
    new MemorySource("state", half.state),
  );
  const rest = await steps(resumed, [0.2, 0.3]);
  assertEquals(rest.values, whole.values);
  assertEquals(rest.state, whole.state);
});

Deno.test("importState() names what does not fit", async () => {
  using gpu = await openGpu();
  const { optimizer } = await setUp(gpu, {});
  const state = await inMemory(optimizer);
  state.delete("v.c");
  state.set("m.w", { shape: [2], data: new Float32Array(2) });
  await assertRejects(
    () => importState(optimizer, new MemorySource("state", state)),
    InputError,
    "state do not fit the model: 1 missing: v.c; 1 misshapen: m.w is [2]",
  );
  state.set("steps.clip", { shape: [1], data: Float32Array.of(0.5) });
  await assertRejects(
    () => importState(optimizer, new MemorySource("state", state)),
    InputError,
    "state do not fit the optimiser: steps.clip is 0.5",
  );
});

/** Values of a state by name. */
async function values(state: ReturnType<typeof exportState>, name: string) {
  return await state.get(name)!.data() as Float32Array<ArrayBuffer>;
}

async function inMemory(optimizer: AdamW): Promise<Map<string, MemoryTensor>> {
  const state = exportState(optimizer);
  const read = new Map<string, MemoryTensor>();
  for (const [name, { shape }] of state) {
    read.set(name, { shape, data: await values(state, name) });
  }
  return read;
}
