import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "./errors.ts";
import { parseObject } from "./json.ts";

const parse = (text: string) =>
  parseObject("a.json", new TextEncoder().encode(text));

Deno.test("parseObject() reads an object, brackets in texts and escapes included", () => {
  const brackets = "[".repeat(100) + '"\\';
  assertEquals(parse(JSON.stringify({ a: [brackets] })), { a: [brackets] });
});

Deno.test("parseObject() refuses anything else, naming the file and the reason", () => {
  assertThrows(
    () => parse("[]"),
    InputError,
    "Cannot read a.json: it is not a JSON object",
  );
  assertThrows(
    () => parse('{"a":'),
    InputError,
    "Cannot read a.json: it is not JSON (",
  );
  assertThrows(
    () => parse("[".repeat(1e7)),
    InputError,
    "nested more than 32 deep",
  );
  const latin1 = Uint8Array.of(0x7b, 0x22, 0xe4, 0x22, 0x3a, 0x31, 0x7d);
  assertThrows(
    () => parseObject("a.json", latin1),
    InputError,
    "a.json: it is not JSON",
  );
});
