import { timeTogether } from "../../../gpu/profile.ts";
import { type Gpu, type Plan, record } from "../../../gpu/mod.ts";
import type { Tensor } from "../../../autograd/mod.ts";
import { report, time } from "../timer.ts";

const TURNS = 5;

/** Rows that are timed from outside one by one, and on the device in turns. */
export class Clock implements Disposable {
  readonly #rows: { op: string; plan: Plan; repeats: number; ms: number[] }[] =
    [];

  constructor(readonly gpu: Gpu) {}

  /**
   * Adds a row: what `trace` computes, `repeats` times in one submission.
   * Everything that it returns is kept.
   */
  async add(
    op: string,
    trace: () => Tensor | readonly Tensor[],
    repeats = 1,
  ): Promise<Plan> {
    const plan = await record(this.gpu, () => {
      for (let i = 0; i < repeats; i++) {
        for (const y of [trace()].flat() as Tensor[]) y.keep();
      }
    });
    this.#rows.push({ op, plan, repeats, ms: [] });
    return plan;
  }

  /** Times all rows and reports them. */
  async run(): Promise<void> {
    const idle = () => this.gpu.device.queue.onSubmittedWorkDone();
    for (const { plan } of this.#rows) {
      plan.run(); // builds its kernels
      await idle();
    }
    for (let turn = 0; turn < TURNS; turn++) {
      for (const { plan, repeats, ms } of this.#rows) {
        ms.push(await timeTogether(this.gpu, plan.steps) / repeats);
      }
    }
    for (const { op, plan, repeats, ms } of this.#rows) {
      ms.sort((a, b) => a - b);
      await time(op, () => {
        plan.run();
        return idle();
      }, { repeats, device: ms[TURNS >> 1]! });
    }
  }

  /** Reports a count. */
  count(op: string, value: number): void {
    report({ op, value });
  }

  [Symbol.dispose](): void {
    for (const { plan } of this.#rows) plan[Symbol.dispose]();
  }
}
