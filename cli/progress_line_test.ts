import { assert, assertEquals } from "@std/assert";
import { duration, fittedLine } from "./progress_line.ts";

Deno.test("duration() reads well from seconds to hours", () => {
  assertEquals([9.4, 65, 7620].map(duration), ["9s", "1m05s", "2h07m"]);
});

const TRAINING = {
  label: "training",
  done: 60,
  total: 300,
  spent: 50,
  left: 201,
  note: "loss 0.0912, grad norm 0.123, 812 ms a step",
};

Deno.test("fittedLine() shrinks the bar first, then the rest, and never the wanted numbers", () => {
  assertEquals(
    [120, 100, 79, 60, 39, 32].map((columns) => fittedLine(TRAINING, columns)),
    [
      "training ━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 60/300  50s, 3m21s left  loss 0.0912, grad norm 0.123, 812 ms a step",
      "training ━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 60/300  50s, 3m21s left  loss 0.0912, grad norm 0.123, 812 ms a step",
      "training ╌ 60/300  50s, 3m21s left  loss 0.0912, grad norm 0.123, 812 ms a step",
      "training 60/300  3m21s left  loss 0.0912, grad norm 0.123",
      "traini… 60/300  3m21s left  loss 0.0912",
      "60/300  3m21s left  loss 0.0912",
    ],
  );
});

Deno.test("fittedLine() fits and keeps count and time left at every width", () => {
  const decoding = {
    ...TRAINING,
    label: "decoding and writing the clip",
    note: "",
  };
  for (const line of [TRAINING, decoding]) {
    for (let columns = 32; columns < 130; columns++) {
      const fitted = fittedLine(line, columns);
      assert(fitted.length <= columns, `${columns}: ${fitted}`);
      assert(fitted.includes("60/300  ") && fitted.includes("3m21s left"));
      assert(line.note === "" || fitted.includes("loss 0.0912"), fitted);
    }
  }
  assertEquals(fittedLine(TRAINING, 5).length, 5);
});
