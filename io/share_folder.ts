import { join } from "@std/path";

/**
 * Makes the files below folder `from` appear below `to` as well: as hard links,
 * which take no space, or where the system makes none (another disk) as copies.
 * Files of these names that were there before give way.
 * Links to files, as in the hub's cache, become what they lead to.
 */
export async function shareFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    const source = await Deno.realPath(join(from, name));
    const target = join(to, name);
    if ((await Deno.stat(source)).isDirectory) {
      await shareFolder(source, target);
    } else await shareFile(source, target);
  }
}

async function shareFile(from: string, to: string): Promise<void> {
  // A file shared before is the same one: copying it onto itself would empty it.
  await Deno.remove(to).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  try {
    await Deno.link(from, to);
  } catch {
    await Deno.copyFile(from, to);
  }
}
