import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { listClips } from "./clip_list.ts";

/** Runs `body` in a folder of these files. */
function withFiles(
  files: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    await body(folder);
  });
}

const CLIPS = (folder: string) => [
  { path: join(folder, "a.mp4"), caption: "a cat, asleep" },
  { path: "/b.mp4", caption: "a dog" },
];

Deno.test("listClips() reads a path and a caption a line, whatever the line ends", () =>
  withFiles({
    "videos.txt": "\ufeffsub/../a.mp4\r\n/b.mp4\r\n\r\n",
    "prompts.txt": "a cat, asleep\n\na dog\n",
    "notes.csv": "not read\n",
  }, async (folder) => assertEquals(await listClips(folder), CLIPS(folder))));

Deno.test("listClips() reads the columns of a table", () =>
  withFiles(
    {
      "clips.csv":
        'id,Caption,VIDEO\n1,"a cat, asleep",a.mp4\n2,a dog,/b.mp4\n',
    },
    async (folder) => assertEquals(await listClips(folder), CLIPS(folder)),
  ));

Deno.test("listClips() pairs videos with the text beside them", () =>
  withFiles(
    { "a.mp4": "", "a.txt": "a cat, asleep\n", "README.md": "" },
    async (folder) =>
      assertEquals(await listClips(folder), CLIPS(folder).slice(0, 1)),
  ));

const WRONG: readonly [string, Readonly<Record<string, string>>, string][] = [
  [
    "lines that do not agree",
    { "videos.txt": "a\nb\n", "prompts.txt": "a\n" },
    "videos.txt has 2 lines and prompts.txt 1, they must agree",
  ],
  ["videos.txt alone", { "videos.txt": "a\n" }, "prompts.txt is missing"],
  [
    "a table without captions",
    { "a.csv": "file,title\na.mp4,x\n" },
    "has no column caption, text, prompt: its columns are file, title",
  ],
  [
    "a row without a video",
    { "a.csv": "file,text\na.mp4,x\n,y\n" },
    "row 3 names no video",
  ],
  [
    "a table of uneven rows",
    { "a.csv": "file,text\na.mp4,x,y\n" },
    "row 2 has 3 fields, the first row 2: a text with a comma needs quotes",
  ],
  [
    "a table whose quotes do not match",
    { "a.csv": 'file,text\na.mp4,"x\n' },
    "a.csv is no CSV table: ",
  ],
  [
    "two tables",
    { "a.csv": "", "b.csv": "" },
    "holds more than one table of clips: a.csv, b.csv",
  ],
  [
    "a video without a caption",
    { "a.mp4": "", "a.txt": "x", "b.mov": "" },
    "no .txt with a caption is beside b.mov",
  ],
  [
    "a folder without clips",
    { "a.png": "" },
    "lists no clips: it needs videos.txt and prompts.txt, a .csv, or videos",
  ],
];

for (const [what, files, message] of WRONG) {
  Deno.test(`listClips() refuses ${what}`, () =>
    withFiles(files, async (folder) => {
      await assertRejects(() => listClips(folder), InputError, message);
    }));
}

Deno.test("listClips() refuses a folder that is missing, or a file", async () => {
  const refused = (folder: string, message: string) =>
    assertRejects(() => listClips(folder), InputError, message);
  await refused("no/such", "Data folder no/such does not exist");
  await refused("deno.json", "Data folder deno.json is a file");
});
