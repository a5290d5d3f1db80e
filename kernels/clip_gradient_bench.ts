import { emit } from "../gpu/record.ts";
import { clipGradient } from "./clip_gradient.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { rowForm } from "./lib/rows.ts";

const bench = suite("clip_gradient");

// A clip pair for each sample; tokens of the tiny model, then of larger ones.
for (const [samples, tokens] of [[32, 64], [4, 1536], [1, 8960]] as const) {
  const index = buffer(
    samples,
    Uint32Array.from({ length: samples }, (_, i) => i),
  );
  const dclips = buffer(2 * samples * tokens);
  const [upper, lower, dupper, dlower] = [0, 1, 2, 3].map(() =>
    buffer(samples)
  );
  const bytes = 8 * samples * tokens;
  bench("", `${samples} x ${tokens} tokens`, { bytes }, () => {
    const { kernel, constants } = rowForm(clipGradient, 1);
    emit(
      kernel,
      {
        dclips,
        index,
        upper: upper!,
        lower: lower!,
        dupper: dupper!,
        dlower: dlower!,
      },
      samples,
      { params: { samples, tokens }, constants },
    );
  });
}
