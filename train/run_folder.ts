import { join } from "@std/path";
import { kindOf } from "../io/writable_folder.ts";

/** What a run leaves in its folder. */
const LEFT = [
  "checkpoints",
  "config.yaml",
  "events",
  "metrics.jsonl",
  "model",
  "report.html",
  "samples",
  "tuning.json",
];

/**
 * Makes the folder of a new run. What an earlier run left there is moved to
 * `earlier-N` within, whose path is returned: nothing is ever overwritten.
 */
export async function newRunFolder(out: string): Promise<string | undefined> {
  await Deno.mkdir(out, { recursive: true });
  const left: string[] = [];
  for (const name of LEFT) {
    if (await kindOf(join(out, name)) !== "nothing") left.push(name);
  }
  if (left.length === 0) return undefined;
  let number = 1;
  while (await kindOf(join(out, `earlier-${number}`)) !== "nothing") number++;
  const earlier = join(out, `earlier-${number}`);
  await Deno.mkdir(earlier);
  for (const name of left) {
    await Deno.rename(join(out, name), join(earlier, name));
  }
  return earlier;
}
