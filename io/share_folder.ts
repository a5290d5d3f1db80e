import { join } from "@std/path";

/**
 * Makes the files below folder `from` appear below `to` as well: as hard links,
 * which take no space, or where the system makes none (another disk) as copies.
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
  try {
    await Deno.link(from, to);
  } catch {
    await Deno.copyFile(from, to);
  }
}
