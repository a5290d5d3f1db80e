import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import project from "../deno.json" with { type: "json" };
import { denoCommand } from "../cli/deno_command.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

/** The first block of a language in the README. */
async function block(language: string): Promise<string> {
  const text = await Deno.readTextFile("README.md");
  return text.split(`\`\`\`${language}\n`)[1]!.split("```")[0]!;
}

/** What a lock file of the scratch project would hold, so that nothing is asked of a registry. */
async function lockOf(name: string): Promise<string> {
  const { workspace, ...lock } = JSON.parse(
    await Deno.readTextFile("deno.lock"),
  );
  const links = { [`jsr:${name}@${project.version}`]: workspace };
  const dependencies = [`jsr:${name}@${project.version.replace(/\.\d+$/, "")}`];
  return JSON.stringify({ ...lock, workspace: { dependencies, links } });
}

Deno.test("the README's program makes a clip in a project of another folder", () =>
  inTemporaryFolder(async (folder) => {
    const config = JSON.parse(await block("json"));
    assertEquals(config.links, ["../qvgen"]);
    config.links = [Deno.cwd()];
    const files = {
      "deno.json": JSON.stringify(config),
      "deno.lock": await lockOf(project.name),
      "main.ts": await block("ts"),
      // ./go, through which Deno may have to be run, stays in its own folder.
      "in_folder.ts": `Deno.chdir(import.meta.dirname!);
await import("./main.ts");`,
    };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    const { code, stderr } = await denoCommand([
      "run",
      "--allow-all",
      "--quiet",
      "--cached-only",
      `--config=${join(folder, "deno.json")}`,
      join(folder, "in_folder.ts"),
    ]).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const clip = await Deno.readFile(join(folder, "clip.mp4"));
    assertEquals(new TextDecoder().decode(clip.subarray(4, 8)), "ftyp");
  }));
