import { CUBE, LINEAR, values } from "../sizes.ts";
import { coldStart, time } from "../timer.ts";

/** What this file uses of webgpu-torch, which has products and elementwise ops only. */
interface TorchTensor {
  mm(b: TorchTensor): TorchTensor;
  t(): TorchTensor;
  toArrayAsync(): Promise<unknown>;
}
interface Torch {
  initWebGPUAsync(): Promise<boolean>;
  tensor(rows: number[][]): TorchTensor;
}

// It unmaps buffers that were never mapped, which Deno refuses.
const unmap = GPUBuffer.prototype.unmap;
GPUBuffer.prototype.unmap = function () {
  try {
    unmap.call(this);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
};
let device: GPUDevice | undefined;
const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...args) {
  return device = await request.apply(this, args);
};
const log = console.log;
console.log = () => {}; // it talks on standard output
const module = "npm:webgpu-torch@0.3.5";
const torch = await import(module) as Torch;
await torch.initWebGPUAsync();
console.log = log;

function matrix(rows: number, columns: number): TorchTensor {
  const all = values(rows * columns);
  return torch.tensor(
    Array.from(
      { length: rows },
      (_, i) => Array.from(all.subarray(i * columns, (i + 1) * columns)),
    ),
  );
}

await matrix(CUBE, CUBE).mm(matrix(CUBE, CUBE).t()).toArrayAsync();
coldStart();
const [x, w] = [
  matrix(LINEAR.rows, LINEAR.inputs),
  matrix(LINEAR.outputs, LINEAR.inputs),
];
await time("linear", async () => {
  x.mm(w.t());
  await device!.queue.onSubmittedWorkDone();
});
Deno.exit(0);
