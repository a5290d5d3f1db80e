import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { Parameter } from "../models/module.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { RunCheckpoints } from "./checkpoint.ts";
import { AdamW } from "./optim/optimizer.ts";
import { ParameterArena } from "./optim/parameter_arena.ts";

const SETTINGS = "steps: 10\nlr: {weights: 0.1}\n";

/** A weight w and a range c, and the checkpoints of a run in `folder`. */
function setUp(gpu: Gpu, folder: string, size = 64) {
  const w = new Parameter([size, 4]);
  const c = new Parameter([3], "clip");
  const arena = ParameterArena.create(gpu, [["w", w], ["c", c]]);
  const fill = (value: number) => {
    w.write(gpu, new Float32Array(w.size).fill(value));
    c.write(gpu, new Float32Array(c.size).fill(value));
  };
  fill(0);
  const notes: string[] = [];
  const checkpoints = new RunCheckpoints(folder, SETTINGS);
  const optimizer = new AdamW(gpu, arena);
  const load = () => checkpoints.load(optimizer, (text) => notes.push(text));
  return { w, c, fill, optimizer, checkpoints, load, notes };
}

function withRun(
  body: (run: ReturnType<typeof setUp>, folder: string) => Promise<void>,
): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    using gpu = await openGpu();
    await body(setUp(gpu, folder), folder);
  });
}

function assertMatch(text: string, pattern: RegExp): void {
  assert(pattern.test(text), `${text} does not match ${pattern}`);
}

const names = (folder: string) =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

const step = (n: number) => `step-${String(n).padStart(8, "0")}.safetensors`;

/** Changes the header of a checkpoint; without checksums, as earlier versions wrote it. */
function rewrite(
  path: string,
  change: (text: string, body: Uint8Array) => string = (text) => text,
): void {
  const bytes = Deno.readFileSync(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  const body = bytes.subarray(8 + length);
  const plain = text.replace(/"crc32":"[0-9a-f]*",/, "");
  const json = new TextEncoder().encode(change(plain, body));
  const out = new Uint8Array(8 + json.length + body.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
  out.set(json, 8);
  out.set(body, 8 + json.length);
  Deno.writeFileSync(path, out);
}

function flip(path: string, at: number): void {
  const bytes = Deno.readFileSync(path);
  bytes[at < 0 ? bytes.length + at : at]! ^= 16;
  Deno.writeFileSync(path, bytes);
}

Deno.test("a damaged newest checkpoint falls back to the older one, naming both", () =>
  withRun(async ({ w, fill, optimizer, checkpoints, load, notes }, folder) => {
    for (const n of [3, 6]) {
      fill(n);
      await checkpoints.save(optimizer, n);
    }
    assertEquals(await load(), 6);
    assertEquals(notes, []);
    for (const at of [-1, 200, 60]) { // a value, the header, the checksums
      flip(join(folder, step(6)), at);
      assertEquals(await load(), 3);
      assertEquals((await w.read(optimizer.gpu))[0], 3);
      assertMatch(
        notes.pop()!,
        /Cannot read \S+step-00000006\S+: .*; goes on from \S+step-00000003/,
      );
      flip(join(folder, step(6)), at);
    }
    flip(join(folder, step(3)), -1);
    flip(join(folder, step(6)), -1);
    const error = await load().catch((error) => error);
    assert(error instanceof InputError);
    assertMatch(
      error.message,
      /step-00000006.*damaged.*step-00000003.*damaged/,
    );
  }));

Deno.test("a checkpoint by another name, or with bad metadata, is not gone on from", () =>
  withRun(async ({ optimizer, checkpoints, load }, folder) => {
    const path = await checkpoints.save(optimizer, 6);
    const other = join(folder, step(99));
    await Deno.rename(path, other);
    await assertRejects(load, InputError, `${other}: it holds step 6, not 99`);
    await Deno.rename(other, path);
    for (
      const [from, to, message] of [
        ["steps: 10", "stebs: 10", "has the unknown setting stebs"],
        ["steps: 10", "steps: [&a", "The config in"],
        ['"w.c"', '"w.d"', "1 missing: w.c; 1 unexpected: w.d"],
        ['"steps":"6"', '"steps":"7"', "it holds step 7, not 6"],
      ] as const
    ) {
      await checkpoints.save(optimizer, 6);
      rewrite(path, (text) => text.replace(from, to));
      const { message: said } = await load().catch((error) => error);
      assert(said.includes(message) && !said.includes("Flag"), said);
    }
  }));

Deno.test("a checkpoint without checksums is gone on from with a note, unless it is not finite", () =>
  withRun(async ({ fill, optimizer, checkpoints, load, notes }, folder) => {
    fill(1e30); // as moments may be
    await checkpoints.save(optimizer, 6);
    rewrite(join(folder, step(6)));
    assertEquals(await load(), 6);
    assertMatch(notes.pop()!, /step-00000006\S+ is of an earlier version/);
    for (const name of ["w.w", "m.c", "v.w"]) {
      await checkpoints.save(optimizer, 6);
      rewrite(join(folder, step(6)), (text, body) => {
        const [begin] = JSON.parse(text)[name].data_offsets;
        new DataView(body.buffer, body.byteOffset).setFloat32(
          begin + 4,
          name === "m.c" ? Infinity : NaN,
          true,
        );
        return text;
      });
      await assertRejects(
        load,
        InputError,
        `${step(6)}: tensor ${name} is not finite at element 1`,
      );
    }
  }));

Deno.test("weights that are not finite replace no checkpoint", () =>
  withRun(async ({ c, fill, optimizer, checkpoints }, folder) => {
    fill(2);
    await checkpoints.save(optimizer, 3);
    const before = await Deno.readFile(join(folder, step(3)));
    c.write(optimizer.gpu, Float32Array.of(1, Infinity, 1));
    await assertRejects(
      () => checkpoints.save(optimizer, 3),
      Error,
      `Cannot write ${
        join(folder, step(3))
      }: tensor w.c is not finite at element 1: Infinity`,
    );
    assertEquals(names(folder), [step(3)]);
    assertEquals(await Deno.readFile(join(folder, step(3))), before);
  }));

Deno.test("a run removes no checkpoint but its own", () =>
  withRun(async ({ optimizer, checkpoints, load }, folder) => {
    const foreign = join(folder, step(1));
    await Deno.writeTextFile(foreign, "of somebody else");
    for (const n of [2, 4, 6, 8]) await checkpoints.save(optimizer, n);
    assertEquals(names(folder), [step(1), step(6), step(8)]);
    assertEquals(await load(), 8); // as another process would
    await checkpoints.save(optimizer, 10);
    assertEquals(names(folder), [step(1), step(8), step(10)]);
  }));

Deno.test("a checkpoint is written and read in pieces, whatever the model's size", () =>
  inTemporaryFolder(async (folder) => {
    using gpu = await openGpu();
    const { w, c, fill, optimizer, checkpoints, load } = setUp(
      gpu,
      folder,
      6 * 2 ** 20, // 96 MiB, thrice
    );
    const most = 64 * 2 ** 20;
    const { device } = gpu;
    const create = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      assert(descriptor.size <= most, `a buffer of ${descriptor.size} bytes`);
      return create(descriptor);
    };
    fill(0.5);
    await checkpoints.save(optimizer, 1);
    fill(0);
    assertEquals(await load(), 1);
    assertEquals((await w.read(gpu)).at(-1), 0.5);
    assertEquals(await c.read(gpu), new Float32Array(3).fill(0.5));
  }));
