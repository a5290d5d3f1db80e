"""Times rows and prints one JSON line each, as timer.ts does for the peers in JavaScript."""
import json
import sys
import time

BUDGET = float(sys.argv[1]) if len(sys.argv) > 1 else 1500.0  # ms a row
SLOW = 5000.0  # ms; what takes longer runs once

LINEAR = (1024, 1536, 1536)  # rows, inputs, outputs
CUBE = 512
HEADS, WIDTH, TOKENS = 12, 128, 1024
ROWS, COLUMNS = 1024, 1536
BLOCK_TOKENS, DIM, BLOCK_HEADS, FFN = 256, 768, 6, 3072
REPEATS = 20


def report(**line):
    print(json.dumps(line), flush=True)


def cold_start(since):
    report(op="cold start", ms=(time.perf_counter() - since) * 1e3)


def measure(op, run, times=1):
    """`run(times)` starts so many runs and waits for all of them."""

    def once(times):
        start = time.perf_counter()
        run(times)
        return (time.perf_counter() - start) * 1e3

    try:
        first = once(1)
        once(times)  # tinygrad captures the second call
        taken = []
        end = time.perf_counter() + BUDGET / 1e3
        least = 1 if first > SLOW else 2
        while len(taken) < least or (time.perf_counter() < end and len(taken) < 15):
            taken.append(once(times) / times)
        taken.sort()
        report(op=op, ms=taken[len(taken) // 2], least=taken[0], first=first)
    except Exception as error:  # a row that fails does not end the others
        report(op=op, error=str(error)[:200])
