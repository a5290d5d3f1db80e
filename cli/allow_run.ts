// Prints the permission to run those of the named programs that are installed
// (./go: that can be run): Deno complains at each start about what it cannot find.
import { join } from "@std/path";

const windows = Deno.build.os === "windows";
const folders = (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":");

function isInstalled(name: string): boolean {
  if (name.startsWith("./")) return !windows;
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
