import { CUBE, REPEATS, values } from "../sizes.ts";
import { coldStart, report, time } from "../timer.ts";
import { type OnnxGraph, onnxModel } from "./onnx_graph.ts";
import { FIRST, GRAPHS } from "./onnx_models.ts";

/** What this file uses of ONNX Runtime Web. */
interface OrtTensor {
  dispose(): void;
  getData(): Promise<unknown>;
}
interface Session {
  run(
    feeds: Record<string, OrtTensor>,
  ): Promise<{ readonly y: OrtTensor }>;
  release(): Promise<void>;
}
interface Ort {
  readonly env: {
    readonly wasm: { numThreads: number };
    readonly webgpu: { readonly device: GPUDevice | Promise<GPUDevice> };
    logLevel: string;
  };
  readonly InferenceSession: {
    create(model: Uint8Array, options: unknown): Promise<Session>;
  };
  readonly Tensor: {
    new (type: string, data: Float32Array, dims: number[]): OrtTensor;
    fromGpuBuffer(
      buffer: GPUBuffer,
      options: { dataType: string; dims: readonly number[] },
    ): OrtTensor;
  };
}

const SHORT = ["layer norm", "rms norm", "softmax", "gelu"];
const module = "npm:onnxruntime-web@1.30.0/webgpu";
const ort = await import(module) as Ort;
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

function open(graph: OnnxGraph): Promise<Session> {
  return ort.InferenceSession.create(onnxModel(graph), {
    executionProviders: ["webgpu"],
    preferredOutputLocation: "gpu-buffer",
  });
}

const first = await open(FIRST);
const cube = new ort.Tensor("float32", values(CUBE * CUBE), [CUBE, CUBE]);
await (await first.run({ x: cube })).y.getData();
coldStart();

const device = await ort.env.webgpu.device;

function onGpu(dims: readonly number[]): OrtTensor {
  const data = values(dims.reduce((a, b) => a * b));
  const buffer = device.createBuffer({
    size: data.byteLength,
    usage: 0x80 | 0x8 | 0x4, // STORAGE | COPY_DST | COPY_SRC
  });
  device.queue.writeBuffer(buffer, 0, data);
  return ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims });
}

for (const [op, graph] of GRAPHS) {
  try {
    const { inputs } = graph();
    const session = await open(graph());
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, dims]) => [name, onGpu(dims)]),
    );
    await time(op, async (times) => {
      const made: OrtTensor[] = [];
      for (let i = 0; i < times; i++) made.push((await session.run(feeds)).y);
      await device.queue.onSubmittedWorkDone();
      for (const y of made) y.dispose();
    }, { times: SHORT.includes(op) ? REPEATS : 1 });
    await session.release();
  } catch (error) {
    report({ op, error: String(error).slice(0, 200) });
  }
}
Deno.exit(0);
