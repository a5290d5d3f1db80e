import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { openGpu } from "../gpu/device.ts";
import { FileServer } from "../tests/file_server.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { writeTinyPipeline } from "../tests/tiny_pipeline.ts";
import { loadPipeline } from "./load_pipeline.ts";
import { PipelineSource } from "./pipeline_source.ts";

const REQUEST = { prompt: "a red ring", seed: 7 };

Deno.test("awaiting a clip and iterating over it give the frames of its parts", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    using gpu = await openGpu();
    const source = await PipelineSource.open(folder);
    const { pipeline: parts } = await source.load(gpu);
    using _parts = parts;
    const wanted = await parts.generate(REQUEST, source.settings);
    using pipeline = await loadPipeline(folder, { gpu });
    const clip = await pipeline.generate(REQUEST);
    assertEquals(await clip.pixels(), wanted);
    const making = pipeline.generate(REQUEST);
    const told: string[] = [];
    for await (const { phase, done, total, preview } of making) {
      told.push(`${phase} ${done}/${total}`);
      if (preview) assertEquals((await preview()).width, 16);
    }
    const steps = [0, 1, 2, 3].map((done) => `denoise ${done}/3`);
    assertEquals(told, ["text 0/3", ...steps]);
    assertEquals(await (await making).pixels(), wanted);
    assertEquals(clip.record["seed"], 7);
    const first = await pipeline.generate({ prompt: "a red ring" });
    const again = await pipeline.generate({
      prompt: "a red ring",
      seed: Number(first.record["seed"]),
    });
    assertEquals(await again.pixels(), await first.pixels());
  }));

Deno.test("a clip is saved with its record, in the format of the ending", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(join(folder, "model"));
    using pipeline = await loadPipeline(join(folder, "model"));
    const clip = await pipeline.generate({ ...REQUEST, steps: 1 });
    const path = join(folder, "new", "clip.apng");
    let frames = 0;
    const onFrames = (count: number) => frames += count;
    const record = await clip.save(path, { scale: 2, onFrames });
    assertEquals([frames, record["written_width"], record["steps"]], [
      4,
      32,
      1,
    ]);
    const inFile = new TextDecoder("latin1").decode(await Deno.readFile(path));
    assert(inFile.includes(JSON.stringify(record)));
    await assertRejects(
      () => clip.save(join(folder, "clip.avi")),
      InputError,
      "it ends in .avi",
    );
  }));

Deno.test("leaving the loop gives a clip up, and the next one is made", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    await using pipeline = await loadPipeline(folder);
    const making = pipeline.generate(REQUEST);
    for await (const { done } of making) if (done === 1) break;
    await assertRejects(async () => await making, DOMException, "given up");
    assertEquals((await pipeline.generate(REQUEST)).frames, 4);
    const last = pipeline.generate(REQUEST);
    const events = last[Symbol.asyncIterator]();
    for (let i = 0; i < 3; i++) await events.next(); // in the making
    pipeline[Symbol.dispose]();
    await assertRejects(async () => await last, DOMException, "given up");
  }));

Deno.test("what a model cannot do is refused, before the GPU is opened where it is known", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const gpu = () => Promise.reject(new Error("opened"));
    const asked = [
      [{ prompt: " " }, "Prompt: found no words"],
      [{ prompt: "a", seed: -1 }, "Seed: found -1, accepted is a whole number"],
      [{ prompt: "a", steps: 0 }, "Steps: found 0"],
      [{ prompt: "a", guidance: NaN }, "Guidance: found NaN"],
      [{ prompt: "a", width: 17 }, "makes no clips of 4 frames of 17x16"],
    ] as const;
    using pipeline = await loadPipeline(folder);
    for (const [request, message] of asked) {
      await assertRejects(
        async () => await pipeline.generate(request),
        InputError,
        message,
      );
      await assertRejects(
        () => loadPipeline(folder, { requests: [request], gpu }),
        InputError,
        message,
      );
    }
    await assertRejects(
      () => loadPipeline(join(folder, "none")),
      InputError,
      "there is no such file",
    );
    const clip = await pipeline.generate({ ...REQUEST, steps: 1 });
    pipeline[Symbol.dispose]();
    pipeline[Symbol.dispose]();
    await assertRejects(
      () => clip.pixels(),
      Error,
      "Cannot decode a clip: its pipeline was disposed",
    );
    await assertRejects(
      async () => await pipeline.generate(REQUEST),
      Error,
      "its pipeline was disposed",
    );
  }));

Deno.test("what is cut and words that a model never saw are told once, as the command tells them", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const told: string[] = [];
    using pipeline = await loadPipeline(folder, {
      requests: [{ prompt: "a red cat" }],
      onNote: (sentence) => told.push(sentence),
    });
    assertEquals(told.length, 1);
    assert(/^The model never saw cat; it knows: .*circle/.test(told[0]!));
    await pipeline.generate({ prompt: "a blue cat", steps: 1 });
    assertEquals(told.length, 1);
    await pipeline.generate({ prompt: "a dog", steps: 1 });
    assert(told[1]!.startsWith("The model never saw dog;"));
    const long = { prompt: "red ".repeat(600), steps: 1 };
    for (let i = 0; i < 2; i++) await pipeline.generate(long);
    assertEquals(told.length, 3);
    assert(/^Cut to the \d+ tokens.*"red red/.test(told[2]!));
    const away = { prompt: "a red ring", negative: "a blue ring", steps: 1 };
    await pipeline.generate({ ...away, guidance: 2 });
    assertEquals(told.length, 3);
    for (let i = 0; i < 2; i++) {
      await pipeline.generate({ ...away, guidance: 1 });
    }
    assertEquals(told.slice(3), [
      'The negative prompt "a blue ring" has no effect: guidance is 1, which goes without',
    ]);
  }));

Deno.test("attention of lower precision is computed, and stays close to f32", async () => {
  using gpu = await openGpu();
  const request = { ...REQUEST, steps: 2 };
  const made = async (attention: "f32" | "f16" | "int8") => {
    using pipeline = await loadPipeline("tiny", {
      gpu,
      precision: "f32",
      attention,
    });
    const clip = await pipeline.generate(request);
    assertEquals(clip.record["attention"], attention);
    return (await clip.pixels()).data;
  };
  const exact = await made("f32");
  for (const attention of ["f16", "int8"] as const) {
    const data = await made(attention);
    const off = data.map((level, i) => Math.abs(level - exact[i]!));
    const mean = off.reduce((sum, x) => sum + x, 0) / off.length;
    const changes = gpu.traits.subgroupSize > 0;
    assert(mean < 4 && (mean > 0 || !changes), `${attention}: ${mean}`);
  }
});

Deno.test("a model on a web server makes the frames of that on the disk", async () => {
  await using server = new FileServer("assets");
  using gpu = await openGpu();
  const request = { ...REQUEST, steps: 2 };
  using near = await loadPipeline("tiny", { gpu });
  using far = await loadPipeline(server.url("tiny"), { gpu });
  const wanted = await (await near.generate(request)).pixels();
  const clip = await far.generate(request);
  assertEquals(await clip.pixels(), wanted);
  assertEquals(clip.record["model"], server.url("tiny").href);
});

Deno.test("a model of the hub is found in its cache by its id, or how to fetch it is said", () =>
  inTemporaryFolder(async (folder) => {
    const before = Deno.env.get("HF_HUB_CACHE");
    Deno.env.set("HF_HUB_CACHE", folder);
    try {
      const repo = join(folder, "models--org--tiny");
      await Deno.mkdir(join(repo, "refs"), { recursive: true });
      await Deno.writeTextFile(join(repo, "refs", "main"), "0123456789");
      await writeTinyPipeline(join(repo, "snapshots", "0123456789"));
      using pipeline = await loadPipeline("org/tiny");
      assertEquals(pipeline.settings.size.width, 16);
      await assertRejects(
        () => loadPipeline("org/other"),
        InputError,
        `org/other is no folder and not in the hub's cache ${folder}: fetch it with deno run -A @qvgen/qvgen/cli download org/other`,
      );
    } finally {
      if (before === undefined) Deno.env.delete("HF_HUB_CACHE");
      else Deno.env.set("HF_HUB_CACHE", before);
    }
    await assertRejects(
      () => loadPipeline(new URL("ftp://127.0.0.1/tiny")),
      InputError,
      "accepted is an address of file:, http: or https:",
    );
  }));
