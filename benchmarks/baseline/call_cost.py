"""The same calls as CallCost.cs, from Python."""
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


parameters = [torch.ones(64, 64, requires_grad=True) for _ in range(150)]
for parameter in parameters:
    parameter.grad = torch.ones(64, 64)
adams = {foreach: torch.optim.Adam(parameters, 1e-3, foreach=foreach) for foreach in (False, True)}


def step(foreach):
    for _ in range(100):
        adams[foreach].step()


def report(what, work, calls=CALLS):
    work()
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) / calls * 1e9)
    times.sort()
    print(f"Python  {what:<28} best {times[0]:6.0f} ns, median {times[ROUNDS // 2]:6.0f} ns a call")


report("a + b", plain)
report("a += b, in place", in_place)
with torch.inference_mode():
    report("a + b, inference mode", plain)
report("Adam, 150 parameters", lambda: step(False), 100)
report("Adam, foreach", lambda: step(True), 100)
