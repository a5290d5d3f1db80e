import { assertEquals } from "@std/assert";
import { bytesText, counted, msText } from "./units.ts";

Deno.test("bytesText() reads well from bytes to terabytes", () => {
  const bytes = [0, 1, 817, 999.6, 2_327_152, 99_600_000, 999_600_000, 34e9];
  assertEquals(
    [...bytes, 2e12].map(bytesText),
    [
      ...["0 bytes", "1 byte", "817 bytes", "1 kB", "2.3 MB", "100 MB"],
      ...["1 GB", "34 GB", "2 TB"],
    ],
  );
});

Deno.test("msText() goes over to seconds", () => {
  assertEquals(
    [0.0432, 4.32, 43.4, 817, 999.7, 61_000].map(msText),
    ["0.043 ms", "4.3 ms", "43 ms", "817 ms", "1 s", "61 s"],
  );
});

Deno.test("counted() knows one from many", () => {
  assertEquals([0, 1, 2].map((n) => counted(n, "step")), [
    "0 steps",
    "1 step",
    "2 steps",
  ]);
});
