import {
  concat,
  type Encoded,
  float,
  int,
  message,
  string,
} from "../../../train/logs/protobuf.ts";

// The few messages of the ONNX format (onnx.proto) that a bench needs.

const FLOAT = 1;
const UINT8 = 2;
const INT64 = 7;
const MICROSOFT = "com.microsoft";

/** One operation. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | string | number[]>>;
  /** Of ONNX Runtime's own set rather than the standard's. */
  readonly own?: boolean;
}

/** A constant of the graph. */
export interface OnnxConstant {
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array | BigInt64Array;
}

/** A graph with one output, `y`. */
export interface OnnxGraph {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly output: readonly number[];
  readonly constants?: Readonly<Record<string, OnnxConstant>>;
  readonly nodes: readonly OnnxNode[];
}

/** The file that ONNX Runtime loads. */
export function onnxModel(graph: OnnxGraph): Encoded {
  const body = concat(
    ...graph.nodes.map((n) => message(1, node(n))),
    string(2, "bench"),
    ...Object.entries(graph.constants ?? {}).map(([name, c]) =>
      message(5, constant(name, c))
    ),
    ...Object.entries(graph.inputs).map(([name, shape]) =>
      message(11, port(name, shape))
    ),
    message(12, port("y", graph.output)),
  );
  return concat(
    int(1, 10), // version of the format
    message(7, body),
    message(8, string(1, ""), int(2, 20)),
    message(8, string(1, MICROSOFT), int(2, 1)),
  );
}

function node({ op, inputs, output, attributes = {}, own }: OnnxNode): Encoded {
  return concat(
    ...inputs.map((name) => string(1, name)),
    string(2, output),
    string(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      message(5, string(1, name), attribute(value))
    ),
    ...(own ? [string(7, MICROSOFT)] : []),
  );
}

function attribute(value: number | string | number[]): Encoded {
  if (typeof value === "string") return concat(string(4, value), int(20, 3));
  if (typeof value !== "number") {
    return concat(...value.map((i) => int(8, i)), int(20, 7));
  }
  return Number.isInteger(value)
    ? concat(varintOrNegative(value), int(20, 2))
    : concat(float(2, value), int(20, 1));
}

/** An integer; -1 takes all ten bytes. */
function varintOrNegative(value: number): Encoded {
  if (value >= 0) return int(3, value);
  const bytes = new Array<number>(9).fill(255);
  return Uint8Array.from([3 * 8, ...bytes, 1]);
}

function constant(name: string, { shape, data }: OnnxConstant): Encoded {
  const type = data instanceof Float32Array
    ? FLOAT
    : data instanceof Uint8Array
    ? UINT8
    : INT64;
  return concat(
    ...shape.map((n) => int(1, n)),
    int(2, type),
    string(8, name),
    message(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
}

function port(name: string, shape: readonly number[]): Encoded {
  const dims = shape.map((n) => message(1, int(1, n)));
  return concat(
    string(1, name),
    message(2, message(1, int(1, FLOAT), message(2, ...dims))),
  );
}
