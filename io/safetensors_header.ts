import { InputError } from "../core/errors.ts";
import { isObject, parseObject } from "../core/json.ts";
import { shown } from "../core/shown.ts";

/** The element types of a safetensors file, by their names there; all whose elements are whole bytes and real. */
export type Dtype =
  | "F64"
  | "I64"
  | "U64"
  | "F32"
  | "I32"
  | "U32"
  | "F16"
  | "BF16"
  | "I16"
  | "U16"
  | "I8"
  | "U8"
  | "BOOL"
  | "F8_E4M3"
  | "F8_E5M2"
  | "F8_E8M0";

/** Bytes of one element of each dtype that is read and written. */
export const DTYPE_BYTES: Readonly<Record<Dtype, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
};

/** What a file says about one tensor. */
export interface TensorInfo {
  /** The type of its elements. */
  readonly dtype: Dtype;
  /** Sizes, slowest dimension first; empty for a scalar. */
  readonly shape: readonly number[];
  /** Number of elements: the product of the shape. */
  readonly size: number;
}

/** A tensor and where it lies: bytes `begin` to `end` behind the header. */
export interface StoredTensor extends TensorInfo {
  /** Its first byte. */
  readonly begin: number;
  /** The byte after its last. */
  readonly end: number;
}

/** A checked header. */
export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * Parses the header of a safetensors file, trusting nothing in it: every tensor
 * has a known dtype and as many bytes as its shape needs, and together they fill
 * the `bodyBytes` bytes behind the header without a gap or an overlap.
 *
 * @throws InputError naming `path`, the tensor and the reason.
 */
export function parseHeader(
  path: string,
  header: Uint8Array,
  bodyBytes: number,
): Header {
  const entries = Object.entries(parseObject(path, header, "its header"));
  const metadata = new Map<string, string>();
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of entries) {
    if (name === "__metadata__") {
      if (!isObject(entry)) throw bad(path, "__metadata__ must be an object");
      for (const [key, value] of Object.entries(entry)) {
        if (typeof value !== "string") {
          throw bad(path, `the metadata ${shown(key)} must be text`);
        }
        metadata.set(key, value);
      }
    } else {
      tensors.set(name, parseTensor(path, name, entry, bodyBytes));
    }
  }
  checkCoverage(path, tensors, bodyBytes);
  return { metadata, tensors };
}

/** The error for a malformed file. */
export function bad(path: string, reason: string): InputError {
  return new InputError(`Cannot read ${path}: ${reason}`);
}

function parseTensor(
  path: string,
  name: string,
  entry: unknown,
  bodyBytes: number,
): StoredTensor {
  const wrong = (reason: string) =>
    bad(path, `tensor ${shown(name)} ${reason}`);
  if (!isObject(entry)) throw wrong("must be described by an object");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) {
    const accepted = Object.keys(DTYPE_BYTES).join(", ");
    throw wrong(`has dtype ${shown(dtype)}, accepted are ${accepted}`);
  }
  if (!isCounts(shape)) throw wrong(`has the invalid shape ${shown(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw wrong(`has invalid data_offsets ${shown(offsets)}`);
  }
  const size = shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1);
  const bytes = size * DTYPE_BYTES[dtype];
  if (!Number.isSafeInteger(bytes)) {
    throw wrong(`has shape ${shown(shape)}, too large to address`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > bodyBytes) {
    throw wrong(
      `lies at bytes ${begin} to ${end}, but the file holds ${bodyBytes}`,
    );
  }
  if (end - begin !== bytes) {
    throw wrong(
      `has ${end - begin} bytes, but ${dtype} ${shown(shape)} needs ${bytes}`,
    );
  }
  return { dtype, shape, size, begin, end };
}

function checkCoverage(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  bodyBytes: number,
): void {
  const ordered = [...tensors].sort(([, a], [, b]) =>
    a.begin - b.begin || a.end - b.end
  );
  let covered = 0;
  let before = "";
  for (const [name, { begin, end }] of ordered) {
    if (begin < covered) {
      throw bad(path, `tensors ${shown(before)} and ${shown(name)} overlap`);
    }
    if (begin > covered) {
      throw bad(
        path,
        `nothing describes the ${begin - covered} bytes before tensor ${
          shown(name)
        }`,
      );
    }
    covered = end;
    before = name;
  }
  if (covered !== bodyBytes) {
    throw bad(path, `nothing describes its last ${bodyBytes - covered} bytes`);
  }
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === "string" && Object.hasOwn(DTYPE_BYTES, value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) &&
    value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
