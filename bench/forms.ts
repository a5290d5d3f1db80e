import { attention } from "../autograd/attention.ts";
import { linear } from "../autograd/linear.ts";
import { gradients } from "../autograd/op.ts";
import { quantizeLinear } from "../autograd/quantize_linear.ts";
import { fromArray, type Tensor } from "../autograd/tensor.ts";
import { defineCommand, type Parsed } from "../cli/flags/flag_types.ts";
import { OUTPUT_FLAGS } from "../cli/flags/output_flags.ts";
import { jsonText } from "../cli/json_text.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import { timeGroups } from "../gpu/profile.ts";
import { record } from "../gpu/record.ts";
import type { Step } from "../gpu/step.ts";
import { Tuning } from "../gpu/tuning.ts";

/** What the command line knows of `bench forms`. */
export const command = defineCommand({
  name: "bench forms",
  summary:
    "Times every form that products and attention have on this adapter, warm and in turns, with the one that is taken without a tuning table first.",
  flags: {
    only: {
      type: "string",
      help: "Part of a row's name, as W4A4 or attention",
    },
    json: OUTPUT_FLAGS.json,
  },
  examples: ["--only W4A4", "--json"],
});

/** Work whose forms are compared: `timed` is the entry point that has them. */
interface Row {
  readonly name: string;
  readonly flops: number;
  readonly timed: RegExp;
  readonly trace: () => Tensor | readonly Tensor[];
}

// Rows x inputs x outputs: of few tiles, of many, long, narrow, and the conditioning.
const PRODUCTS = [
  [512, 1536, 1536],
  [4096, 1536, 8960],
  [4096, 8960, 1536],
  [2048, 512, 128],
  [8, 1536, 1536],
] as const;
const WIDTHS = [[4, 4], [3, 3], [8, 8]] as const;
// Batch, heads, queries, keys, columns of a head.
const ATTENTION = [[1, 12, 1024, 1024, 128], [32, 8, 64, 64, 32]] as const;

const WARM_MS = 250; // of work, until a GPU's clock holds
const RUN_MS = 12; // of a form in one pass
const ROUNDS = 3;

/** Times and prints; on software adapters too, which take their time. */
export async function timeForms(
  { flags }: Parsed<typeof command.flags>,
  _run: unknown,
  print: (line: string) => void = console.log,
): Promise<void> {
  using gpu = await openGpu();
  if (!flags.json) print(`Adapter: ${gpu.info.description}`);
  for (const row of rows(gpu)) {
    if (!row.name.includes(flags.only ?? "")) continue;
    for (const { form, ms } of await compare(gpu, row)) {
      const [least = 0, middle = 0, most = 0] = ms.toSorted((a, b) => a - b);
      const rate = row.flops / middle / 1e6;
      print(
        flags.json
          ? jsonText({ name: row.name, form, ms: middle, least, most })
          : `${row.name.padEnd(34)} ${form.padEnd(32)} ${
            middle.toPrecision(3).padStart(8)
          } ms ${rate.toPrecision(3).padStart(7)} GFLOP/s`,
      );
    }
  }
}

function* rows(gpu: Gpu): Generator<Row> {
  const inputs = (...shape: number[]) => {
    const size = shape.reduce((a, b) => a * b);
    const values = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
    return fromArray(gpu, shape, values);
  };
  for (const [M, K, N] of PRODUCTS) {
    const size = `${M} x ${K} x ${N}`;
    const flops = 2 * M * K * N;
    using x = inputs(M, K);
    using w = inputs(N, K);
    const trace = () => linear(x, w);
    yield { name: `f32 ${size}`, flops, timed: /^matmul/, trace };
    for (const [weights, activations] of WIDTHS) {
      const name = `W${weights}A${activations} ${size}`;
      const bits = { weights, activations };
      const trace = () =>
        quantizeLinear(w, bits, { range: "minmax" }).forward(x);
      yield { name, flops, timed: /^matmul_codes/, trace };
    }
  }
  for (const [B, H, Lq, Lk, Dh] of ATTENTION) {
    const size = `${B} x ${H} heads of ${Dh}, ${Lq} x ${Lk}`;
    const product = 2 * B * H * Lq * Lk * Dh;
    using q = inputs(B, Lq, H, Dh);
    using k = inputs(B, Lk, H, Dh);
    const forward = () => attention(q, k, k);
    const walk = (...targets: Tensor[]) => () => {
      const y = attention(q, k, k);
      return gradients(y, q, targets).map((d) => d!);
    };
    const timed = /^attention.*forward/;
    yield {
      name: `attention ${size}`,
      flops: 2 * product,
      timed,
      trace: forward,
    };
    const back = { timed: /^attention.*backward/ };
    yield { name: `dq ${size}`, flops: 3 * product, ...back, trace: walk(q) };
    yield {
      name: `dk dv ${size}`,
      flops: 4 * product,
      ...back,
      trace: walk(k),
    };
  }
}

/** One form: its steps, so often in a row, and what each repetition took. */
interface Run {
  readonly form: string;
  readonly times: number;
  readonly steps: readonly Step[];
  readonly ms: number[];
}

/** Takes the first form of all, and leaves it known which others there are. */
class FirstForms extends Tuning {
  override resolve(_: Gpu, list: readonly Dispatch[]): Promise<Dispatch[]> {
    return Promise.resolve([...list]);
  }
}

/** The ms of every form in each round; plans are built first, so that nothing interrupts the rounds. */
async function compare(
  gpu: Gpu,
  { trace, timed }: Row,
): Promise<Run[]> {
  using stack = new DisposableStack();
  const stepsWith = async (tuning: Tuning) => {
    gpu.tuning = tuning;
    const plan = stack.use(
      await record(gpu, () => [trace()].flat().map((t) => t.keep())),
    );
    for (const result of plan.result) stack.use(result);
    await plan.runInParts();
    return plan.steps.filter(({ label }) => timed.test(label));
  };
  const [first] = await stepsWith(new FirstForms({}));
  const { key, forms } = first!.dispatch.race!;
  const runs: Run[] = [];
  for (const form of forms.keys()) {
    const steps = await stepsWith(new Tuning({ [key]: { form } }));
    const [once = 0] = await timeGroups(gpu, [steps]);
    const times = Math.max(1, Math.floor(RUN_MS / once));
    const repeated = Array.from({ length: times }, () => steps).flat();
    runs.push({ form, times, steps: repeated, ms: [] });
  }
  const round = () => timeGroups(gpu, runs.map(({ steps }) => steps));
  const warm = performance.now() + (gpu.traits.software ? 0 : WARM_MS);
  do await round(); while (performance.now() < warm);
  for (let i = 0; i < ROUNDS; i++) {
    const taken = await round();
    runs.forEach(({ times, ms }, form) => ms.push(taken[form]! / times));
  }
  return runs;
}
