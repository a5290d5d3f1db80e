import { join } from "@std/path";
import { formatBits } from "../core/bits.ts";
import { InputError } from "../core/errors.ts";
import { ClipFolder } from "../data/clip_folder.ts";
import { type ClipSource, proceduralSource } from "../data/clip_source.ts";
import { openGpu } from "../gpu/device.ts";
import type { PatchCodec } from "../models/tiny/patch_codec.ts";
import { resolveConfig, type TrainConfig } from "../train/config.ts";
import { readConfigFile } from "../train/config_source.ts";
import { writeReport } from "../train/logs/report.ts";
import { trainRun } from "../train/run.ts";
import { SAMPLES_A_MODEL, writeSamples } from "../train/samples.ts";
import { configFlags, flagSource } from "./config_flags.ts";
import { defineCommand } from "./flag_types.ts";
import { type Run, runCommand } from "./main.ts";
import { modelFolder } from "./models.ts";
import { userPath } from "./paths.ts";
import { Progress } from "./progress.ts";

const command = defineCommand({
  name: "train",
  summary:
    "Trains a quantised student of a video diffusion transformer (QVGen) and packs it.",
  flags: {
    config: {
      type: "string",
      help: "YAML file with settings; flags overrule it",
      placeholder: "FILE.yaml",
    },
    ...configFlags(),
    quiet: { type: "boolean", default: false, help: "No progress" },
  },
  examples: ["", "--bits 3 --steps 1200", "--data my-clips --steps 100"],
});

async function main(
  { flags }: { flags: Readonly<Record<string, unknown>> },
  run: Run,
): Promise<void> {
  const file = flags["config"];
  const config = withUserPaths(resolveConfig([
    ...(typeof file === "string" ? [readConfigFile(userPath(file))] : []),
    flagSource(flags),
  ]));
  const folder = await modelFolder(config.model);
  using gpu = await openGpu({ power: config.gpu });
  using progress = new Progress({ quiet: flags["quiet"] === true });
  run.onInterrupt(() =>
    `checkpoints are in ${
      join(config.out, "checkpoints")
    }; go on with the same command and --resume`
  );
  const finished = await trainRun(
    gpu,
    folder,
    config,
    (codec) => clipSource(config, codec),
    {
      phase: (label, total) => progress.phase(label, total),
      steps: (count, { loss, norm }, ms) =>
        progress.advance(
          count,
          `loss ${loss.toPrecision(4)}, gradient ${norm.toPrecision(3)}, ${
            ms.toFixed(0)
          } ms a step`,
        ),
    },
  );
  progress.phase("sampling", 2 * SAMPLES_A_MODEL);
  const samples = await writeSamples(
    gpu,
    config.out,
    { teacher: folder, student: finished.model },
    () => progress.advance(),
  );
  const report = writeReport(config.out, {
    title: `${config.method} ${formatBits(config.bits)}`,
    config: { ...config, bits: formatBits(config.bits) },
    samples,
  });
  progress[Symbol.dispose]();
  console.log(
    `${finished.model}, ${finished.steps} steps, loss ${
      finished.loss.toPrecision(4)
    }, report ${report}, peak GPU ${gpu.pool.bytes.peak} bytes`,
  );
}

function withUserPaths(config: TrainConfig): TrainConfig {
  const out = userPath(config.out);
  const data = config.data === "procedural"
    ? config.data
    : userPath(config.data);
  return { ...config, out, data };
}

async function clipSource(
  config: TrainConfig,
  codec: PatchCodec,
): Promise<ClipSource> {
  const { frames, height, width, data, seed } = config;
  const size = codec.defaultSize;
  for (const [flag, asked] of Object.entries({ frames, height, width })) {
    const own = size[flag as keyof typeof size];
    if (asked !== undefined && asked !== own) {
      throw new InputError(
        `Flag --${flag}: found ${asked}, this model trains on ${own}`,
      );
    }
  }
  if (data === "procedural") return proceduralSource(seed, size);
  return await ClipFolder.open(data, size, { seed });
}

if (import.meta.main) await runCommand(command, main);
