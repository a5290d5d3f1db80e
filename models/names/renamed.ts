import { sizeOf } from "../../autograd/tensor.ts";
import type { ElementRange } from "../../core/element_range.ts";
import { InputError } from "../../core/errors.ts";
import type { TensorFacts, TensorSource } from "../weights/load.ts";
import { SAT_MARKS, satPieces } from "./cogvideox.ts";
import type { Piece } from "./piece.ts";
import { WAN_MARKS, wanName } from "./wan.ts";

interface Origin {
  readonly from: string;
  readonly rows?: Piece["rows"];
}

/** Before all names of models that were saved inside of another: by data-parallel training, torch.compile, a trainer's own class. */
const WRAPPERS = ["module.", "_orig_mod.", "model.", "transformer."];

/** Before the names of a transformer in files of ComfyUI and of SAT. */
const PREFIXES = ["model.diffusion_model.", "diffusion_model."];

/** Which names a checkpoint uses. */
export type Naming = "diffusers" | "Wan" | "SAT";

/**
 * A transformer's checkpoint under diffusers' names, whichever it has: those of
 * the original Wan2.1 or CogVideoX (SAT) code, with ComfyUI's prefixes or those
 * of wrappers (`module.`, `_orig_mod.`) or without. Fused tensors are split when they are read. Under a prefix, all
 * that lies outside of it (an autoencoder, a text encoder) is left out.
 *
 * @example
 * ```ts
 * import { MemorySource, RenamedSource } from "@qvgen/qvgen/models";
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
  /** What stood before them, such as `module.`; nothing for names as ComfyUI writes them too. */
  readonly wrapper: string;
  readonly #source: TensorSource;
  readonly #origins = new Map<string, Origin>();

  /** Throws InputError if two tensors would get the same name. */
  constructor(source: TensorSource) {
    this.path = source.path;
    this.#source = source;
    const names = [...source.tensors.keys()];
    const wrappers = wrappersOf(names);
    const prefix = wrappers +
      (PREFIXES.find((p) =>
        names.some((name) => name.startsWith(wrappers + p))
      ) ?? "");
    this.wrapper = PREFIXES.includes(prefix) ? "" : prefix;
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

  readF32(
    name: string,
    range?: ElementRange,
  ): Promise<Float32Array<ArrayBuffer>> {
    return this.#read(name, range, (...of) => this.#source.readF32(...of));
  }

  readF16(
    name: string,
    range?: ElementRange,
  ): Promise<Uint16Array<ArrayBuffer>> {
    return this.#read(name, range, (...of) => this.#source.readF16(...of));
  }

  readBytes(
    name: string,
    range?: ElementRange,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#read(name, range, (...of) => this.#source.readBytes(...of));
  }

  async #read<T extends Values>(
    name: string,
    range: ElementRange | undefined,
    read: (from: string, range?: ElementRange) => Promise<T>,
  ): Promise<T> {
    const { from, rows } = this.#origin(name);
    if (!rows) return await read(from, range);
    const size = sizeOf(this.#source.tensors.get(from)!.shape);
    const parts = [];
    for (const part of chosen(rows, size, range)) {
      parts.push(await read(from, part));
    }
    return joined(parts);
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

/** The wrappers that all names begin with, those of SAT apart, whose own names begin like one. */
function wrappersOf(names: readonly string[]): string {
  let found = "";
  for (;;) {
    const inside = names.map((name) => name.slice(found.length));
    const next = WRAPPERS.find((wrapper) =>
      inside.length > 0 && inside.every((name) => name.startsWith(wrapper))
    );
    const sat = inside.some((name) => name.startsWith("transformer.layers."));
    if (next === undefined || sat) return found;
    found += next;
  }
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

type Values =
  | Float32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** Maps a range of the chosen rows, concatenated, to ranges of all `size` elements. */
function chosen(
  { of, runs }: Rows,
  size: number,
  { start, count }: ElementRange = { start: 0, count: size },
): ElementRange[] {
  const length = size / of;
  const ranges: ElementRange[] = [];
  let before = 0; // elements of the runs so far
  for (const [first, end] of runs) {
    const from = Math.max(before, start);
    const to = Math.min(before + (end - first) * length, start + count);
    if (from < to) {
      ranges.push({ start: first * length + from - before, count: to - from });
    }
    before += (end - first) * length;
  }
  return ranges;
}

function joined<T extends Values>(parts: readonly T[]): T {
  const [first, ...others] = parts;
  if (!first) throw new RangeError("Cannot read no rows");
  if (others.length === 0) return first;
  const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    all.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  const kind = first.constructor as new (buffer: ArrayBuffer) => T;
  return new kind(all.buffer);
}
