import { assertEquals } from "@std/assert";
import { crc32c, maskedCrc32c } from "./crc32c.ts";
import { concat, int, string } from "./protobuf.ts";
import { EventWriter, tfRecord } from "./tfevents.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (data: Uint8Array) => data.toHex();

Deno.test("crc32c() gives the check values of its definition", () => {
  assertEquals(crc32c(bytes("123456789")), 0xe3069283);
  assertEquals(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(maskedCrc32c(new Uint8Array(32)), 0x0fd7fffa);
});

Deno.test("int() and string() encode as protobuf's documentation shows", () => {
  assertEquals(hex(int(1, 150)), "089601");
  assertEquals(hex(int(2, 2 ** 35)), "10808080808001");
  assertEquals(hex(string(2, "testing")), "120774657374696e67");
});

/** The data of each record in a file, its checksums checked. */
function records(path: string): Uint8Array[] {
  const file = Deno.readFileSync(path);
  const view = new DataView(file.buffer);
  const found: Uint8Array[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    const data = file.subarray(at + 12, at + 12 + length);
    const header = maskedCrc32c(file.subarray(at, at + 8));
    assertEquals(view.getUint32(at + 8, true), header);
    const crc = view.getUint32(at + 12 + length, true);
    assertEquals(crc, maskedCrc32c(data));
    found.push(data);
    at += length + 16;
  }
  return found;
}

Deno.test("EventWriter writes a version, a session start and one record an event", () => {
  const dir = Deno.makeTempDirSync();
  try {
    using writer = new EventWriter(dir, 7);
    writer.scalar("loss", 0.5, 8);
    writer.flush();
    const all = records(writer.path).map((record) => hex(record.subarray(9)));
    assertEquals(all[0], "1000" + hex(string(3, "brain.Event:2")));
    assertEquals(all[1], "1008" + "3a020801");
    assertEquals(all[2], "1008" + "2a0d0a0b0a046c6f7373150000003f");
    assertEquals(all.length, 3);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

Deno.test("tfRecord() frames data by length and checksums", () => {
  const length = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
  const le = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
  const data = Uint8Array.of(9);
  assertEquals(
    hex(tfRecord(data)),
    hex(concat(length, le(maskedCrc32c(length)), data, le(maskedCrc32c(data)))),
  );
});
