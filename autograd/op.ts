import { emit, spread } from "../gpu/emit.ts";
import { runningTrace, traceFor } from "../gpu/trace.ts";
import { accumulate } from "../kernels/accumulate.ts";
import { full } from "./full.ts";
import { type Pullback, Tape } from "./tape.ts";
import { like, type Shape, sizeOf, Tensor } from "./tensor.ts";

/** How long the tape is: what is computed from here on has places from it on. */
export function tapeLength(): number {
  return traceFor("trace gradients").slot(Tape).length;
}

/**
 * Says how a gradient reaches `inputs` through `y`. The pullback emits the
 * backward work; what it closes over is saved, because the planner sees the
 * later use. Nothing it emits runs unless somebody asks for the result.
 */
export function differentiable(
  y: Tensor,
  inputs: readonly Tensor[],
  pullback: Pullback,
): Tensor {
  runningTrace()?.slot(Tape).note(y, inputs, pullback);
  return y;
}

/** The same values under another shape of the same size; shares storage. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sizeOf(shape) !== x.size) {
    throw new RangeError(`Cannot reshape [${x.shape}] to [${shape}]`);
  }
  if (`${shape}` === `${x.shape}`) return x;
  const y = new Tensor(shape, x.dtype, x.storage);
  return differentiable(y, [x], (dy) => [reshape(dy, x.shape)]);
}

/** The same values, through which no gradient flows. */
export function detach(x: Tensor): Tensor {
  return new Tensor(x.shape, x.dtype, x.storage);
}

/**
 * Emits the backward pass of `y` and returns the gradient of each target,
 * undefined where none reaches it. `dy` is the gradient of `y` itself; a loss,
 * which is one number, may leave it out for 1. What another plan computed
 * counts as given: no gradient leaves the plan that is being recorded.
 */
export function gradients(
  y: Tensor,
  dy: Tensor | undefined,
  targets: readonly Tensor[],
): (Tensor | undefined)[] {
  traceFor("take gradients");
  if (!dy && y.size !== 1) {
    throw new RangeError(
      `Cannot take gradients of [${y.shape}] without its own gradient dy: only a single number may leave it out`,
    );
  }
  return gradientsOf([y], [dy ?? full(y.shape, 1)], targets);
}

/**
 * As `gradients`, of several outputs at once. What was computed before the
 * tape had `since` places counts as given: nothing is followed beyond it.
 */
export function gradientsOf(
  outputs: readonly Tensor[],
  seeds: readonly Tensor[],
  targets: readonly Tensor[],
  since = 0,
): (Tensor | undefined)[] {
  const tape = traceFor("take gradients").slot(Tape);
  const order = sorted(tape, outputs, new Set(targets), since);
  const grads = new Map<Tensor, Tensor>();
  for (const [i, y] of outputs.entries()) {
    const dy = seeds[i]!;
    if (dy.size !== y.size) {
      throw new RangeError(
        `Cannot take gradients of [${y.shape}]: its own gradient dy is [${dy.shape}]`,
      );
    }
    grads.set(y, sum(grads.get(y), dy));
  }
  for (const t of order) {
    const origin = tape.originOf(t, since);
    const grad = grads.get(t);
    if (!origin || !grad) continue;
    const take = (i: number) => {
      const x = origin.inputs[i]!;
      const before = grads.get(x);
      grads.delete(x);
      return before;
    };
    for (const [i, d] of origin.pullback(grad, take).entries()) {
      const x = origin.inputs[i];
      if (d && x && order.has(x)) grads.set(x, sum(grads.get(x), d));
    }
  }
  return targets.map((t) => grads.get(t));
}

/** The tensors from which `y` was computed since the tape had `since` places. */
export function leavesOf(y: Tensor, since: number): Tensor[] {
  const tape = traceFor("trace gradients").slot(Tape);
  const seen = new Set<Tensor>();
  const leaves: Tensor[] = [];
  const visit = (t: Tensor) => {
    if (seen.has(t)) return;
    seen.add(t);
    const origin = tape.originOf(t, since);
    if (origin) origin.inputs.forEach(visit);
    else leaves.push(t);
  };
  visit(y);
  return leaves;
}

/** Every tensor between the targets and the outputs, outputs first. */
function sorted(
  tape: Tape,
  outputs: readonly Tensor[],
  targets: ReadonlySet<Tensor>,
  since: number,
): Set<Tensor> {
  const leads = new Map<Tensor, boolean>();
  const order: Tensor[] = [];
  const visit = (t: Tensor): boolean => {
    const known = leads.get(t);
    if (known !== undefined) return known;
    let found = targets.has(t);
    leads.set(t, found);
    for (const x of tape.originOf(t, since)?.inputs ?? []) {
      found = visit(x) || found;
    }
    leads.set(t, found);
    if (found) order.push(t);
    return found;
  };
  outputs.forEach(visit);
  return new Set(order.reverse());
}

function sum(a: Tensor | undefined, b: Tensor): Tensor {
  if (!a) return b;
  const c = like(b);
  emit(accumulate, { a, b, c }, spread(c.size, 256));
  return c;
}
