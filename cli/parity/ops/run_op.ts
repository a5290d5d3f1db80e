import { gradientsOf } from "../../../autograd/op.ts";
import {
  fromArray,
  pinned,
  readAll,
  type Tensor,
} from "../../../autograd/tensor.ts";
import { InputError } from "../../../core/errors.ts";
import type { Gpu } from "../../../gpu/device.ts";
import { record } from "../../../gpu/record.ts";
import type { Case } from "../case.ts";
import { compare, type Comparison } from "../compare.ts";
import type { Runner } from "../runner.ts";

/** The inputs of a case by name; one that the case lacks is an error. */
type Inputs = (name: string) => Tensor;

/** What an op makes of a case's inputs: one output `y`, or several. */
type Op = (
  inputs: Inputs,
  c: Case,
) => Tensor | Readonly<Record<string, Tensor>>;

/** The runners of some operators, by their names in the cases. */
export type Table = Readonly<Record<string, Runner>>;

/** A runner of what `f` says. */
export const op = (f: Op): Runner => (c, gpu) => runOp(c, gpu, f);

/** A runner of y = f(x). */
export const unary = (f: (x: Tensor) => Tensor): Runner =>
  op((use) => f(use("x")));

/** A runner of y = f(a, b). */
export const binary = (f: (a: Tensor, b: Tensor) => Tensor): Runner =>
  op((use) => f(use("a"), use("b")));

/** Runs an op and its gradients; compares every `out.*` and `grad.*` of the case. */
async function runOp(
  c: Case,
  gpu: Gpu,
  op: Op,
): Promise<Comparison[]> {
  const named = (prefix: string) =>
    c.tensors.keys().toArray().filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  const load = (name: string) => {
    const { shape, values } = c.tensor(name);
    return name === "in.ids"
      ? pinned(shape, "u32").write(gpu, Uint32Array.from(values))
      : fromArray(gpu, shape, values);
  };
  const pins = new Map<string, Tensor>();
  const pin = (name: string) => {
    const tensor = pins.get(name) ?? load(name);
    pins.set(name, tensor);
    return tensor;
  };
  using plan = await record(gpu, () => {
    const result = op((name) => pin(`in.${name}`), c);
    const outputs = "storage" in result ? { y: result as Tensor } : result;
    const seeded = named("gout.");
    const targets = named("grad.");
    const grads = gradientsOf(
      seeded.map((name) => outputs[name]!),
      seeded.map((name) => pin(`gout.${name}`)),
      targets.map((name) => pin(`in.${name}`)),
    );
    const all = [
      ...named("out.").map((name) => [`out.${name}`, outputs[name]] as const),
      ...targets.map((name, i) => [`grad.${name}`, grads[i]] as const),
    ];
    return all.map(([name, tensor]) => {
      if (!tensor) throw new InputError(`${c.op} makes no ${name}`);
      return [name, tensor.keep()] as const;
    });
  });
  plan.run();
  const tensors = plan.result.map(([, tensor]) => tensor);
  const values = await readAll(gpu, tensors);
  for (const tensor of [...pins.values(), ...tensors]) tensor.dispose();
  return plan.result.map(([name], i) =>
    compare(name, values[i]!, c.tensor(name).values, c.limit())
  );
}
