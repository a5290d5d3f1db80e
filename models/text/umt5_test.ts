import { pinned, readAll } from "../../autograd/tensor.ts";
import { openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { assertClose } from "../../tests/assert_close.ts";
import { readCase } from "../../tests/read_case.ts";
import { load } from "../load.ts";
import { relativeBuckets } from "./relative_buckets.ts";
import { parseUmt5Config, Umt5EncoderModel } from "./umt5.ts";

Deno.test("Umt5EncoderModel equals transformers, with and without a mask", async () => {
  const { json, tensor, shape } = readCase<
    { refs: { model: string }; tolerance: { rel_to_max: number } }
  >("models/umt5_tiny_io");
  using gpu = await openGpu();
  const folder = new URL(
    `../../tests/fixtures/${json.refs.model}`,
    import.meta.url,
  );
  using checkpoint = await Checkpoint.open(folder.pathname);
  const config = parseUmt5Config(checkpoint.config, folder.pathname);
  const model = new Umt5EncoderModel(config);
  await load(gpu, model, checkpoint, {
    ignore: (name) => name === "encoder.embed_tokens.weight",
  });
  const length = shape("in.ids")[1]!;
  const ids = pinned(shape("in.ids"), "u32").write(
    gpu,
    Uint32Array.from(tensor("in.ids")),
  );
  const mask = pinned(shape("in.mask")).write(gpu, tensor("in.mask"));
  const buckets = pinned([length, length], "u32").write(
    gpu,
    relativeBuckets(
      length,
      config.relative_attention_num_buckets,
      config.relative_attention_max_distance,
    ),
  );
  using plan = await record(gpu, () => [
    model.forward(ids, buckets, mask).keep(),
    model.forward(ids, buckets).keep(),
  ]);
  plan.run();
  const [masked, plain] = await readAll(gpu, plan.result);
  const relToMax = json.tolerance.rel_to_max;
  assertClose(masked!, tensor("out.y"), { relToMax }, "masked");
  assertClose(plain!, tensor("out.nomask"), { relToMax }, "without a mask");
});
