import { assert, assertEquals, assertRejects } from "@std/assert";
import { basename, join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { type ClipFlags, requestedClips } from "./clip_requests.ts";

const FLAGS: ClipFlags = {
  prompt: undefined,
  prompts: undefined,
  numVideos: 1,
  seed: 7,
  out: undefined,
};

async function nameOf(prompt: string): Promise<string> {
  const [clip] = await requestedClips({ ...FLAGS, prompt });
  return basename(clip!.out);
}

Deno.test("A file's name is made of the prompt's first words, marks of their letters kept", async () => {
  const names = {
    "A red circle, moving RIGHT": "a-red-circle-moving-right-7.mp4",
    "หนึ่งแมว สีน้ำตาล": "หนึ่งแมว-สีน้ำตาล-7.mp4",
    "एक लाल गेंद": "एक-लाल-गेंद-7.mp4",
    "cafe\u0301 🐈 / ..": "café-7.mp4",
    "🐈": "clip-7.mp4",
  };
  for (const [prompt, name] of Object.entries(names)) {
    assertEquals(await nameOf(prompt), name);
  }
});

Deno.test("A file's name stays short in bytes, whatever the script", async () => {
  for (
    const letter of ["猫", "ไม้", "a", "e\u0301", "z" + "\u0300".repeat(90)]
  ) {
    const name = await nameOf(letter.repeat(400));
    const bytes = new TextEncoder().encode(name).length;
    assert(bytes <= 110, `${bytes} bytes: ${name}`);
    assert(!name.includes("\ufffd"));
  }
});

Deno.test("Every output of a batch is tried before any work, the records beside the clips too", () =>
  inTemporaryFolder(async (folder) => {
    const prompts = join(folder, "prompts.txt");
    await Deno.writeTextFile(prompts, "a red ring\na blue square\n");
    const out = join(folder, "clips");
    const second = join(out, "2-a-blue-square-7.mp4");
    const refused = (flags: Partial<ClipFlags>, message: string) =>
      assertRejects(
        () => requestedClips({ ...FLAGS, ...flags }),
        InputError,
        message,
      );
    await Deno.mkdir(`${second}.json`, { recursive: true });
    await refused({ prompts, out }, `Cannot write ${second}.json: it is a`);
    await Deno.mkdir(second);
    await refused({ prompts, out }, `Cannot write ${second}: it is a folder`);
    const long = join(folder, `${"n".repeat(248)}.mp4`); // no room for .json
    await refused(
      { prompt: "a", out: long },
      `Cannot write ${long}.json: File name too long`,
    );
  }));

Deno.test("A file of prompts is UTF-8 or marked UTF-16; another is refused by line", () =>
  inTemporaryFolder(async (folder) => {
    const prompts = join(folder, "prompts.txt");
    const out = join(folder, "clip.mp4");
    await Deno.writeFile(prompts, Uint8Array.of(0xff, 0xfe, 0x2b, 0x73, 10, 0));
    const [clip] = await requestedClips({ ...FLAGS, prompts, out });
    assertEquals(clip!.prompt, "猫");
    await Deno.writeFile(prompts, Uint8Array.of(0x61, 10, 0x63, 0xe9, 10));
    await assertRejects(
      () => requestedClips({ ...FLAGS, prompts, out }),
      InputError,
      `${prompts}: line 2 is not UTF-8; accepted is`,
    );
    await assertRejects(
      () => requestedClips({ ...FLAGS, prompts: join(folder, "none"), out }),
      InputError,
      "there is no such file",
    );
  }));
