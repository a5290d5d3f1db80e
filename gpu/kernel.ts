/** One way to run one WGSL entry point: its source, its bindings, its parameters. */
export interface Kernel<Names extends string = string> {
  /** The name of its file, for messages and profiles. */
  readonly label: string;
  /** The WGSL. */
  readonly source: string;
  /** The function that runs. */
  readonly entry: string;
  /**
   * Its storage variables.
   * @internal
   */
  readonly bindings: readonly Binding<Names>[];
  /**
   * Where `var<uniform> p: Params` is bound and how it is laid out, if it is declared.
   * @internal
   */
  readonly uniform: Uniform | undefined;
}

export interface Binding<Names extends string = string> {
  readonly name: Names;
  readonly index: number;
  readonly access: "read" | "read_write";
  /** Whether it holds f32 numbers, alone or in vectors, whatever the constants are. */
  readonly f32: boolean;
}

export interface Uniform {
  readonly index: number;
  readonly fields: readonly Field[];
  readonly bytes: number;
}

interface Field {
  readonly name: string;
  readonly type: "u32" | "i32" | "f32";
  /** 1 for a scalar, 4 for a vec4. */
  readonly width: 1 | 4;
  readonly offset: number;
}

/** Values of a kernel's `Params`, by field name; a vec4 field takes four numbers. */
export type Params = Readonly<Record<string, number | readonly number[]>>;

const STORAGE =
  /@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(read|read_write)>\s*(\w+)(?:\s*:\s*array<(?:vec[234]<)?(\w+))?/g;
const UNIFORM =
  /@group\(0\)\s*@binding\((\d+)\)\s*var<uniform>\s*\w+\s*:\s*Params\b/;
const PARAMS = /struct\s+Params\s*\{([^}]*)\}/;

/**
 * Declares a kernel. `names` are the storage variables the entry point uses;
 * index and access are taken from the WGSL, so they are written down once.
 */
export function kernel<const Names extends string>(
  label: string,
  source: string,
  names: readonly Names[],
  entry = "main",
): Kernel<Names> {
  const declared = new Map(
    [...source.matchAll(STORAGE)].map((m) => [m[3], m] as const),
  );
  const bindings = names.map((name): Binding<Names> => {
    const m = declared.get(name);
    if (!m) {
      throw new TypeError(
        `Cannot declare kernel ${label}: no binding "${name}"`,
      );
    }
    const [, index, access, , element] = m;
    const alias = new RegExp(`alias ${element} = (?:vec[234]<)?f32\\b`);
    return {
      name,
      index: Number(index),
      access: access as Binding["access"],
      f32: element === "f32" || alias.test(source),
    };
  });
  return { label, source, entry, bindings, uniform: uniformOf(label, source) };
}

function uniformOf(label: string, source: string): Uniform | undefined {
  const at = UNIFORM.exec(source);
  if (!at) return undefined;
  const body = PARAMS.exec(source)?.[1]?.replace(/\/\/.*$/gm, "") ?? "";
  const fields: Field[] = [];
  let offset = 0;
  for (const part of body.split(",").filter((s) => s.trim())) {
    const m =
      /^\s*(\w+)\s*:\s*(?:vec4<(u32|i32|f32)>|vec4(u|i|f)|(u32|i32|f32))\s*$/
        .exec(part);
    if (!m) {
      throw new TypeError(
        `Cannot declare kernel ${label}: Params takes u32, i32, f32 and their vec4, found "${part.trim()}"`,
      );
    }
    const scalar = m[4] ?? m[2] ?? `${m[3]}32`;
    const width = m[4] ? 1 : 4;
    if (width === 4) offset = Math.ceil(offset / 16) * 16;
    fields.push({
      name: m[1]!,
      type: scalar as Field["type"],
      width,
      offset,
    });
    offset += 4 * width;
  }
  return { index: Number(at[1]), fields, bytes: Math.ceil(offset / 16) * 16 };
}

/** Lays `params` out as the kernel's uniform expects them; every field must be given. */
export function packParams(
  { label, uniform }: Kernel,
  params: Params,
): Uint8Array {
  const unknown = new Set(Object.keys(params));
  const bytes = new Uint8Array(uniform?.bytes ?? 0);
  const view = new DataView(bytes.buffer);
  for (const { name, type, width, offset } of uniform?.fields ?? []) {
    unknown.delete(name);
    const given = params[name];
    const values = typeof given === "number" ? [given] : given ?? [];
    if (values.length !== width) {
      throw new TypeError(
        `Cannot emit ${label}: parameter ${name} takes ${width} values, got ${values.length}`,
      );
    }
    values.forEach((v, i) => {
      const at = offset + 4 * i;
      if (type === "f32") view.setFloat32(at, v, true);
      else if (type === "i32") view.setInt32(at, v, true);
      else view.setUint32(at, v, true);
    });
  }
  if (unknown.size > 0) {
    throw new TypeError(
      `Cannot emit ${label}: it has no parameter ${[...unknown].join(", ")}`,
    );
  }
  return bytes;
}
