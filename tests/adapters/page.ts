// What runs in the browser: the same work as in Deno, and the WGSL that other
// tests used, for the browser's own compiler. The results go to the server.
import { openGpu } from "../../gpu/device.ts";
import { computeResults } from "./results.ts";

/** What a page sends home. */
export type Report = Awaited<ReturnType<typeof report>>;

async function report() {
  using gpu = await openGpu();
  const modules: string[] = await (await fetch("/modules")).json();
  const refused: string[] = [];
  for (const name of modules) {
    const source = await (await fetch(`/modules/${name}`)).text();
    const enabled = source.includes("enable subgroups;") ? "" : gpu.prefix;
    gpu.device.pushErrorScope("validation");
    const module = gpu.device.createShaderModule({ code: enabled + source });
    const { messages } = await module.getCompilationInfo();
    await gpu.device.popErrorScope();
    const wrong = messages.find(({ type }) => type === "error");
    if (wrong) refused.push(`${name}:${wrong.lineNum} ${wrong.message}`);
  }
  const { description, vendor, architecture } = gpu.info;
  return {
    adapter: description || `${vendor} ${architecture}`,
    traits: gpu.traits,
    modules: modules.length,
    refused,
    results: await computeResults(gpu),
  };
}

let sent: unknown;
try {
  sent = await report();
} catch (error) {
  sent = { error: String((error as Error).stack ?? error) };
}
await fetch("/report", { method: "POST", body: JSON.stringify(sent) });
