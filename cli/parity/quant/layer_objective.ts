import { linear } from "../../../autograd/linear.ts";
import { matmul } from "../../../autograd/matmul.ts";
import { mse } from "../../../autograd/losses.ts";
import { mul } from "../../../autograd/binary.ts";
import { detach } from "../../../autograd/op.ts";
import { fromArray, readAll, type Tensor } from "../../../autograd/tensor.ts";
import type { Gpu } from "../../../gpu/device.ts";
import { Linear } from "../../../models/linears/linear.ts";
import { parameters } from "../../../models/module.ts";
import { RangeRule } from "../../../models/quant/range_rule.ts";
import { QuantContext } from "../../../models/quant/context.ts";
import { QuantLinear } from "../../../models/linears/quant_linear.ts";
import { ParameterArena } from "../../../train/optim/parameter_arena.ts";
import { enterStep } from "../../../train/qvgen/phases.ts";
import type { Objective } from "../../../train/optim/trainer.ts";
import type { Case } from "../case.ts";
import { groupOf, type RecordedRun } from "../train/settings.ts";

type Values = Float32Array<ArrayBuffer>;

/**
 * One quantised layer against itself before it was quantised, on recorded
 * inputs.
 */
export class LayerObjective implements Objective, Disposable {
  readonly layer: QuantLinear;
  readonly arena: ParameterArena;
  /** (L diag(gamma)) R as the last step used it; none without Phi. */
  phi: Tensor | undefined;
  readonly #context = new QuantContext();
  readonly #rangeRule: RangeRule;
  readonly #x: Tensor;
  readonly #index: Tensor;
  readonly #w: Tensor;
  readonly #b: Tensor;
  #decomposed = 0;
  #hasPhi = true;

  /** `flips` says of each new singular vector, in order, whether to turn it round. */
  constructor(
    readonly gpu: Gpu,
    readonly c: Case,
    readonly run: RecordedRun,
    readonly flips: readonly boolean[],
  ) {
    const [outputs, inputs] = c.tensor("init.w").shape as [number, number];
    const { student } = run;
    this.layer = new QuantLinear(new Linear(inputs, outputs), {
      ...student,
      context: this.#context,
    });
    this.arena = ParameterArena.create(gpu, parameters(this.layer), {
      groupOf,
    });
    for (const [name, parameter] of parameters(this.layer)) {
      const short = name.slice(name.lastIndexOf(".") + 1);
      parameter.write(gpu, c.tensor(`init.${short}`).values);
    }
    this.#rangeRule = new RangeRule("official-count", student.ranges.count);
    const shape = c.tensor("data.x").shape.slice(1);
    this.#x = fromArray(gpu, shape, this.#inputs(0));
    this.#index = this.#context.setBatch(shape[0]!);
    const load = (name: string) => {
      const { shape, values } = c.tensor(name);
      return fromArray(gpu, shape, values);
    };
    [this.#w, this.#b] = [load("init.w"), load("init.b")];
  }

  planKey(): string {
    return `${this.#hasPhi}`;
  }

  loss(): Tensor {
    const { layer: { rank, wquantizer: { L, R } } } = this;
    const gamma = this.#context.gamma(rank);
    this.phi = L && R && gamma ? matmul(mul(L, gamma), R).keep() : undefined;
    const target = linear(this.#x, this.#w, this.#b);
    return mse(this.layer.forward(this.#x), detach(target));
  }

  async prepare(step: number): Promise<void> {
    const timestep = this.c.tensor("data.timesteps").values[step]!;
    this.write(this.#inputs(step), timestep);
    const student = {
      context: this.#context,
      linears: new Map([["layer", this.layer]]),
    };
    const { decay } = this.run;
    const { hasPhi, startsPhase, rank } = await enterStep(
      this.gpu,
      student,
      decay,
      step,
    );
    this.#hasPhi = hasPhi;
    if (startsPhase) await this.#flip(rank);
  }

  async #flip(rank: number): Promise<void> {
    const { gpu, layer: { wquantizer: { L, R } }, flips } = this;
    if (!L || !R) return;
    const [l, r] = await readAll(gpu, [L, R]) as [Values, Values];
    const [columns, length] = [L.dim(1), R.dim(1)];
    for (let j = 0; j < rank; j++) {
      if (!flips[this.#decomposed++]) continue;
      for (let i = j; i < l.length; i += columns) l[i]! *= -1;
      for (let i = j * length; i < (j + 1) * length; i++) r[i]! *= -1;
    }
    L.write(gpu, l);
    R.write(gpu, r);
  }

  /** While recording: the layer's output for the inputs that were written. */
  forward(): Tensor {
    return this.layer.forward(this.#x);
  }

  /** Sets the inputs of the next run, all at one timestep. */
  write(x: Float32Array<ArrayBuffer>, timestep: number): void {
    this.#x.write(this.gpu, x);
    const timesteps = new Array<number>(this.#index.size).fill(timestep);
    this.#index.write(this.gpu, this.#rangeRule.training(timesteps));
  }

  #inputs(step: number): Float32Array<ArrayBuffer> {
    const { values } = this.c.tensor("data.x");
    const size = values.length / this.run.steps;
    return values.slice(step * size, (step + 1) * size);
  }

  [Symbol.dispose](): void {
    const own = [this.#x, this.#w, this.#b, this.phi];
    for (const tensor of own) tensor?.dispose();
    this.#context[Symbol.dispose]();
    this.arena[Symbol.dispose]();
  }
}
