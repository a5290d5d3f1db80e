import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { MetricsLog, readMetrics, type StepMetrics } from "./metrics.ts";

function stepMetrics(step: number, loss = 1 / step): StepMetrics {
  const known = { gradNorm: 2, rank: 32, gamma: 1, lr: 1e-4, ms: 5 };
  return { step, loss, ...known, norms: { low_rank: 0.5 } };
}

/** Calls `use` with a path in a folder of its own. */
function withPath(use: (path: string) => void) {
  const dir = Deno.makeTempDirSync();
  try {
    use(`${dir}/metrics.jsonl`);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

function write(path: string, steps: number[], lastStep?: number) {
  using log = new MetricsLog(path, lastStep);
  for (const step of steps) log.append(stepMetrics(step));
}

const steps = (path: string) => readMetrics(path).map(({ step }) => step);

Deno.test("MetricsLog writes a JSON line a step", () => {
  withPath((path) => {
    write(path, [1, 2]);
    assertEquals(
      Deno.readTextFileSync(path).split("\n")[0],
      '{"step":1,"loss":1,"grad_norm":2,"rank":32,"gamma":1,"lr":0.0001,' +
        '"ms":5,"norms":{"low_rank":0.5}}',
    );
    assertEquals(readMetrics(path)[1]?.gradNorm, 2);
  });
});

Deno.test("MetricsLog has whole batches on disk before it is closed", () => {
  withPath((path) => {
    using log = new MetricsLog(path);
    for (let step = 1; step <= 20; step++) log.append(stepMetrics(step));
    assertEquals(readMetrics(path).length, 16);
    log.flush();
    assertEquals(readMetrics(path).length, 20);
  });
});

Deno.test("MetricsLog drops lines after the checkpoint's step on resume", () => {
  withPath((path) => {
    write(path, [1, 2, 3, 4]);
    Deno.writeTextFileSync(path, '{"step":5,"lo', { append: true });
    write(path, [3], 2);
    assertEquals(steps(path), [1, 2, 3]);
    write(path, [1]);
    assertEquals(steps(path), [1]);
  });
});

Deno.test("readMetrics() keeps a loss that is not a number", () => {
  withPath((path) => {
    using log = new MetricsLog(path);
    log.append(stepMetrics(1, NaN));
    log.flush();
    assertEquals(readMetrics(path)[0]?.loss, NaN);
  });
});

Deno.test("readMetrics() names the line that is no JSON", () => {
  withPath((path) => {
    Deno.writeTextFileSync(path, '{"step":1}\nloss 2\n');
    assertThrows(
      () => readMetrics(path),
      InputError,
      `${path}:2: found loss 2`,
    );
  });
});
