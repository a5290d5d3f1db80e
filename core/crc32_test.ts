import { assertEquals } from "@std/assert";
import { crc32, portableCrc32 } from "./crc32.ts";

Deno.test("crc32() has the check value of its definition, whole and in parts", () => {
  const bytes = new TextEncoder().encode("123456789");
  for (const sum of [crc32, portableCrc32]) {
    assertEquals(sum(bytes), 0xcbf43926);
    assertEquals(sum(bytes.subarray(4), sum(bytes.subarray(0, 4))), 0xcbf43926);
    assertEquals(sum(new Uint8Array()), 0);
  }
});
