import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { byteCount } from "./byte_count.ts";

Deno.test("bytes are given plainly or in units of 1000 and 1024", () => {
  const count = (...texts: string[]) =>
    texts.map((text) => byteCount(text, "max-vram"));
  assertEquals(count("123", "7B", "1e9", "2.5E+3"), [123, 7, 1e9, 2500]);
  assertEquals(count("6GB", "6G", "6 g", "512 mb", ".5k"), [
    ...[6e9, 6e9, 6e9, 512e6, 500],
  ]);
  assertEquals(count("1.5GiB", "1.5Gi", "2KiB", "1T"), [
    ...[1.5 * 2 ** 30, 1.5 * 2 ** 30, 2048, 1e12],
  ]);
});

Deno.test("what is no number of bytes is refused with examples", () => {
  for (
    const text of ["", "GB", "-1GB", "6 GBs", "1e", "e9", "1e99", "0", "6G B"]
  ) {
    assertThrows(
      () => byteCount(text, "max-vram"),
      InputError,
      `Flag --max-vram: found ${text}, accepted is a number of bytes, as 6GB`,
    );
  }
});
