import { dirname, join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { SafetensorsFile } from "../../io/safetensors.ts";
import type { Limit } from "./compare.ts";
import { type Found, isFile } from "./files.ts";

/** A tensor of a case, widened to f32. */
export interface Recorded {
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

/** A recorded case: what its JSON says, and its tensors. */
export class Case {
  readonly path: string;
  readonly json: JsonObject;
  readonly op: string;

  constructor(
    { path, json, op }: Pick<Found, "path" | "json" | "op">,
    readonly tensors: ReadonlyMap<string, Recorded>,
  ) {
    this.path = path;
    this.json = json;
    this.op = op;
  }

  /** The case with the tensors of the safetensors file beside its JSON, if there is one. */
  static async open(found: Found): Promise<Case> {
    const tensors = new Map<string, Recorded>();
    const beside = found.path.replace(/\.json$/, ".safetensors");
    if (await isFile(beside)) {
      using file = await SafetensorsFile.open(beside);
      for (const [name, { shape }] of file.tensors) {
        tensors.set(name, { shape, values: await file.readF32(name) });
      }
    }
    return new Case(found, tensors);
  }

  /** The same case with other tensors and another configuration. */
  with(tensors: Case["tensors"], config: JsonObject): Case {
    const { path, op, json } = this;
    return new Case({ path, op, json: { ...json, config } }, tensors);
  }

  /** A tensor that the case must have. */
  tensor(name: string): Recorded {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new InputError(`${this.path} has no tensor ${name}`);
    return tensor;
  }

  /** The path of another recorded file, which refs name from the folder above the kind's. */
  ref(name: string): string {
    const root = dirname(dirname(this.path));
    const path = this.#part("refs")[name];
    if (typeof path !== "string") throw this.#wrong(`refs.${name}`, "path");
    return join(root, path);
  }

  /** A number of the configuration. */
  number(name: string): number {
    const value = this.config[name];
    if (typeof value === "number") return value;
    throw this.#wrong(`config.${name}`, "number");
  }

  /** A text of the configuration. */
  text(name: string): string {
    const value = this.config[name];
    if (typeof value === "string") return value;
    throw this.#wrong(`config.${name}`, "text");
  }

  /** A list of numbers of the configuration; undefined where it says null. */
  numbers(name: string): number[] | undefined {
    const value = this.config[name];
    if (value === null) return undefined;
    if (Array.isArray(value) && value.every((v) => typeof v === "number")) {
      return value;
    }
    throw this.#wrong(`config.${name}`, "list of numbers");
  }

  /** The parameters of the op, not checked. */
  get config(): JsonObject {
    return this.#part("config");
  }

  /** The tolerance of tensors, by its keys in the case; exact where there is none. */
  limit({ abs = "abs", relToMax = "rel_to_max" } = {}): Limit {
    const tolerance = this.#part("tolerance");
    const [most, share] = [tolerance[abs], tolerance[relToMax]];
    return {
      ...(typeof most === "number" && { abs: most }),
      ...(typeof share === "number" && { relToMax: share }),
    };
  }

  /** One number of the tolerance that the case must name. */
  tolerance(name: string): number {
    const value = this.#part("tolerance")[name];
    if (typeof value === "number") return value;
    throw this.#wrong(`tolerance.${name}`, "number");
  }

  #part(name: string): JsonObject {
    const part = this.json[name];
    return isObject(part) ? part : {};
  }

  #wrong(name: string, type: string): InputError {
    return new InputError(`${this.path}: ${name} is not a ${type}`);
  }
}
