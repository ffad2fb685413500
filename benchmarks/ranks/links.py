#!/usr/bin/python3
"""How long the ranks' sum of gradients takes on the loopback, and between network namespaces joined by links of a given rate; as root.

    benchmarks/ranks/links.py --ranks 4 --megabits 1000 --megabytes 44.7

The sum is that of libtorch's Gloo, which Foresee calls, by Debian's python3-torch of the same libtorch. A ring sends each rank's part
2 (R - 1) / R times: predicted is that by the rate, alone. Rates are kept by tbf where the kernel has no netem; delays need netem.
"""
import argparse, os, statistics, subprocess, sys

WORKER = """
import sys, time, torch, torch.distributed as d
torch.set_num_threads(1)
d.init_process_group('gloo')
x = torch.ones(int(float(sys.argv[1]) * 1e6 / 4))
d.all_reduce(x)
for _ in range(int(sys.argv[2])):
    d.barrier()
    begun = time.time()
    d.all_reduce(x)
    if d.get_rank() == 0: print(time.time() - begun, flush=True)
"""


def sh(*words, check=True):
    subprocess.run(words, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def sent(name, device):
    path = f"/sys/class/net/{device}/statistics/tx_bytes"
    return int(subprocess.run(["ip", "netns", "exec", name, "cat", path], check=True, capture_output=True).stdout)


def measure(options, places, address, device, port):
    """Seconds of each sum."""
    workers = [subprocess.Popen([*place, sys.executable, "-c", WORKER, str(options.megabytes), str(options.sums)], stdout=subprocess.PIPE,
                                text=True, env={**os.environ, "RANK": str(rank), "WORLD_SIZE": str(options.ranks), "MASTER_ADDR": address,
                                                "MASTER_PORT": str(port), "GLOO_SOCKET_IFNAME": device.format(rank)})
               for rank, place in enumerate(places)]
    seconds = [float(line) for line in workers[0].communicate()[0].split()]
    if any(worker.wait() for worker in workers):
        sys.exit("a rank failed")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=4)
    parser.add_argument("--megabits", type=int, default=1000)
    parser.add_argument("--megabytes", type=float, default=44.7, help="of each rank's gradients; 44.7 is a ResNet-18")
    parser.add_argument("--sums", type=int, default=10)
    options = parser.parse_args()
    names, hub = [f"foresee{os.getpid()}r{rank}" for rank in range(options.ranks)], f"foresee{os.getpid()}hub"
    try:
        for name in [hub, *names]:
            sh("ip", "netns", "add", name)
            sh("ip", "-n", name, "link", "set", "lo", "up")
        sh("ip", "-n", hub, "link", "add", "bridge", "type", "bridge")
        sh("ip", "-n", hub, "link", "set", "bridge", "up")
        for rank, name in enumerate(names):
            sh("ip", "link", "add", f"port{rank}", "netns", hub, "type", "veth", "peer", "name", f"link{rank}", "netns", name)
            sh("ip", "-n", hub, "link", "set", f"port{rank}", "master", "bridge", "up")
            sh("ip", "-n", name, "addr", "add", f"10.201.8.{rank + 1}/24", "dev", f"link{rank}")
            sh("ip", "-n", name, "link", "set", f"link{rank}", "up")
            for place, device in ((name, f"link{rank}"), (hub, f"port{rank}")):
                sh("ip", "netns", "exec", place, "tc", "qdisc", "replace", "dev", device, "root", "tbf", "rate", f"{options.megabits}mbit",
                   "burst", "256kb", "latency", "50ms")
        loopback = measure(options, [["ip", "netns", "exec", hub]] * options.ranks, "127.0.0.1", "lo", 29700)
        before = sent(names[0], "link0")
        links = measure(options, [["ip", "netns", "exec", name] for name in names], "10.201.8.1", "link{}", 29701)
        moved = (sent(names[0], "link0") - before) / (options.sums + 1) / 1e6
    finally:
        for name in [*names, hub]:
            sh("ip", "netns", "del", name, check=False)
    ring = 2 * (options.ranks - 1) / options.ranks * options.megabytes
    for what, seconds in (("loopback", loopback), (f"links of {options.megabits} Mbit/s", links)):
        print(f"{what}: median {statistics.median(seconds):.3f} s, {min(seconds):.3f} to {max(seconds):.3f} s")
    print(f"predicted by the rate: {ring * 8 / options.megabits:.3f} s for {ring:.1f} MB; rank 0 sent {moved:.1f} MB a sum")


if __name__ == "__main__":
    main()
