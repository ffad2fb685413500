"""The peer of Program.cs: the same calls from Python."""
import time

import torch

CALLS, ROUNDS = 200_000, 15
torch.set_num_threads(1)
a, b = torch.ones(1), torch.ones(1)


def plain():
    for _ in range(CALLS):
        a + b


def in_place():
    for _ in range(CALLS):
        a.add_(b)


def report(what, work):
    work()
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) / CALLS * 1e9)
    times.sort()
    print(f"Python  {what:<28} best {times[0]:6.0f} ns, median {times[ROUNDS // 2]:6.0f} ns a call")


report("a + b", plain)
report("a += b, in place", in_place)
with torch.inference_mode():
    report("a + b, inference mode", plain)
