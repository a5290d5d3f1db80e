import { concat as joined } from "../../io/video/bytes.ts";

/** One or more encoded protobuf fields. */
export type Encoded = Uint8Array<ArrayBuffer>;

/** Fields one after the other. */
export function concat(...fields: readonly Uint8Array[]): Encoded {
  return joined(fields);
}

/** A whole number of at least 0, seven bits a byte, lowest first. */
function varint(value: number): Encoded {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) {
    bytes.push(value % 128 + 128);
  }
  return Uint8Array.from([...bytes, value]);
}

const enum Wire {
  Varint = 0,
  Fixed64 = 1,
  Length = 2,
  Fixed32 = 5,
}

const key = (field: number, wire: Wire) => varint(field * 8 + wire);

/** An integer or enum field: int32, int64, uint64. */
export function int(field: number, value: number): Encoded {
  return concat(key(field, Wire.Varint), varint(value));
}

/** A double field. */
export function double(field: number, value: number): Encoded {
  const bytes = new Uint8Array(Float64Array.of(value).buffer);
  return concat(key(field, Wire.Fixed64), bytes);
}

/** A float field. */
export function float(field: number, value: number): Encoded {
  const bytes = new Uint8Array(Float32Array.of(value).buffer);
  return concat(key(field, Wire.Fixed32), bytes);
}

/** A bytes field, or a message of these fields. */
export function message(
  field: number,
  ...parts: readonly Uint8Array[]
): Encoded {
  const body = concat(...parts);
  return concat(key(field, Wire.Length), varint(body.length), body);
}

/** A string field. */
export function string(field: number, text: string): Encoded {
  return message(field, new TextEncoder().encode(text));
}
