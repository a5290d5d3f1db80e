import { assertEquals } from "@std/assert";
import { ByteCache } from "./byte_cache.ts";

Deno.test("ByteCache lets go of what was used longest ago, and keeps nothing above its limit", () => {
  const cache = new ByteCache<{ data: Uint8Array }>(10);
  const kept = () =>
    ["a", "b", "c", "d"].filter((name) => cache.get(name) !== undefined);
  cache.set("a", { data: new Uint8Array(4) });
  cache.set("b", { data: new Uint8Array(4) });
  cache.get("a");
  cache.set("c", { data: new Uint8Array(4) });
  assertEquals(kept(), ["a", "c"]);
  cache.set("d", { data: new Uint8Array(11) });
  assertEquals(kept(), ["a", "c"]);
  cache.set("d", { data: new Uint8Array(10) });
  assertEquals(kept(), ["d"]);
});
