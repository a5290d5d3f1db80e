/** A recorded case: what its JSON says, and its tensors widened to f32. */
export interface Case<Json> {
  readonly json: Json;
  tensor(name: string): Float32Array<ArrayBuffer>;
  /** The elements of a U8 tensor. */
  bytes(name: string): Uint8Array<ArrayBuffer>;
  shape(name: string): readonly number[];
}

type Header = Record<
  string,
  { dtype: string; shape: number[]; data_offsets: [number, number] }
>;

const ROOT = new URL("./fixtures/", import.meta.url);

/** Reads `tests/fixtures/NAME.json` and, where there is one, its tensors. */
export function readCase<Json>(name: string): Case<Json> {
  const json: Json = JSON.parse(
    Deno.readTextFileSync(new URL(`${name}.json`, ROOT)),
  );
  let file: { header: Header; body: Uint8Array<ArrayBuffer> } | undefined;
  const find = (key: string) => {
    file ??= open(new URL(`${name}.safetensors`, ROOT));
    const entry = file.header[key];
    if (!entry) throw new Error(`Case ${name} has no tensor ${key}`);
    return { ...entry, body: file.body };
  };
  return {
    json,
    shape: (key) => find(key).shape,
    bytes(key) {
      const { dtype, data_offsets, body } = find(key);
      if (dtype === "U8") return body.slice(...data_offsets);
      throw new Error(`Case ${name}: ${key} is ${dtype}, not U8`);
    },
    tensor(key) {
      const { dtype, data_offsets, body } = find(key);
      const bytes = body.slice(...data_offsets).buffer;
      if (dtype === "F32") return new Float32Array(bytes);
      if (dtype === "I32") return Float32Array.from(new Int32Array(bytes));
      throw new Error(`Case ${name}: ${key} is ${dtype}, not F32 or I32`);
    },
  };
}

function open(path: URL): { header: Header; body: Uint8Array<ArrayBuffer> } {
  const bytes = Deno.readFileSync(path);
  const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + size)),
  );
  return { header, body: bytes.subarray(8 + size) };
}
