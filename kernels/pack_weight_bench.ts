import { emit, spread } from "../gpu/record.ts";
import { WEIGHTS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { describeRows, packCodes, unpackCodes } from "./pack_weight.ts";

const bench = suite("pack_weight");

for (const { rows, columns, n, label } of WEIGHTS) {
  const y = buffer(n);
  const [scale, zero, outputs] = [rows, rows, 4 * rows].map((n) => buffer(n));
  for (const bits of [4, 3]) {
    const inRow = Math.ceil(columns * bits / 32);
    const words = buffer(rows * inRow);
    const grid = { scale: scale!, zero: zero! };
    const params = {
      rows,
      columns,
      words: inRow,
      bits,
      per_scale: columns,
      biased: 0,
    };
    const packed = 4 * rows * inRow;
    bench(`pack ${bits} bits`, label, { bytes: packed + 4 * n }, () => {
      const groups = spread(rows * inRow, 64);
      emit(packCodes, { codes: y, packed: words }, groups, { params });
    });
    bench(`describe ${bits} bits`, label, { bytes: packed }, () => {
      const tensors = { words, ...grid, bias: scale!, outputs: outputs! };
      emit(describeRows, tensors, spread(rows, 64), { params });
    });
    bench(`unpack ${bits} bits`, label, { bytes: packed + 4 * n }, () => {
      const tensors = { words, ...grid, y };
      emit(unpackCodes, tensors, spread(n, 64), { params });
    });
  }
}
