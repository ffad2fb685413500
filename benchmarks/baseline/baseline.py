"""One side of `benchmarks/run`: the same work in PyTorch.

    /usr/bin/python3 benchmarks/baseline/baseline.py WORK default|tuned|compiled FOLDER THREADS [--bf16]

FOLDER is what Foresee wrote for it. Answers lines on stdin with one line of JSON each:
    check            {"values": [...]}
    measure SECONDS  {"images": ..., "steps": ..., "seconds": ..., "cpu_seconds": ..., "peak_mib": ...}
"""
import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

import blas

blas.prepare()  # before torch loads it

import torch  # noqa: E402
from torch import multiprocessing  # noqa: E402

from works import WORKS, Settings  # noqa: E402


def cpu_seconds():
    """Of this process and the DataLoader's workers, those that have ended too."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time() + ended.ru_utime + ended.ru_stime
    for worker in multiprocessing.active_children():
        fields = Path(f"/proc/{worker.pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def peak_mib():
    """Of this process alone: a worker shares most of its pages."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


WARM_UP, LEAST = 2, 6  # steps, as Foresee's MeasurementClock has them


def measure(work, seconds):
    steps = work.steps()
    for _ in range(WARM_UP):  # they fill caches and heaps that the other sides' turns emptied; not counted
        next(steps)
    images, count, start, cpu = 0, 0, time.perf_counter(), cpu_seconds()
    while count < LEAST or time.perf_counter() - start < seconds:
        images += next(steps)
        count += 1
    spent, cpu = time.perf_counter() - start, cpu_seconds() - cpu
    steps.close()
    return {"images": images, "steps": count, "seconds": spent, "cpu_seconds": cpu, "peak_mib": peak_mib()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=WORKS)
    parser.add_argument("variant", choices=["default", "tuned", "compiled"], help="compiled: tuned, and torch.compile")
    parser.add_argument("folder", type=Path)
    parser.add_argument("threads", type=int, help="inside the operators, and a DataLoader's workers")
    parser.add_argument("--bf16", action="store_true", help="the processor multiplies in it; the default baseline does not use it")
    options = parser.parse_args()
    tuned = options.variant != "default"
    torch.set_num_threads(options.threads)  # by itself this PyTorch takes one on some virtual machines; nobody would leave it there
    torch.manual_seed(0)
    settings = Settings(tuned, bf16=tuned and options.bf16, compiled=options.variant == "compiled", workers=options.threads)
    work = WORKS[options.work](options.folder, settings)
    for line in sys.stdin:
        command, *arguments = line.split()
        answer = {"values": work.check()} if command == "check" else measure(work, float(arguments[0]))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
