import { InputError } from "../../core/errors.ts";

/** One field of a protobuf message: its number and what it holds. */
export interface Field {
  readonly number: number;
  /** A varint as a number; 4 or 8 fixed bytes, a text or a message as its bytes. */
  readonly value: number | Uint8Array;
}

/**
 * The fields of a protobuf message in the order of the file.
 *
 * @throws InputError if the bytes end inside a field or use a wire type other
 * than varint, fixed and length-delimited.
 */
export function* fields(message: Uint8Array): Generator<Field> {
  let position = 0;
  const varint = (): number => {
    let value = 0;
    // Ten bytes hold 64 bits; numbers above 2^53 lose digits that nothing here uses.
    for (let i = 0; i < 10; i++) {
      const byte = message[position++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new InputError("The protobuf message ends inside a number");
  };
  const take = (length: number): Uint8Array => {
    const bytes = message.subarray(position, position + length);
    if (bytes.length < length) {
      throw new InputError("The protobuf message ends inside a field");
    }
    position += length;
    return bytes;
  };
  while (position < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: take(8) };
        break;
      case 2:
        yield { number, value: take(varint()) };
        break;
      case 5:
        yield { number, value: take(4) };
        break;
      default:
        throw new InputError(`The protobuf message has wire type ${key % 8}`);
    }
  }
}
