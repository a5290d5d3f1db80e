import { assertEquals } from "@std/assert";
import { parseJunit } from "./junit.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="5" failures="2" errors="0" time="0.1">
    <testsuite name="./a_test.ts" tests="5" disabled="1" errors="0" failures="2">
        <testcase name="a &amp; &quot;b&quot; &lt;c&gt;" classname="./a_test.ts" time="0.5" line="1" col="6">
        </testcase>
        <testcase name="ignored" classname="./a_test.ts" time="0.000" line="2" col="6">
            <skipped/>
        </testcase>
        <testcase name="bad &gt; worse" classname="./a_test.ts" time="0.000" line="3" col="6">
            <failure message="Uncaught Error: x &lt;y&gt;">Error: x</failure>
        </testcase>
        <testcase name="steps" classname="./a_test.ts" time="0.001" line="5" col="6">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="steps &gt; one" classname="./a_test.ts" time="0.000" line="5" col="4">
            <failure message="Uncaught Error: q">Error: q</failure>
        </testcase>
    </testsuite>
</testsuites>`;

Deno.test("parseJunit() counts tests and leaves out their steps", () => {
  assertEquals(
    parseJunit(REPORT).map(({ name, outcome }) => [name, outcome]),
    [
      ['a & "b" <c>', "passed"],
      ["ignored", "skipped"],
      ["bad > worse", "failed"],
      ["steps", "failed"],
    ],
  );
  assertEquals(parseJunit(REPORT)[0]?.seconds, 0.5);
  assertEquals(parseJunit(""), []);
});
