import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { DISK } from "./disk.ts";
import type { FileSource } from "./file_source.ts";
import { readJsonObject } from "./json.ts";
import { SafetensorsFile } from "./safetensors.ts";
import { type Dtype, DTYPE_BYTES, parseHeader } from "./safetensors_header.ts";
import { type TensorToWrite, writeSafetensors } from "./safetensors_writer.ts";

const FIXTURES = "tests/fixtures";
const encoder = new TextEncoder();

interface Cases {
  readonly cases: readonly { file?: string; expect: string; why: string }[];
}

const { cases }: Cases = JSON.parse(
  await Deno.readTextFile(`${FIXTURES}/bad/cases.json`),
);

for (const { file, expect, why } of cases) {
  if (file === undefined) continue;
  Deno.test(`${file} is ${expect === "ok" ? "read" : "refused"}: ${why}`, async () => {
    const path = `${FIXTURES}/${file}`;
    if (expect === "ok") {
      using opened = await SafetensorsFile.open(path);
      for (const [name, { size }] of opened.tensors) {
        assertEquals((await opened.readF32(name)).length, size);
      }
    } else {
      const began = performance.now();
      await assertRejects(() => SafetensorsFile.open(path), InputError, path);
      assert(performance.now() - began < 1000);
    }
  });
}

Deno.test("each refusal names the tensor, what was found and what is needed", () => {
  const parse = (header: unknown, bytes: number) =>
    parseHeader("a.safetensors", encoder.encode(JSON.stringify(header)), bytes);
  const x = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  const expected: [unknown, number, string][] = [
    [{ x: { ...x, dtype: "F13" } }, 8, '"x" has dtype "F13", accepted are F64'],
    [{ x: { ...x, dtype: "toString" } }, 8, 'has dtype "toString"'],
    [{ x: { ...x, shape: [3] } }, 8, '"x" has 8 bytes, but F32 [3] needs 12'],
    [{ x: { ...x, shape: [2 ** 40, 2 ** 40] } }, 8, "too large to address"],
    [{ x: { ...x, shape: [-2] } }, 8, "the invalid shape [-2]"],
    [{ x: { ...x, shape: [1.5] } }, 8, "the invalid shape [1.5]"],
    [{ x: { ...x, shape: "2" } }, 8, 'the invalid shape "2"'],
    [{ x: { ...x, data_offsets: [8, 0] } }, 8, "lies at bytes 8 to 0"],
    [{ x }, 4, "lies at bytes 0 to 8, but the file holds 4"],
    [{ x }, 12, "nothing describes its last 4 bytes"],
    [
      { x: { ...x, data_offsets: [4, 12] } },
      12,
      'the 4 bytes before tensor "x"',
    ],
    [{ x, y: x }, 8, 'tensors "x" and "y" overlap'],
    [{ x: 3 }, 8, '"x" must be described by an object'],
    [{ __metadata__: { a: 1 } }, 0, 'the metadata "a" must be text'],
    [[], 0, "its header is not a JSON object"],
    [
      JSON.parse("[".repeat(40) + "]".repeat(40)),
      0,
      "nested more than 32 deep",
    ],
    [{ '[{\\"': x, ["[".repeat(40)]: 0 }, 8, "must be described by an object"],
  ];
  for (const [header, bytes, message] of expected) {
    assertThrows(() => parse(header, bytes), InputError, message);
  }
});

Deno.test("a file of only a few bytes, a folder and no file at all are refused by name", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    await assertRejects(
      () => SafetensorsFile.open(path),
      InputError,
      "there is no such file",
    );
    await Deno.writeTextFile(path, "short");
    await assertRejects(
      () => SafetensorsFile.open(path),
      InputError,
      "5 bytes are too few",
    );
    await assertRejects(() => SafetensorsFile.open(folder), InputError, folder);
  }));

Deno.test({
  name: "what may never end is refused before it is opened",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const path = "/dev/null";
    const message = `Cannot read ${path}: it is not a regular file`;
    for (const read of [SafetensorsFile.open, readJsonObject]) {
      await assertRejects(() => read(path), InputError, message);
    }
  },
});

for (const kind of ["f16", "bf16"]) {
  Deno.test(`${kind} tensors are widened exactly`, async () => {
    using file = await SafetensorsFile.open(
      `${FIXTURES}/dtypes/reader_${kind}.safetensors`,
    );
    using wide = await SafetensorsFile.open(
      `${FIXTURES}/dtypes/reader_${kind}_expected.safetensors`,
    );
    for (const name of wide.tensors.keys()) {
      assertEquals(
        bits(await file.readF32(name)),
        bits(await wide.readF32(name)),
      );
    }
  });
}

function bits(values: Float32Array<ArrayBuffer>): Uint32Array {
  return new Uint32Array(values.buffer);
}

Deno.test("every dtype of the mixed file is read as its expected values", async () => {
  const { expected }: { expected: Record<string, (number | boolean)[]> } = JSON
    .parse(
      await Deno.readTextFile(`${FIXTURES}/dtypes/reader_mixed.json`),
    );
  using file = await SafetensorsFile.open(
    `${FIXTURES}/dtypes/reader_mixed.safetensors`,
  );
  for (const [name, values] of Object.entries(expected)) {
    assertEquals(
      [...await file.readF32(name)],
      values.map((x) => Math.fround(Number(x))),
    );
  }
});

Deno.test("every dtype survives writing and reading, aligned in the file", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "all.safetensors");
    const tensors = new Map<string, TensorToWrite>();
    for (const dtype of Object.keys(DTYPE_BYTES) as Dtype[]) {
      const data = Uint8Array.from(
        { length: 3 * DTYPE_BYTES[dtype] },
        (_, i) => i + 1,
      );
      tensors.set(`t.${dtype}`, { dtype, shape: [3, 1], data });
    }
    tensors.set("scalar", {
      dtype: "F32",
      shape: [],
      data: () => Float32Array.of(0.5),
    });
    tensors.set("empty", {
      dtype: "F32",
      shape: [0, 3],
      data: new Float32Array(),
    });
    await writeSafetensors(path, tensors, { note: "größer" });
    using file = await SafetensorsFile.open(path);
    assertEquals([...file.metadata], [["note", "größer"]]);
    assertEquals(file.tensors.size, tensors.size);
    for (const [name, { dtype, shape, data }] of tensors) {
      const info = file.tensors.get(name)!;
      assertEquals([info.dtype, info.shape], [dtype, shape]);
      assertEquals(info.begin % DTYPE_BYTES[dtype], 0);
      if (data instanceof Uint8Array) {
        assertEquals(await file.readBytes(name), data);
      }
      await file.readF32(name);
    }
    assertEquals(await file.readF32("scalar"), Float32Array.of(0.5));
  }));

Deno.test("ranges are read alone, also many at once, and checked", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "x.safetensors");
    const data = Float32Array.from({ length: 100 }, (_, i) => i);
    await writeSafetensors(
      path,
      new Map([["x", { dtype: "F32", shape: [100], data }]]),
    );
    using file = await SafetensorsFile.open(path);
    const reads = [7, 93, 0, 50].map((start) =>
      file.readF32("x", { start, count: 5 })
    );
    assertEquals((await Promise.all(reads)).map((read) => read[4]), [
      11,
      97,
      4,
      54,
    ]);
    assertThrows(
      () => file.readBytes("x", { start: 99, count: 2 }),
      RangeError,
      "it has 100",
    );
    assertEquals(
      await file.readF16("x", { start: 2, count: 1 }),
      Uint16Array.of(0x4000),
    );
  }));

Deno.test("a tensor whose bytes do not match its shape leaves no file", () =>
  inTemporaryFolder(async (folder) => {
    const x: TensorToWrite = {
      dtype: "F32",
      shape: [3],
      data: new Float32Array(2),
    };
    const path = join(folder, "x.safetensors");
    await assertRejects(
      () => writeSafetensors(path, new Map([["x", x]])),
      Error,
      "tensor x has 8 bytes, but F32 [3] needs 12",
    );
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("a source may return parts of larger arrays", async () => {
  const path = `${FIXTURES}/dtypes/reader_bf16.safetensors`;
  const parts: FileSource = {
    ...DISK,
    async open(path) {
      const file = await DISK.open(path);
      return {
        size: file.size,
        async read(start, length) {
          const all = new Uint8Array(length + 5);
          all.set(await file.read(start, length), 3);
          return all.subarray(3, 3 + length);
        },
        [Symbol.dispose]: () => file[Symbol.dispose](),
      };
    },
  };
  using file = await SafetensorsFile.open(path, parts);
  using whole = await SafetensorsFile.open(path);
  assertEquals(await file.readF32("x"), await whole.readF32("x"));
});
