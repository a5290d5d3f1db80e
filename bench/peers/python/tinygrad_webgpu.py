"""tinygrad on its WEBGPU backend (Dawn), at its defaults: without kernel search."""
import os
import time

SINCE = time.perf_counter()
os.environ["DEV"] = "WEBGPU"


def dawn_library():
    """The library of the dawn-python package for this machine."""
    import importlib.util
    import pathlib
    import platform

    package = importlib.util.find_spec("pydawn").submodule_search_locations[0]
    suffix = {"Linux": "so", "Darwin": "dylib", "Windows": "dll"}[platform.system()]
    machine = platform.machine().lower().replace("amd64", "x86_64")
    return next(pathlib.Path(package).rglob(f"*dawn_{machine}.{suffix}"), None)


if "WEBGPU_PATH" not in os.environ and (library := dawn_library()):
    os.environ["WEBGPU_PATH"] = str(library)

from tinygrad import Device, Tensor, TinyJit  # noqa: E402

import timer as t  # noqa: E402


def random(*shape):
    return Tensor.rand(*shape).realize()


def repeated(f, *args):
    jitted = TinyJit(lambda *xs: f(*xs).realize())

    def run(times):
        for _ in range(times):
            jitted(*args)
        Device[Device.DEFAULT].synchronize()

    return run


(random(t.CUBE, t.CUBE) @ random(t.CUBE, t.CUBE).T).sum().item()
t.cold_start(SINCE)
M, K, N = t.LINEAR
t.measure("linear", repeated(lambda x, w: x @ w.T, random(M, K), random(N, K)))
head = (1, t.HEADS, t.TOKENS, t.WIDTH)
t.measure("attention", repeated(lambda q, k, v: q.scaled_dot_product_attention(k, v), random(*head), random(*head), random(*head)))
x, g = random(t.ROWS, t.COLUMNS), random(t.COLUMNS)
t.measure("layer norm", repeated(lambda x, g: x.layernorm() * g, x, g), t.REPEATS)
t.measure("rms norm", repeated(lambda x, g: x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt() * g, x, g), t.REPEATS)
t.measure("softmax", repeated(lambda x: x.softmax(-1), x), t.REPEATS)
t.measure("gelu", repeated(lambda x: x.gelu(), x), t.REPEATS)

T, D, H, F = t.BLOCK_TOKENS, t.DIM, t.BLOCK_HEADS, t.FFN
weights = [(Tensor.randn(*s) * 0.05).realize() for s in [(D, D)] * 4 + [(D, F), (F, D)]]
mods = [(Tensor.randn(D) * 0.1).realize() for _ in range(6)]


def block(x, *w):
    h = x.layernorm() * (1 + mods[0]) + mods[1]
    q, k, v = ((h @ z).reshape(T, H, D // H).transpose(0, 1) for z in w[:3])
    x = x + mods[2] * (q.scaled_dot_product_attention(k, v).transpose(0, 1).reshape(T, D) @ w[3])
    h = x.layernorm() * (1 + mods[3]) + mods[4]
    return x + mods[5] * ((h @ w[4]).gelu() @ w[5])


t.measure("block", repeated(block, random(T, D), *weights))
