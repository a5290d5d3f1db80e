import { ATTENTION, BLOCK, CUBE, LINEAR, ROWS, values } from "../sizes.ts";
import type { OnnxConstant, OnnxGraph, OnnxNode } from "./onnx_graph.ts";

function weights(...shape: number[]): OnnxConstant {
  return { shape, data: values(shape.reduce((a, b) => a * b), 0.05) };
}

function product(rows: number, inputs: number, outputs: number): OnnxGraph {
  return {
    inputs: { x: [rows, inputs] },
    output: [rows, outputs],
    constants: { w: weights(inputs, outputs) },
    nodes: [{ op: "MatMul", inputs: ["x", "w"], output: "y" }],
  };
}

/** A product by 4-bit weights in blocks of 32, its activations as 8 bits. */
function fourBits(): OnnxGraph {
  const { rows, inputs, outputs } = LINEAR;
  const w = new Uint8Array(outputs * inputs / 2)
    .map((_, i) => i * 2654435761 >>> 24);
  return {
    inputs: { x: [rows, inputs] },
    output: [rows, outputs],
    constants: {
      w: { shape: [outputs, inputs / 32, 16], data: w },
      s: weights(outputs * inputs / 32),
    },
    nodes: [{
      op: "MatMulNBits",
      own: true,
      inputs: ["x", "w", "s"],
      output: "y",
      attributes: {
        K: inputs,
        N: outputs,
        bits: 4,
        block_size: 32,
        accuracy_level: 4,
      },
    }],
  };
}

function attention(): OnnxGraph {
  const { heads, width, tokens } = ATTENTION;
  const shape = [heads, tokens, width];
  return {
    inputs: { q: shape, k: shape, v: shape },
    output: shape,
    constants: { c: { shape: [1], data: Float32Array.of(width ** -0.5) } },
    nodes: [
      {
        op: "Transpose",
        inputs: ["k"],
        output: "kt",
        attributes: { perm: [0, 2, 1] },
      },
      { op: "MatMul", inputs: ["q", "kt"], output: "a" },
      { op: "Mul", inputs: ["a", "c"], output: "b" },
      {
        op: "Softmax",
        inputs: ["b"],
        output: "p",
        attributes: { axis: -1 },
      },
      { op: "MatMul", inputs: ["p", "v"], output: "y" },
    ],
  };
}

function row(
  op: string,
  attributes: OnnxNode["attributes"] = {},
  scaled = 0,
): OnnxGraph {
  const shape = [ROWS.rows, ROWS.columns];
  const names = ["g", "o"].slice(0, scaled);
  return {
    inputs: { x: shape },
    output: shape,
    constants: Object.fromEntries(
      names.map((name) => [name, weights(ROWS.columns)]),
    ),
    nodes: [{ op, inputs: ["x", ...names], output: "y", attributes }],
  };
}

function block(): OnnxGraph {
  const { tokens, dim, ffn, heads } = BLOCK;
  const constants: Record<string, OnnxConstant> = {
    g: { shape: [dim], data: new Float32Array(dim).fill(1) },
    ax: { shape: [1], data: BigInt64Array.of(0n) },
    wu: weights(dim, ffn),
    wd: weights(ffn, dim),
  };
  for (const name of ["wq", "wk", "wv", "wo"]) {
    constants[name] = weights(dim, dim);
  }
  for (let i = 0; i < 6; i++) constants[`m${i}`] = weights(dim);
  const op = (op: string, inputs: string, output: string): OnnxNode => ({
    op,
    inputs: inputs.split(" "),
    output,
  });
  return {
    inputs: { x: [tokens, dim] },
    output: [tokens, dim],
    constants,
    nodes: [
      op("LayerNormalization", "x g", "l1"),
      op("Mul", "l1 m0", "l1s"),
      op("Add", "l1s m1", "h"),
      ...["q", "k", "v"].flatMap((c) => [
        op("MatMul", `h w${c}`, c),
        op("Unsqueeze", `${c} ax`, `${c}1`),
      ]),
      {
        op: "MultiHeadAttention",
        own: true,
        inputs: ["q1", "k1", "v1"],
        output: "at",
        attributes: { num_heads: heads },
      },
      op("Squeeze", "at ax", "as"),
      op("MatMul", "as wo", "o"),
      op("Mul", "o m2", "og"),
      op("Add", "x og", "x1"),
      op("LayerNormalization", "x1 g", "l2"),
      op("Mul", "l2 m3", "l2s"),
      op("Add", "l2s m4", "h2"),
      op("MatMul", "h2 wu", "u"),
      { ...op("Gelu", "u", "ug"), attributes: { approximate: "tanh" } },
      op("MatMul", "ug wd", "dn"),
      op("Mul", "dn m5", "dg"),
      op("Add", "x1 dg", "y"),
    ],
  };
}

/** The first product of a program. */
export const FIRST: OnnxGraph = product(CUBE, CUBE, CUBE);

/** The graph of each row. */
export const GRAPHS: ReadonlyMap<string, () => OnnxGraph> = new Map([
  ["linear", () => product(LINEAR.rows, LINEAR.inputs, LINEAR.outputs)],
  ["linear W4", fourBits],
  ["attention", attention],
  ["layer norm", () => row("LayerNormalization", { axis: -1 }, 2)],
  ["rms norm", () => row("SimplifiedLayerNormalization", { axis: -1 }, 1)],
  ["softmax", () => row("Softmax", { axis: -1 })],
  ["gelu", () => row("Gelu", { approximate: "tanh" })],
  ["block", block],
]);
