import { InputError } from "../../core/errors.ts";
import type { TensorFacts, TensorSource } from "../load.ts";
import { SAT_MARKS, satPieces } from "./cogvideox.ts";
import { WAN_MARKS, wanName } from "./wan.ts";

/** One of the tensors that a foreign tensor becomes. */
export interface Piece {
  /** As diffusers calls it. */
  readonly name: string;
  /** Which of its rows, counted in equal parts; all of them by default. */
  readonly rows?: {
    /** How many parts the rows are split into. */
    readonly of: number;
    /** First and end of each run of parts, in the order they are put together. */
    readonly runs: readonly (readonly [first: number, end: number])[];
  };
}

interface Origin {
  readonly from: string;
  readonly rows?: Piece["rows"];
}

/** Before the names of a transformer in files of ComfyUI and of SAT. */
const PREFIXES = ["model.diffusion_model.", "diffusion_model."];

/** Which names a checkpoint uses. */
export type Naming = "diffusers" | "Wan" | "SAT";

/**
 * A transformer's checkpoint under diffusers' names, whichever it has: those of
 * the original Wan2.1 or CogVideoX (SAT) code, with ComfyUI's prefixes or
 * without. Fused tensors are split when they are read. Under a prefix, all
 * that lies outside of it (an autoencoder, a text encoder) is left out.
 *
 * @example
 * ```ts
 * import { MemorySource } from "../load.ts";
 * import { RenamedSource } from "./renamed.ts";
 *
 * const data = Float32Array.of(0.5);
 * const file = new MemorySource("wan.safetensors", new Map([
 *   ["model.diffusion_model.head.head.bias", { shape: [1], data }],
 *   ["model.diffusion_model.head.modulation", { shape: [1], data }],
 * ]));
 * const source = new RenamedSource(file);
 * console.log(source.naming, [...source.tensors.keys()]); // Wan, proj_out.bias, ...
 * ```
 */
export class RenamedSource implements TensorSource {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorFacts>;
  /** Which names it had. */
  readonly naming: Naming;
  readonly #source: TensorSource;
  readonly #origins = new Map<string, Origin>();

  /** Throws InputError if two tensors would get the same name. */
  constructor(source: TensorSource) {
    this.path = source.path;
    this.#source = source;
    const names = [...source.tensors.keys()];
    const prefix = PREFIXES.find((p) => names.some((n) => n.startsWith(p))) ??
      "";
    const inside = names.filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
    this.naming = namingOf(inside);
    const tensors = new Map<string, TensorFacts>();
    for (const name of inside) {
      const from = prefix + name;
      const facts = source.tensors.get(from)!;
      for (const piece of this.#pieces(name)) {
        if (tensors.has(piece.name)) {
          throw new InputError(
            `Cannot read ${source.path}: ${from} and ${
              this.#origins.get(piece.name)!.from
            } both mean ${piece.name}`,
          );
        }
        const { rows } = piece;
        this.#origins.set(piece.name, { from, ...(rows && { rows }) });
        tensors.set(piece.name, rows ? partOf(facts, from, rows) : facts);
      }
    }
    this.tensors = tensors;
  }

  async readF32(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { from, rows } = this.#origin(name);
    const all = await this.#source.readF32(from);
    return rows ? chosen(all, rows) : all;
  }

  async readF16(name: string): Promise<Uint16Array<ArrayBuffer>> {
    const { from, rows } = this.#origin(name);
    const all = await this.#source.readF16(from);
    return rows ? chosen(all, rows) : all;
  }

  async readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { from, rows } = this.#origin(name);
    const all = await this.#source.readBytes(from);
    return rows ? chosen(all, rows) : all;
  }

  #pieces(name: string): readonly Piece[] {
    if (this.naming === "SAT") return satPieces(name);
    return [{ name: this.naming === "Wan" ? wanName(name) : name }];
  }

  #origin(name: string): Origin {
    const origin = this.#origins.get(name);
    if (!origin) throw new RangeError(`${this.path} has no tensor ${name}`);
    return origin;
  }
}

function namingOf(names: readonly string[]): Naming {
  if (names.some((name) => WAN_MARKS.includes(name))) return "Wan";
  const sat = names.some((name) =>
    SAT_MARKS.some((mark) => name.startsWith(mark))
  );
  return sat ? "SAT" : "diffusers";
}

type Rows = NonNullable<Piece["rows"]>;

function partOf(facts: TensorFacts, name: string, rows: Rows): TensorFacts {
  const [length = 0, ...rest] = facts.shape;
  if (length % rows.of !== 0) {
    throw new InputError(
      `Tensor ${name} is [${facts.shape}], whose rows do not split into ${rows.of} parts`,
    );
  }
  const parts = rows.runs.reduce((sum, [a, b]) => sum + b - a, 0);
  return { ...facts, shape: [length / rows.of * parts, ...rest] };
}

/** The runs of equal parts of an array, one behind the other. */
function chosen<
  T extends
    | Float32Array<ArrayBuffer>
    | Uint16Array<ArrayBuffer>
    | Uint8Array<ArrayBuffer>,
>(all: T, { of, runs }: Rows): T {
  const length = all.length / of;
  const copy = all.slice();
  let at = 0;
  for (const [first, end] of runs) { // upwards, so nothing is overwritten too early
    copy.copyWithin(at, first * length, end * length);
    at += (end - first) * length;
  }
  return copy.slice(0, at) as T;
}
