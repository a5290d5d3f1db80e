import { type Shape, sizeOf } from "../../autograd/tensor.ts";
import { InputError } from "../../core/errors.ts";
import { some } from "../../core/shown.ts";

/** A quantised linear as the authors' training saves it. */
export interface OfficialLayer {
  /** Columns of `w`. */
  readonly inputs: number;
  /** Rows of `w`. */
  readonly outputs: number;
  /** Whether there is a `b`. */
  readonly bias: boolean;
  /** Learnt activation ranges; 0 where the tokens are quantised without. */
  readonly ranges: number;
}

/** Names and shapes of the tensors of a checkpoint. */
export interface NamedTensors {
  /** Names the checkpoint in error messages. */
  readonly path: string;
  /** Shape of each tensor by name. */
  readonly tensors: ReadonlyMap<string, { readonly shape: Shape }>;
}

const QUANTISER = /^(.+)\.(?:wquantizer|aquantizer)\.\w+$/;

/** Whether a checkpoint has the keys that the authors' training saves. */
export function isOfficial(
  { tensors }: Pick<NamedTensors, "tensors">,
): boolean {
  return tensors.keys().some((name) => QUANTISER.test(name));
}

/**
 * The quantised linears of an official QVGen checkpoint by path: `w`, `b`,
 * `wquantizer.scale` and `.zero_point` (one a row), `aquantizer.upper` and
 * `.lower` (one a range). Throws InputError that lists all that is missing or
 * misshapen, and for a checkpoint whose low-rank branch is still there.
 */
export function officialLayers(
  source: NamedTensors,
): Map<string, OfficialLayer> {
  const { path, tensors } = source;
  const names = new Set<string>();
  for (const name of tensors.keys()) {
    const layer = QUANTISER.exec(name)?.[1];
    if (layer !== undefined) names.add(layer);
  }
  const faults: string[] = [];
  const layers = new Map<string, OfficialLayer>();
  for (const name of names) {
    const layer = readLayer(name, tensors, (fault) => faults.push(fault));
    if (layer) layers.set(name, layer);
  }
  if (faults.length === 0) return layers;
  throw new InputError(
    `Cannot use the QVGen checkpoint ${path}: ${some(faults)}`,
  );
}

function readLayer(
  name: string,
  tensors: NamedTensors["tensors"],
  fault: (what: string) => void,
): OfficialLayer | undefined {
  const shapeOf = (part: string) => tensors.get(`${name}.${part}`)?.shape;
  const has = (part: string) => tensors.has(`${name}.${part}`);
  if (has("wquantizer.L") || has("wquantizer.R")) {
    fault(`${name} still has its low-rank branch, so its training is not done`);
  }
  const ranged = has("aquantizer.upper") || has("aquantizer.lower");
  const needed = [
    "w",
    "wquantizer.scale",
    "wquantizer.zero_point",
    ...(ranged ? ["aquantizer.upper", "aquantizer.lower"] : []),
  ];
  const missing = needed.filter((part) => !has(part));
  for (const part of missing) fault(`${name}.${part} is missing`);
  if (missing.length > 0) return undefined;
  const [outputs = 0, inputs = 0, ...rest] = shapeOf("w")!;
  const ranges = ranged ? sizeOf(shapeOf("aquantizer.upper")!) : 0;
  const sizes: [string, number][] = [
    ["wquantizer.scale", outputs],
    ["wquantizer.zero_point", outputs],
    ...(has("b") ? [["b", outputs] as [string, number]] : []),
    ...(ranged ? [["aquantizer.lower", ranges] as [string, number]] : []),
  ];
  if (inputs === 0 || rest.length > 0) {
    fault(`${name}.w is [${shapeOf("w")}], accepted is a matrix`);
  }
  for (const [part, size] of sizes) {
    const shape = shapeOf(part)!;
    if (sizeOf(shape) === size) continue;
    fault(`${name}.${part} is [${shape}], but it takes ${size} values`);
  }
  return { inputs, outputs, bias: has("b"), ranges };
}
