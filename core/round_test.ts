import { assertEquals } from "@std/assert";
import { roundHalfEven } from "./round.ts";

Deno.test("roundHalfEven() sends halves to the even neighbour", () => {
  const points = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 937.5, 2.4, 2.6, -1.2, 7];
  const nearest = [-2, -2, 0, 0, 2, 2, 938, 2, 3, -1, 7];
  assertEquals(points.map((x) => roundHalfEven(x) + 0), nearest);
});
