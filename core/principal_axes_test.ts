import { assertAlmostEquals } from "@std/assert";
import { principalAxes } from "./principal_axes.ts";
import { Stream } from "./random.ts";

Deno.test("principalAxes() finds axes and variances of a known covariance", () => {
  const n = 24;
  const raw = new Stream(3, "test").normals(n * n);
  const covariance = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) {
        covariance[i * n + j]! += raw[i * n + k]! * raw[j * n + k]! * 0.5 ** k;
      }
    }
  }
  const { axes, variances } = principalAxes(covariance, n, 5);
  for (let a = 0; a < 5; a++) {
    let residual = 0;
    for (let i = 0; i < n; i++) {
      let image = 0;
      for (let j = 0; j < n; j++) {
        image += covariance[i * n + j]! * axes[a * n + j]!;
      }
      residual += (image - variances[a]! * axes[a * n + i]!) ** 2;
    }
    assertAlmostEquals(Math.sqrt(residual) / variances[0]!, 0, 1e-9);
    for (let b = 0; b <= a; b++) {
      let product = 0;
      for (let i = 0; i < n; i++) {
        product += axes[a * n + i]! * axes[b * n + i]!;
      }
      assertAlmostEquals(product, a === b ? 1 : 0, 1e-10);
    }
  }
});
