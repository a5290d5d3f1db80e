import { assertThrows } from "@std/assert";
import { checkOp } from "../tests/check.ts";
import { checkCase } from "../tests/check_case.ts";
import { matmul } from "./matmul.ts";
import { Tensor } from "./tensor.ts";

/** One batch of a [M,K] times b [K,N]. */
function multiply(a: number[], b: number[], [M, K, N]: number[]): number[] {
  return Array.from({ length: M! * N! }, (_, i) => {
    const [r, c] = [Math.floor(i / N!), i % N!];
    let sum = 0;
    for (let k = 0; k < K!; k++) sum += a[r * K! + k]! * b[k * N! + c]!;
    return sum;
  });
}

for (const name of ["1row", "2d", "batched", "broadcast"]) {
  Deno.test(`matmul() agrees with torch: ${name}`, async () => {
    await checkCase(`ops/matmul_${name}`, ["A", "B"], (a, b) => matmul(a!, b!));
  });
}

for (const without of [[], ["subgroups"]] as const) {
  Deno.test(
    `matmul() broadcasts batches both ways with ${
      without.length ? "workgroup memory" : "subgroups"
    }`,
    async () => {
      const [M, K, N] = [5, 6, 9];
      await checkOp(
        (a, b) => matmul(a!, b!),
        [[2, 1, M, K], [3, K, N]],
        ([a, b]) =>
          [0, 1].flatMap((i) =>
            [0, 1, 2].flatMap((j) =>
              multiply(
                a!.slice(i * M * K, (i + 1) * M * K),
                b!.slice(j * K * N, (j + 1) * K * N),
                [M, K, N],
              )
            )
          ),
        { gpu: { without } },
      );
    },
  );
}

Deno.test("matmul() names both shapes when they do not fit", () => {
  assertThrows(
    () => matmul(new Tensor([2, 3]), new Tensor([4, 5])),
    RangeError,
    "Cannot multiply [2,3] by [4,5]",
  );
});
