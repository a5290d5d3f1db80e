import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { renderedSet } from "../data/clip_set.ts";
import { openGpu } from "../../gpu/device.ts";
import { emptyClip, type HostClip } from "../../models/vae/clip.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { MomentLatents } from "./moment_latents.ts";
import { MomentStore } from "./moment_store.ts";

/** Moments [4, 3, 2, 2] whose means are the clip's number and the frame's, without variance. */
function certain(clip: number): HostClip {
  const moments = emptyClip([4, 3, 2, 2]);
  const half = moments.data.length / 2;
  moments.data.fill(-1000, half);
  for (let i = 0; i < half; i++) {
    moments.data[i] = 10 * clip + Math.floor(i / 4) % 3;
  }
  return moments;
}

const MODEL = { mean: [0, 1], scale: [1, 2] };

Deno.test("MomentStore gives back what it was given, and nothing half-written or of another shape", () =>
  inTemporaryFolder(async (folder) => {
    const store = new MomentStore(folder, 0);
    const shape = [4, 3, 2, 2] as const;
    assert(!await store.has({ clip: 1 }, shape));
    await store.write({ clip: 1 }, certain(1));
    assert(await store.has({ clip: 1 }, shape));
    assert(!await store.has({ clip: 1 }, [4, 3, 2, 4]));
    assert(!await store.has({ clip: 2 }, shape));
    assertEquals(await store.read({ clip: 1 }), certain(1));
    const name = [...Deno.readDirSync(folder)][0]!.name;
    await Deno.truncate(join(folder, name), 100);
    assert(!await store.has({ clip: 1 }, shape));
    await assertRejects(() => store.read({ clip: 1 }), InputError, name);
  }));

Deno.test("MomentLatents draws anew at each use, the same for the same seed, copies of the first frame in front", () =>
  inTemporaryFolder(async (folder) => {
    using gpu = await openGpu();
    const clips = renderedSet(1, { frames: 9, height: 24, width: 24 }, 2);
    const store = new MomentStore(folder);
    const uncertain = emptyClip([4, 3, 2, 2]);
    const open = (made: unknown[]) =>
      new MomentLatents(gpu, {
        clips,
        made,
        store,
        model: MODEL,
        shape: [2, 4, 2, 2],
        extra: 1,
        batch: 2,
        seed: 5,
      });
    for (const clip of [0, 1]) await store.write(clip, certain(clip));
    await store.write("uncertain", uncertain);
    {
      using latents = open([0, 1]);
      const captions = await latents.write(0);
      const values = await latents.latents().read(gpu);
      const first = captions.indexOf(clips.captionOf(0)) === 0
        ? [0, 1]
        : [1, 0];
      const expected = first.flatMap((clip) =>
        [(m: number) => m, (m: number) => 2 * (m - 1)].flatMap((scaled) =>
          [0, 0, 1, 2].flatMap((frame) =>
            new Array<number>(4).fill(scaled(10 * clip + frame))
          )
        )
      );
      values.forEach((v, i) => assert(Math.abs(v - expected[i]!) < 1e-5));
    }
    const drawn = async (first: number) => {
      using latents = open(["uncertain", "uncertain"]);
      await latents.write(first);
      return await latents.latents().read(gpu);
    };
    const [a, b] = [await drawn(0), await drawn(2)];
    assertEquals(await drawn(0), a);
    assert(a[0] !== b[0] && a[0] !== a[a.length / 2]);
  }));
