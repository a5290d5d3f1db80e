import { assertThrows } from "@std/assert";
import { assertClose } from "../tests/assert_close.ts";
import { readCase } from "../tests/read_case.ts";
import { ropeTable, wanRopeTable } from "./rope_table.ts";

Deno.test("wanRopeTable() agrees with recorded tables", () => {
  const { json, tensor } = readCase<{
    config: {
      head_dim: number;
      latent_T_H_W: [number, number, number];
      patch: [number, number, number];
    };
  }>("ops/rope_wan");
  const { head_dim, latent_T_H_W, patch } = json.config;
  const [t, h, w] = latent_T_H_W.map((n, i) => n / patch[i]!);
  const { cos, sin } = wanRopeTable(head_dim, t!, h!, w!);
  assertClose(cos, tensor("in.cos"), { abs: 1e-6 });
  assertClose(sin, tensor("in.sin"), { abs: 1e-6 });
});

Deno.test("ropeTable() makes CogVideoX 1.5 tables too", () => {
  const { tensor } = readCase("ops/rope_cogvideox_1_5");
  const axis = (n: number, channels: number) => ({
    positions: Array.from({ length: n }, (_, i) => i),
    channels,
  });
  const { cos, sin } = ropeTable([axis(3, 4), axis(3, 6), axis(5, 6)]);
  assertClose(cos, tensor("in.cos"), { abs: 1e-6 });
  assertClose(sin, tensor("in.sin"), { abs: 1e-6 });
});

Deno.test("ropeTable() refuses half a pair", () => {
  assertThrows(
    () => ropeTable([{ positions: [0], channels: 3 }]),
    RangeError,
    "even number of channels, found 3",
  );
});
