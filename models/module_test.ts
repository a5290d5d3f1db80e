import { assertEquals } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { ParameterArena } from "../train/optim/parameter_arena.ts";
import { type Blocks, blocksOf } from "./weights/paged_blocks.ts";
import { Linear } from "./linears/linear.ts";
import { Module, parameters } from "./module.ts";

class Network extends Module {
  readonly extras: Module[] = [];
  readonly blocks = [new Linear(4, 8), new Linear(8, 4)];
  readonly out = new Linear(4, 4);
}

Deno.test("a module that is disposed leaves nothing, and can be loaded again", async () => {
  using gpu = await openGpu();
  const { pinned } = gpu.pool.bytes;
  const network = new Network();
  for (let i = 0; i < 2; i++) {
    using _owner = network;
    for (const [, p] of parameters(network)) {
      p.write(gpu, new Float32Array(p.size));
    }
  }
  assertEquals(gpu.pool.bytes.pinned, pinned);
});

Deno.test("a module leaves parameters that live in an arena to it", async () => {
  using gpu = await openGpu();
  const { pinned } = gpu.pool.bytes;
  {
    using network = new Network();
    using arena = ParameterArena.create(gpu, parameters(network.out));
    network.blocks[0]!.weight.write(gpu, new Float32Array(32));
    network.out.bias!.write(gpu, Float32Array.of(1, 2, 3, 4));
    network[Symbol.dispose]();
    assertEquals([...await arena.parameters[1]!.read(gpu)], [1, 2, 3, 4]);
  }
  assertEquals(gpu.pool.bytes.pinned, pinned);
});

Deno.test("blocks are the first list that holds some", () => {
  const { field, each }: Blocks = blocksOf(new Network());
  assertEquals([field, each.length], ["blocks", 2]);
  const { each: none } = blocksOf(new Linear(2, 2));
  assertEquals(none, []);
});
