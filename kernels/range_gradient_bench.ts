import { emit } from "../gpu/record.ts";
import { rangeGradient } from "./range_gradient.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { rowForm } from "./lib/rows.ts";

const bench = suite("range_gradient");

// A pair of ranges for each sample; tokens of the tiny model, then of larger ones.
for (const [samples, tokens] of [[32, 64], [4, 1536], [1, 8960]] as const) {
  const index = buffer(
    samples,
    Uint32Array.from({ length: samples }, (_, i) => i),
  );
  const dranges = buffer(2 * samples * tokens);
  const [upper, lower, dupper, dlower] = [0, 1, 2, 3].map(() =>
    buffer(samples)
  );
  const bytes = 8 * samples * tokens;
  bench("", `${samples} x ${tokens} tokens`, { bytes }, () => {
    const { kernel, constants } = rowForm(rangeGradient, 1);
    emit(
      kernel,
      {
        dranges,
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
