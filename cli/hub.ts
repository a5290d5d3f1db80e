import { join } from "@std/path";
import { hubCache, hubHome, pathFrom } from "../io/hub/cache.ts";
import type { Env } from "../io/hub/expand_path.ts";
import type { Hub } from "../io/hub/api.ts";
import { InputError } from "../core/errors.ts";

/** The variables by which the hub's own tools are told to stay off the network. */
const OFFLINE = ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"];

/** The hub as the environment describes it. Throws InputError where it says to stay offline. */
export async function hubFrom(env: Env): Promise<Hub> {
  const offline = OFFLINE.find((name) =>
    /^(1|on|yes|true)$/i.test(env(name) ?? "")
  );
  if (offline !== undefined) {
    throw new InputError(
      `Cannot download: ${offline} is set, which says to stay off the network`,
    );
  }
  const endpoint = env("HF_ENDPOINT") || "https://huggingface.co";
  const token = await readToken(env);
  return { endpoint: endpoint.replace(/\/+$/, ""), token };
}

/** The folder of cached models. Throws InputError where none can be told. */
export function cacheFrom(env: Env): string {
  const cache = hubCache(env);
  if (cache !== undefined) return cache;
  throw new InputError(
    "Cannot tell where the hub's cache is: set HF_HOME or HF_HUB_CACHE",
  );
}

/** From the environment, or as the hub's own login left it. */
async function readToken(env: Env): Promise<string | undefined> {
  const set = env("HF_TOKEN") ?? env("HUGGING_FACE_HUB_TOKEN");
  if (set) return set.trim();
  const home = hubHome(env);
  const path = pathFrom(env, "HF_TOKEN_PATH") ?? (home && join(home, "token"));
  if (!path) return undefined;
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.trim() || undefined;
}
