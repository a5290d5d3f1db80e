import { assertEquals, assertThrows } from "@std/assert";
import { decodeText } from "./decode_text.ts";
import { InputError } from "./errors.ts";

const TEXT = "un café\n一只猫 🐈\n";

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) {
    view.setUint16(2 * i, text.charCodeAt(i), littleEndian);
  }
  return new Uint8Array(view.buffer);
}

Deno.test("decodeText() reads UTF-8 and marked UTF-16, and drops the mark", () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  for (
    const bytes of [
      utf8(TEXT),
      utf8(`\ufeff${TEXT}`),
      utf16(`\ufeff${TEXT}`, true),
      utf16(`\ufeff${TEXT}`, false),
    ]
  ) assertEquals(decodeText("a.txt", bytes), TEXT);
  assertEquals(decodeText("a.txt", new Uint8Array()), "");
});

const LINE_1 = [0x61, 0x0a];
const UNREADABLE: readonly [string, readonly number[], string][] = [
  ["Latin-1", [...LINE_1, 0x63, 0x61, 0x66, 0xe9, 0x0a], "line 2 is not UTF-8"],
  ["GBK", [...LINE_1, 0xba, 0xec, 0xc9, 0xab], "line 2 is not UTF-8"],
  [
    "GBK that is UTF-8 by chance",
    [...LINE_1, 0xd2, 0xbb, 0xd6, 0xbb, 0xc3, 0xa8],
    'line 2 reads "һֻè" as UTF-8',
  ],
  ["a cut character", [...LINE_1, 0x0a, 0xe4, 0xb8], "line 3 is not UTF-8"],
  [
    "ISO-2022",
    [...LINE_1, 0x1b, 0x24, 0x42, 0x47, 0x2d, 0x1b, 0x28, 0x42],
    "line 2 holds a control character, of code 27",
  ],
  [
    "UTF-16 without its mark",
    [...utf16("a\nb", true)],
    "line 1 holds a control character, of code 0",
  ],
  ["half a character of UTF-16", [0xff, 0xfe, 0x61], "line 1 is not UTF-16"],
  [
    "UTF-32",
    [0xff, 0xfe, 0, 0, 0x61, 0, 0, 0],
    "line 1 holds a control character",
  ],
];

for (const [what, bytes, message] of UNREADABLE) {
  Deno.test(`decodeText() refuses ${what}, naming file and line`, () => {
    assertThrows(
      () => decodeText("my/a.txt", Uint8Array.from(bytes)),
      InputError,
      `my/a.txt: ${message}`,
    );
  });
}
