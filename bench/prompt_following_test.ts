import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { execute } from "../cli/main.ts";
import { evaluationGrid } from "../train/data/evaluation.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { writeTinyPipeline } from "../tests/tiny_pipeline.ts";
import { spreadOver } from "./judge.ts";
import { command, promptFollowing } from "./prompt_following.ts";

Deno.test("spreadOver() takes prompts that cover the grid evenly", () => {
  const grid = evaluationGrid();
  assertEquals(spreadOver(grid), grid);
  const some = spreadOver(grid, 24);
  assertEquals(new Set(some).size, 24);
  for (const factor of ["color", "shape", "motion", "background"] as const) {
    const counts = new Map<string, number>();
    for (const { factors } of some) {
      const value = factors[factor];
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const sizes = [...counts.values()];
    assertEquals(
      counts.size,
      new Set(grid.map(({ factors }) => factors[factor])).size,
    );
    assert(Math.max(...sizes) - Math.min(...sizes) <= 2, `${factor} ${sizes}`);
  }
});

Deno.test("bench prompts scores the same clips alike in any batch, and draws them", () =>
  inTemporaryFolder(async (folder) => {
    const model = join(folder, "model");
    await writeTinyPipeline(model);
    const sheet = join(folder, "sheet.png");
    const run = async (...more: string[]) => {
      let out = "";
      const args = ["--quiet", "--json", "--model", model, "--limit", "3"];
      const status = await execute(
        command,
        (parsed, run) => promptFollowing(parsed, run, (text) => out += text),
        [...args, ...more],
      );
      assertEquals(status, 0);
      return JSON.parse(out);
    };
    const together = await run("--batch", "3", "--sheet", sheet);
    const apart = await run("--batch", "2");
    assertEquals(together.table.clips, 3);
    assertEquals(together.precision, "packed");
    const prompts = spreadOver(evaluationGrid(), 3).map((p) => p.prompt);
    for (const { clips } of [together, apart]) {
      assertEquals(clips.map((c: { prompt: string }) => c.prompt), prompts);
    }
    const colors = ({ clips }: { clips: { color: boolean }[] }) =>
      clips.map(({ color }) => color);
    assertEquals(colors(together), colors(apart));
    assertEquals((await Deno.readFile(sheet))[1], "P".charCodeAt(0));
  }));
