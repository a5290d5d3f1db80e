import { assertEquals, assertThrows } from "@std/assert";
import { finishMp4 } from "./mp4_box.ts";

/** A box with 32-bit numbers as its content. */
function box(type: string, ...words: (number | Uint8Array)[]): Uint8Array {
  const parts = words.map((word) => {
    if (typeof word !== "number") return word;
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, word);
    return new Uint8Array(view.buffer);
  });
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  const out = new Uint8Array(size);
  new DataView(out.buffer).setUint32(0, size);
  out.set(new TextEncoder().encode(type), 4);
  let at = 8;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

Deno.test("finishMp4() clears dates, sets the clock and keeps the rest", () => {
  const file = (date: number, ticks: number) => {
    const mvhd = box("mvhd", 0, date, date, ticks, 5);
    const mdhd = box("mdhd", 1 << 24, date, date, date, date, ticks, 5);
    const trak = box("trak", box("tkhd", 0, date, date, 9), box("mdia", mdhd));
    return box("moov", mvhd, trak);
  };
  assertEquals(
    finishMp4(file(1234, 90000), { tempo: 1.25 }),
    finishMp4(file(0, 112500), { tempo: 1 }),
  );
});

Deno.test("finishMp4() adds the comment to moov and nowhere else", () => {
  const before = [
    ...box("mdat", 1, 2),
    ...box("moov", box("mvhd", 0, 0, 0, 90000)),
  ];
  const after = finishMp4(Uint8Array.from(before), { comment: "é", tempo: 1 });
  const text = new TextDecoder("latin1").decode(after);
  assertEquals([...after.subarray(0, 16)], before.slice(0, 16));
  assertEquals(text.slice(-10), "\0\0\0\x01\0\0\0\0\xc3\xa9");
  assertEquals(new DataView(after.buffer).getUint32(16), after.length - 16);
});

Deno.test("finishMp4() refuses a box that is longer than the file", () => {
  const cut = box("moov", 1, 2, 3).subarray(0, 12);
  assertThrows(() => finishMp4(cut, { tempo: 1 }), Error, "Malformed MP4 box");
});
