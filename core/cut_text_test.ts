import { assertEquals } from "@std/assert";
import { cutText } from "./cut_text.ts";

Deno.test("cutText() counts bytes and cuts between whole characters", () => {
  assertEquals(cutText("plain", 5), "plain");
  assertEquals(cutText("plain", 4), "plai");
  assertEquals(cutText("一只猫", 8), "一只");
  assertEquals(cutText("e\u0301e\u0301", 5), "e\u0301");
  assertEquals(cutText("हिन्दी", 9), "हि");
  assertEquals(cutText("👩‍🚀👩‍🚀", 21), "👩‍🚀");
  assertEquals(cutText("👩‍🚀", 10), "");
});
