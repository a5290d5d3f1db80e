import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { openGpu } from "../../gpu/device.ts";
import { Case, type Recorded } from "./case.ts";
import { findCases } from "./files.ts";
import { gathered } from "./items.ts";
import type { Runner } from "./runner.ts";
import { models } from "./models.ts";
import { pipelines } from "./pipelines.ts";
import { groupOf } from "./train/settings.ts";
import { Parameter } from "../../models/module.ts";

const FIXTURES = fromFileUrl(new URL("../../tests/fixtures", import.meta.url));

async function recordedCase(label: string): Promise<Case> {
  const found = (await findCases(FIXTURES)).find((one) => one.label === label);
  assert(found, label);
  return await Case.open(found);
}

/** A tensor twice along an axis; the second time as `change` makes it. */
function twice(
  tensor: Recorded,
  axis: number,
  change: (values: Recorded["values"]) => Recorded["values"] = (v) => v,
): Recorded {
  const entries = tensor.shape[axis]!;
  const all = Array.from({ length: entries }, (_, i) => [i, i]).flat();
  const doubled = gathered(tensor, axis, all);
  return { ...doubled, values: change(doubled.values) };
}

async function passes(run: Runner, c: Case): Promise<string[]> {
  using gpu = await openGpu();
  const results = await run(c, gpu);
  const failed = results.filter(({ used }) => !(used <= 1));
  assertEquals(failed, []);
  return results.map(({ what }) => what);
}

Deno.test("gathered() takes entries of an axis in their order", () => {
  const tensor = { shape: [2, 3], values: Float32Array.of(0, 1, 2, 3, 4, 5) };
  const columns = gathered(tensor, 1, [2, 0]);
  assertEquals(columns.shape, [2, 2]);
  assertEquals([...columns.values], [2, 0, 5, 3]);
  assertEquals([...gathered(tensor, 0, [1]).values], [3, 4, 5]);
});

for (
  const label of [
    "pipelines/wan_text_unipc_len32",
    "pipelines/cogvideox_text_ddim_dynamic_cfg",
    "pipelines/cogvideox_embeds_dpm",
  ]
) {
  Deno.test(`a list of prompts is a batch of clips: ${label}`, async () => {
    const c = await recordedCase(label);
    const ofSteps = ["out.latents_after_step", "noise_in_order_drawn"];
    const tensors = [...c.tensors].map(([name, tensor]) =>
      [name, twice(tensor, ofSteps.includes(name) ? 1 : 0)] as const
    );
    const { prompt } = c.config;
    const config = prompt === undefined
      ? c.config
      : { ...c.config, prompt: [prompt, prompt] };
    const run = pipelines[c.op]!;
    const whats = await passes(run, c.with(new Map(tensors), config));
    assert(whats.includes("0: out.frames") && whats.includes("1: out.frames"));
  });
}

Deno.test("embedded prompts without guidance need no negative one", async () => {
  const c = await recordedCase("pipelines/cogvideox_embeds_dpm");
  const kept = [...c.tensors].filter(([name]) => !name.includes("negative"));
  using gpu = await openGpu();
  const config = { ...c.config, guidance_scale: 1 };
  const names = ["in.latents", "in.prompt_embeds", "noise_in_order_drawn"];
  const tensors = kept.filter(([name]) =>
    names.includes(name) || name.startsWith("out.")
  );
  const results = await pipelines["embeds"]!(
    c.with(new Map(tensors), config),
    gpu,
  );
  assert(results.some(({ what }) => what === "out.frames"));
});

for (
  const label of ["models/wan_vae_tiny_io", "models/cogvideox_vae_tiny_io"]
) {
  Deno.test(`a batch of videos, and latents alone: ${label}`, async () => {
    const c = await recordedCase(label);
    const tensors = [...c.tensors].map(([name, tensor]) =>
      [name, /^(in|out)\./.test(name) ? twice(tensor, 0) : tensor] as const
    );
    const vae = models["vae"]!;
    const whats = await passes(vae, c.with(new Map(tensors), c.config));
    assert(
      whats.includes("1: out.moments") && whats.includes("1: out.decoded"),
    );
    const names = ["in.latent", "out.decoded"];
    const decoding = [...c.tensors].filter(([name]) => names.includes(name));
    const alone = await passes(vae, c.with(new Map(decoding), c.config));
    assertEquals(alone, ["out.decoded"]);
  });
}

Deno.test("weights stand apart from biases and norms, as the warm-up freezes them alone", () => {
  const groups = [
    ["blocks.0.to_q.w", "weight"],
    ["w", "weight"],
    ["blocks.0.to_q.b", "weight"],
    ["scale_shift_table", "weight"],
    ["blocks.0.to_q.wquantizer.scale", "scale"],
  ] as const;
  assertEquals(
    groups.map(([name, role]) => groupOf(name, new Parameter([1], role))),
    ["weight", "weight", "rest", "rest", "scale"],
  );
});
