import { assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { writeTinyPipeline } from "../tests/tiny_pipeline.ts";
import { Teacher } from "./teacher.ts";

Deno.test("what a run could not publish of its teacher is refused before any work", () =>
  inTemporaryFolder(async (parent) => {
    const folder = join(parent, "model");
    await writeTinyPipeline(folder);
    const link = join(folder, "vae", "notes.txt");
    await Deno.symlink("loop", join(folder, "vae", "loop")); // left out
    await Teacher.open(folder);
    await Deno.writeTextFile(join(parent, "private.txt"), "private");
    await Deno.symlink("../../private.txt", link);
    await assertRejects(
      () => Teacher.open(folder),
      InputError,
      `Cannot share ${link}: it is a link to`,
    );
  }));
