import { denoCommand } from "../cli/deno_command.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { replaceFile } from "../io/atomic.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { lockRunFolder } from "./run_folder.ts";

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

Deno.test("a folder belongs to one run until it is over", () =>
  inTemporaryFolder(async (folder) => {
    const out = join(folder, "run");
    {
      using _lock = await lockRunFolder(out);
      await assertRejects(
        () => lockRunFolder(out),
        InputError,
        `Cannot train in ${out}: another run is at work there`,
      );
    }
    using _again = await lockRunFolder(out);
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "mine");
    await assertRejects(
      () => lockRunFolder(file),
      InputError,
      `Cannot write ${file}: ${file} is no folder`,
    );
  }));

Deno.test("a folder is free again once the process of its run is killed", () =>
  inTemporaryFolder(async (out) => {
    const code = `
      import { lockRunFolder } from "./train/run_folder.ts";
      const lock = await lockRunFolder(${JSON.stringify(out)});
      console.log("locked");
      await new Promise((r) => setTimeout(r, 60_000, lock));`;
    const args = ["eval", code];
    const command = denoCommand(args, { stdout: "piped" });
    await using child = command.spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    await assertRejects(() => lockRunFolder(out), InputError, "another run");
    child.kill("SIGKILL");
    await child.status;
    using _lock = await lockRunFolder(out);
  }));

Deno.test("what killed runs left half-written is removed, of a run at work or of others nothing", () =>
  inTemporaryFolder(async (out) => {
    /** Files as they are while they are written. */
    const halfWritten = async (folder: string, ...names: string[]) => {
      const left: string[] = [];
      await Deno.mkdir(folder, { recursive: true });
      for (const name of names) {
        await replaceFile(join(folder, name), () => {
          for (const { name } of Deno.readDirSync(folder)) {
            const path = join(folder, name);
            Deno.copyFileSync(path, path.replace(".tmp", "0.tmp"));
          }
          return Promise.resolve();
        });
        await Deno.remove(join(folder, name));
        left.push(
          ...[...Deno.readDirSync(folder)].map(({ name }) =>
            join(folder, name)
          ),
        );
      }
      return left;
    };
    const step = "step-00000004.safetensors";
    const earlier = join(out, "earlier-1");
    const busy = join(out, "earlier-2");
    const dead = [
      ...await halfWritten(join(out, "checkpoints"), step),
      ...await halfWritten(join(out, "model"), "transformer"),
      ...await halfWritten(join(earlier, "checkpoints"), step),
    ];
    // The names of an earlier version.
    const older = join(out, "model", `.transformer.${crypto.randomUUID()}.tmp`);
    await Deno.mkdir(join(older, "inner"), { recursive: true });
    using _other = await lockRunFolder(busy);
    const living = [
      ...await halfWritten(join(busy, "checkpoints"), step),
      ...await halfWritten(join(out, "samples"), "my-clip.mp4"),
    ];
    assertEquals([dead.length, living.length], [3, 2]);
    using _lock = await lockRunFolder(out);
    for (const path of [...dead, older]) assert(!await exists(path), path);
    for (const path of living) assert(await exists(path), path);
  }));
