import { pinned, Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/device.ts";
import { emit, isFreshResult, spread } from "../../gpu/emit.ts";
import { copy, zero } from "../../kernels/arena.ts";
import type { Parameter } from "../../models/module.ts";
import { type ArenaLayout, layOut, type Place } from "./arena_layout.ts";

/** Memory with the layout of an arena: the values, gradients or moments. */
export interface ArenaMemory extends Disposable {
  /** A vector for each chunk, padding included; zeros at first. */
  readonly chunks: readonly Tensor[];
  /** The part that belongs to a parameter. */
  of(parameter: Parameter): Tensor;
}

/** How parameters are arranged. */
export interface ArenaOptions {
  /** Names the optimiser group of a parameter; by default its role. */
  readonly groupOf?: (name: string, parameter: Parameter) => string;
}

/**
 * All parameters of a model side by side, in one buffer for each optimiser
 * group, and their gradients in another of the same layout, so that a whole
 * group is one dispatch for the optimiser. Parameters have no values once it is
 * disposed.
 */
export class ParameterArena implements Disposable {
  /** Memory of the parameters. */
  readonly values: ArenaMemory;
  /** Memory to which `collect` brings their gradients. */
  readonly gradients: ArenaMemory;
  readonly #places: ReadonlyMap<Parameter, Place>;

  private constructor(
    readonly gpu: Gpu,
    /** @internal */
    readonly layout: ArenaLayout,
  ) {
    this.#places = new Map(layout.places.map((p) => [p.parameter, p]));
    this.values = this.memory();
    this.gradients = this.memory();
  }

  /**
   * Moves parameters into an arena, values included; those without values get
   * their place, so that loading writes there. Plans recorded before are void.
   */
  static create(
    gpu: Gpu,
    parameters: Iterable<readonly [name: string, parameter: Parameter]>,
    { groupOf = (_, { role }) => role }: ArenaOptions = {},
  ): ParameterArena {
    const most = Math.floor(gpu.traits.maxBindingBytes / 256) * 256;
    const arena = new ParameterArena(gpu, layOut(parameters, groupOf, most));
    const encoder = gpu.device.createCommandEncoder();
    const moves = arena.layout.places.map(({ parameter }) =>
      [parameter.storage, arena.values.of(parameter).storage] as const
    );
    for (const [{ buffer, offset, bytes }, to] of moves) {
      if (!buffer) continue;
      encoder.copyBufferToBuffer(buffer, offset, to.buffer!, to.offset, bytes);
    }
    gpu.device.queue.submit([encoder.finish()]);
    for (const [from, to] of moves) from.settle(to.buffer!, to.offset);
    return arena;
  }

  /** The optimiser groups, in the order of their chunks. */
  get groups(): readonly string[] {
    return this.layout.groups;
  }

  /** The parameters, in the order in which `collect` takes gradients. */
  get parameters(): Parameter[] {
    return this.layout.places.map(({ parameter }) => parameter);
  }

  /** More memory of this layout, filled with zeros. */
  memory(): ArenaMemory {
    const chunks = this.layout.chunks.map(({ bytes }) => {
      const chunk = pinned([bytes / 4]);
      chunk.storage.place(this.gpu.pool);
      chunk.storage.fill(); // with zeros, as WebGPU gives memory out
      return chunk;
    });
    return {
      chunks,
      [Symbol.dispose]() {
        for (const chunk of chunks) chunk[Symbol.dispose]();
      },
      of: (parameter) => {
        const { chunk, offset } = this.#place(parameter);
        const part = new Tensor(parameter.shape);
        const whole = chunks[chunk]!.storage;
        part.storage.settle(whole.buffer!, offset, whole);
        return part;
      },
    };
  }

  /**
   * While recording, brings the gradients of `parameters` to their places: a
   * result that only waits to be read is written there at once, others are
   * copied. Returns the names of parameters without one: theirs become zero.
   */
  collect(grads: readonly (Tensor | undefined)[]): string[] {
    const { places } = this.layout;
    if (grads.length !== places.length) {
      throw new RangeError(
        `Cannot collect ${grads.length} gradients for ${places.length} parameters`,
      );
    }
    const shares = Map.groupBy(grads, (grad) => grad?.storage);
    const missing: string[] = [];
    places.forEach(({ name, parameter }, i) => {
      const y = this.gradients.of(parameter);
      const groups = spread(y.size, 1024);
      const x = grads[i];
      if (!x) {
        missing.push(name);
        emit(zero, { y }, groups);
      } else if (x.size !== y.size) {
        throw new RangeError(
          `Cannot collect the gradient of ${name}: it is [${x.shape}], the parameter [${parameter.shape}]`,
        );
      } else if (
        shares.get(x.storage)!.length === 1 && isFreshResult(x.storage)
      ) {
        x.storage.settle(y.storage.buffer!, y.storage.offset);
      } else {
        emit(copy, { x, y }, groups);
      }
    });
    return missing;
  }

  /** Gives values and gradients back; moments belong to optimisers. */
  [Symbol.dispose](): void {
    for (const parameter of this.parameters) {
      const { storage } = this.values.of(parameter);
      if (parameter.storage.buffer === storage.buffer) {
        parameter.storage.unsettle(); // else it lives in another arena now
      }
    }
    this.values[Symbol.dispose]();
    this.gradients[Symbol.dispose]();
  }

  #place(parameter: Parameter): Place {
    const place = this.#places.get(parameter);
    if (!place) {
      throw new RangeError(
        `The arena has no place for a parameter of shape [${parameter.shape}]`,
      );
    }
    return place;
  }
}
