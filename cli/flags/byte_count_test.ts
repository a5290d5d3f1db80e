import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { byteCount } from "./byte_count.ts";

Deno.test("bytes are given plainly or in units of 1000 and 1024", () => {
  const bytes = ["123", "6GB", "512 mb", "1.5GiB", "2KiB", "7B"]
    .map((text) => byteCount(text, "max-vram"));
  assertEquals(bytes, [123, 6e9, 512e6, 1.5 * 2 ** 30, 2048, 7]);
});

Deno.test("what is no number of bytes is refused with examples", () => {
  for (const text of ["", "GB", "-1GB", "6 GBs", "1e9", "0", "6G B"]) {
    assertThrows(
      () => byteCount(text, "max-vram"),
      InputError,
      `Flag --max-vram: found ${text}, accepted is a number of bytes, as 6GB`,
    );
  }
});
