// Prints the permission to run those of the named programs that are installed:
// Deno complains at each start about a permission for a program it cannot find.
import { join } from "@std/path";

const windows = Deno.build.os === "windows";
const folders = (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":");

function isInstalled(name: string): boolean {
  return folders.some((folder) => {
    try {
      return Deno.statSync(join(folder, windows ? `${name}.exe` : name)).isFile;
    } catch {
      return false;
    }
  });
}

const installed = Deno.args.filter(isInstalled);
if (installed.length > 0) console.log(`--allow-run=${installed.join(",")}`);
