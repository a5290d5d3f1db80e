import { type DType, type Shape, Tensor } from "../autograd/tensor.ts";

/**
 * What a parameter is to the optimiser, which has a learning rate for each role.
 * `clip` is what checkpoints and logs call the logits of activation ranges.
 */
export type Role = "weight" | "scale" | "clip" | "low_rank";

/** A learnable tensor. It costs no GPU memory until values are loaded. */
export class Parameter extends Tensor {
  /** A parameter of this shape, without values. */
  constructor(
    shape: Shape,
    readonly role: Role = "weight",
    dtype: DType = "f32",
  ) {
    super(shape, dtype);
    this.keep();
  }

  /** What gives it values, for messages. */
  get filledBy(): string {
    return `it is a parameter (${this.role} [${this.shape}]): load() or initialise the layer that has it, or write() it`;
  }
}

/**
 * A layer or network. Fields carry the checkpoint's names. Disposing it gives
 * back all that it and the modules in it hold on the GPU; parameters that live
 * in an arena, or in the pages of a streamed model, stay with these.
 */
export abstract class Module implements Disposable {
  /**
   * Tensors beside the parameters that it owns: what it made of them.
   * @internal
   */
  derived(): Iterable<Tensor> {
    return [];
  }

  /** Gives its memory back; it may be loaded again. */
  [Symbol.dispose](): void {
    for (const { storage } of ownedBy(this)) {
      if (storage.ownership === "owned") storage[Symbol.dispose]();
    }
  }
}

function* ownedBy(module: object): Generator<Tensor> {
  if (module instanceof Module) yield* module.derived();
  for (const [, value] of children(module, "")) {
    if (value instanceof Parameter) yield value;
    else yield* ownedBy(value);
  }
}

/** Yields every parameter under `module` with its path, in field order. */
export function* parameters(
  module: object,
  path = "",
): Generator<[name: string, value: Parameter]> {
  for (const [key, value] of children(module, path)) {
    if (value instanceof Parameter) yield [key, value];
    else yield* parameters(value, key);
  }
}

/** Yields every module of a class under `module` with its path, in field order. */
export function* modulesOf<T extends Module>(
  kind: abstract new (...args: never[]) => T,
  module: object,
  path = "",
): Generator<[name: string, value: T]> {
  for (const [key, value] of children(module, path)) {
    if (value instanceof kind) yield [key, value];
    if (!(value instanceof Parameter)) yield* modulesOf(kind, value, key);
  }
}

/**
 * Replaces modules of a class in the tree by what `replace` makes of them;
 * undefined leaves one as it is. Quantising a network is this.
 */
export function replaceModules<T extends Module>(
  kind: abstract new (...args: never[]) => T,
  module: object,
  replace: (path: string, value: T) => Module | undefined,
  path = "",
): void {
  for (const [key, value] of children(module, path)) {
    if (value instanceof kind) {
      const other = replace(key, value);
      const field = key.slice(key.lastIndexOf(".") + 1);
      if (other) (module as Record<string, Module>)[field] = other;
    } else if (!(value instanceof Parameter)) {
      replaceModules(kind, value, replace, key);
    }
  }
}

function* children(
  module: object,
  path: string,
): Generator<[name: string, value: object]> {
  for (const [key, value] of Object.entries(module)) {
    const nested = value instanceof Module || value instanceof Parameter ||
      Array.isArray(value);
    if (nested) yield [path ? `${path}.${key}` : key, value];
  }
}
