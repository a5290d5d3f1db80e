"""PyTorch on the CPU with one thread: what a machine without a GPU has besides."""
import time

SINCE = time.perf_counter()

import torch  # noqa: E402
import torch.nn.functional as f  # noqa: E402

import timer as t  # noqa: E402

torch.set_num_threads(1)


def repeated(call):
    def run(times):
        for _ in range(times):
            call()

    return run


M, K, N = t.LINEAR
T, D, H, F = t.BLOCK_TOKENS, t.DIM, t.BLOCK_HEADS, t.FFN
weights = [(torch.randn(*s) * 0.05).requires_grad_() for s in [(D, D)] * 4 + [(F, D), (D, F)]]
mods = [torch.randn(D) * 0.1 for _ in range(6)]
bx = torch.randn(T, D)


def block(x):
    h = f.layer_norm(x, (D,)) * (1 + mods[0]) + mods[1]
    q, k, v = (f.linear(h, w).view(T, H, D // H).transpose(0, 1)[None] for w in weights[:3])
    attended = f.scaled_dot_product_attention(q, k, v)[0].transpose(0, 1).reshape(T, D)
    x = x + mods[2] * f.linear(attended, weights[3])
    h = f.layer_norm(x, (D,)) * (1 + mods[3]) + mods[4]
    return x + mods[5] * f.linear(f.gelu(f.linear(h, weights[4]), approximate="tanh"), weights[5])


def backward():
    for w in weights:
        w.grad = None
    block(bx).square().mean().backward()


with torch.no_grad():
    f.linear(torch.randn(t.CUBE, t.CUBE), torch.randn(t.CUBE, t.CUBE)).sum().item()
    t.cold_start(SINCE)
    x, w = torch.randn(M, K), torch.randn(N, K)
    t.measure("linear", repeated(lambda: f.linear(x, w)))
    q, k, v = (torch.randn(1, t.HEADS, t.TOKENS, t.WIDTH) for _ in range(3))
    t.measure("attention", repeated(lambda: f.scaled_dot_product_attention(q, k, v)))
    r, g = torch.randn(t.ROWS, t.COLUMNS), torch.randn(t.COLUMNS)
    t.measure("layer norm", repeated(lambda: f.layer_norm(r, (t.COLUMNS,), g)), t.REPEATS)
    t.measure("rms norm", repeated(lambda: f.rms_norm(r, (t.COLUMNS,), g)), t.REPEATS)
    t.measure("softmax", repeated(lambda: r.softmax(-1)), t.REPEATS)
    t.measure("gelu", repeated(lambda: f.gelu(r, approximate="tanh")), t.REPEATS)
    t.measure("block", repeated(lambda: block(bx)))
t.measure("block with gradients", repeated(backward))

p = torch.randn(4 * D * D + 2 * D * F, requires_grad=True)
p.grad = torch.randn_like(p)
optimizer = torch.optim.AdamW([p], fused=True)
t.measure("adam", repeated(optimizer.step), 5)
