// Loaded before tests. QVGEN_FORM lets the adapter at hand pass for another, so
// that kernels are chosen as there; QVGEN_MODULES keeps the WGSL that compiled.
import { fnv1a } from "../../gpu/tuning_table.ts";

/** What every WebGPU device has, of the limits that this project asks about. */
const DEFAULT_LIMITS = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
};

function passFor(form: string, adapter: GPUAdapter): void {
  const { description, vendor, architecture, device } = adapter.info;
  const { subgroupMinSize, subgroupMaxSize } = adapter.info;
  const isCpu = form === "cpu";
  const value = (value: unknown): PropertyDescriptor => ({ value });
  Object.defineProperty(
    adapter,
    "info",
    value({
      // A driver's own table of choices does not serve another form.
      description: isCpu ? description : `${form} on ${description}`,
      ...{ vendor, architecture, device, subgroupMinSize, subgroupMaxSize },
      isFallbackAdapter: isCpu,
    }),
  );
  if (form !== "default-limits") return;
  const request = adapter.requestDevice.bind(adapter);
  Object.defineProperty(adapter, "limits", value(DEFAULT_LIMITS));
  Object.defineProperty(
    adapter,
    "requestDevice",
    value((descriptor: GPUDeviceDescriptor) => {
      const features: readonly string[] = [
        ...descriptor.requiredFeatures ?? [],
      ];
      if (features.some((name) => name !== "timestamp-query")) {
        return Promise.reject(new TypeError(`No such features: ${features}`));
      }
      return request(descriptor);
    }),
  );
}

const form = Deno.env.get("QVGEN_FORM");
if (form) {
  const request = navigator.gpu.requestAdapter.bind(navigator.gpu);
  navigator.gpu.requestAdapter = async (options) => {
    const adapter = await request(options);
    if (adapter) passFor(form, adapter);
    return adapter;
  };
}

const folder = Deno.env.get("QVGEN_MODULES");
if (folder) {
  const sources = new WeakMap<GPUShaderModule, GPUShaderModuleDescriptor>();
  const { createShaderModule } = GPUDevice.prototype;
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    const module = createShaderModule.call(this, descriptor);
    sources.set(module, descriptor);
    return module;
  };
  const { getCompilationInfo } = GPUShaderModule.prototype;
  GPUShaderModule.prototype.getCompilationInfo = async function () {
    const info = await getCompilationInfo.call(this);
    const { label, code } = sources.get(this)!;
    // What has no label tries a feature; what has errors tests messages.
    if (label && info.messages.every(({ type }) => type !== "error")) {
      Deno.writeTextFileSync(
        `${folder}/${label.replace(/\W/g, "_")}-${fnv1a(code)}.wgsl`,
        code,
      );
    }
    return info;
  };
}
