import { fromFileUrl } from "@std/path";
import { denoCommand } from "../../cli/deno_command.ts";

/** A program that prints a JSON line (see timer.ts) for each row. */
export interface Contender {
  readonly name: string;
  /** Whether it computes through WebGPU, as we do, or on the CPU. */
  readonly webgpu: boolean;
  readonly file: string;
}

/** This program's own rows. */
export const OWN = "qvgen";

/** All contenders, in the order in which a round runs them. */
export const CONTENDERS: readonly Contender[] = [
  { name: OWN, webgpu: true, file: "own/main.ts" },
  { name: "jax-js", webgpu: true, file: "web/jax_js.ts" },
  { name: "onnxruntime-web", webgpu: true, file: "web/onnxruntime_web.ts" },
  { name: "tinygrad", webgpu: true, file: "python/tinygrad_webgpu.py" },
  { name: "tfjs", webgpu: true, file: "web/tfjs.ts" },
  { name: "webgpu-torch", webgpu: true, file: "web/webgpu_torch.ts" },
  { name: "torch CPU, 1 thread", webgpu: false, file: "python/torch_cpu.py" },
];

/** What starts a contender and lets it spend so long on each row. */
export function commandOf({ file }: Contender, budgetMs: number): Deno.Command {
  const path = fromFileUrl(new URL(file, import.meta.url));
  if (file.endsWith(".py")) {
    const args = [path, `${budgetMs}`];
    return new Deno.Command("python3", { args, stdin: "null" });
  }
  const own = file.startsWith("own/");
  return denoCommand([
    "run",
    // The peers' packages stay out of the project's own configuration.
    ...(own ? [] : ["--no-config", "--no-lock"]),
    "--unstable-webgpu",
    "--allow-read",
    "--allow-env",
    path,
    `${budgetMs}`,
  ], { stdin: "null" });
}
