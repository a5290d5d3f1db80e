import { assert, assertEquals } from "@std/assert";
import { Stream } from "../../core/random.ts";
import { evaluationGrid, scorePrompt, scoreTable } from "./evaluation.ts";
import { readClip } from "./oracle.ts";
import { DEFAULT_SIZE, proceduralClip } from "./procedural.ts";

const { frames, height, width } = DEFAULT_SIZE;

/** The score table of damaged clips 0 to count - 1. */
function tableOf(
  count: number,
  damage: (video: Float32Array, index: number) => Float32Array,
) {
  return scoreTable(Array.from({ length: count }, (_, index) => {
    const { video, factors } = proceduralClip(11, index);
    return scorePrompt(damage(video, index), factors, DEFAULT_SIZE);
  }));
}

Deno.test("The oracle reads every exact clip without a mistake", () => {
  const table = tableOf(600, (video) => video);
  const { color, background, motion, shape, all, clips } = table;
  assertEquals([color, background, motion, shape, all], [1, 1, 1, 1, 1]);
  assertEquals(clips, 600);
  assert(table.fit > 0.99, `${table.fit}`);
});

Deno.test("The oracle reads noisy clips", () => {
  const table = tableOf(100, (video, index) => {
    const noise = new Stream(1, "noise", index).normals(video.length);
    return video.map((v, i) => v + 0.15 * noise[i]!);
  });
  assertEquals(table.all, 1);
});

Deno.test("The oracle reads blurred clips", () => {
  const table = tableOf(100, (video) =>
    video.map((_, i) => {
      const x = i % width;
      const y = Math.floor(i / width) % height;
      let sum = 0, count = 0;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          sum += video[i + (v - y) * width + u - x]!;
          count++;
        }
      }
      return sum / count;
    }));
  assert(table.all >= 0.99, `${table.all}`);
});

Deno.test("The oracle sees no shape in an empty clip", () => {
  const video = new Float32Array(3 * frames * height * width).fill(-0.1);
  assertEquals(readClip(video, DEFAULT_SIZE), {
    background: "gray",
    color: null,
    motion: null,
    shape: null,
    fit: 0,
  });
});

Deno.test("evaluationGrid() holds 144 prompts, motions and backgrounds evenly", () => {
  const grid = evaluationGrid();
  assertEquals(new Set(grid.map(({ prompt }) => prompt)).size, 144);
  assertEquals(new Set(grid.map(({ seed }) => seed)).size, 144);
  const count = (word: string) =>
    grid.filter(({ prompt }) => prompt.split(" ").includes(word)).length;
  const counts = (words: string[]) => words.map(count);
  assertEquals(counts(["left", "right", "up", "down", "still"]), [
    29,
    29,
    29,
    29,
    28,
  ]);
  assertEquals(counts(["black", "gray", "navy"]), [48, 48, 48]);
  assertEquals(counts(["circle", "square", "triangle", "ring"]), [
    36,
    36,
    36,
    36,
  ]);
});
