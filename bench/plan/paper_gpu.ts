import { Gpu } from "../../gpu/device.ts";

const GIB = 2 ** 30;

/** A buffer that holds nothing. */
const paperBuffer = ({ size, label = "" }: GPUBufferDescriptor) => ({
  size,
  label,
  destroy() {},
});

/** What the library asks a device for while it records and places; nothing is run. */
const device = () => ({
  limits: {
    minUniformBufferOffsetAlignment: 256,
    maxBufferSize: 1024 * GIB,
    maxStorageBufferBindingSize: 4 * GIB,
    maxComputeWorkgroupsPerDimension: 65535,
  },
  lost: new Promise<never>(() => {}),
  addEventListener() {},
  destroy() {},
  pushErrorScope() {},
  popErrorScope: () => Promise.resolve(null),
  createBuffer: paperBuffer,
  createBindGroup: () => ({}),
  createBindGroupLayout: () => ({}),
  createPipelineLayout: () => ({}),
  createComputePipeline: () => ({ getBindGroupLayout: () => ({}) }),
  createShaderModule: () => ({
    getCompilationInfo: () => Promise.resolve({ messages: [] }),
  }),
  createCommandEncoder: () => ({ copyBufferToBuffer() {}, finish: () => ({}) }),
  queue: { writeBuffer() {}, submit() {} },
});

/**
 * A Gpu on which plans of any size are recorded and placed, without memory:
 * what the host's part of it takes can be measured on any machine. Kernels are
 * chosen as for a GPU with subgroups of 32 and bindings of 4 GiB.
 */
export function paperGpu(): Gpu {
  const traits = {
    subgroupSize: 32,
    timestamps: false,
    software: false,
    maxBindingBytes: 4 * GIB,
    maxGroups: 65535,
  };
  const info = { description: "paper" } as GPUAdapterInfo;
  return new Gpu(device() as unknown as GPUDevice, info, traits, "");
}
