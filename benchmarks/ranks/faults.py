#!/usr/bin/python3
"""Random faults on a small training of two ranks, each in a network namespace of its own; as root.

    benchmarks/ranks/faults.py PROGRAM --faults 50 --timeout 15 --seed 0 --table faults.csv

PROGRAM is a published Foresee.Cli.dll. Each fault meets a run that has gone on from the checkpoint that the fault before left:

    kill   kill -9 of one rank
    stop   SIGSTOP of one rank, and SIGCONT after the other has ended
    cut    the link between the two goes down, and up again after both have ended
    disk   the disk of rank 0's --out is full

Held to be wrong: a rank that runs on longer than the timeout and --margin after the fault, one that ends without its rank in its
message, a checkpoint that can't be read or lost steps, a restart that does not get past the checkpoint. The exit code is 1 then.
"""
import argparse, csv, json, os, random, signal, struct, subprocess, sys, tempfile, time

SIDE = 28


def sh(*words, check=True):
    return subprocess.run(words, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def draw_images(path, count=200):
    """Bright rectangles on black, in MNIST's format."""
    made = random.Random(1)
    with open(path, "wb") as file:
        file.write(struct.pack(">4i", 0x803, count, SIDE, SIDE))
        for _ in range(count):
            height, width, value = made.randint(3, 18), made.randint(3, 18), made.randint(80, 255)
            top, left = made.randint(0, SIDE - height), made.randint(0, SIDE - width)
            rows = [bytes(SIDE)] * SIDE
            rows[top:top + height] = [bytes(left) + bytes([value]) * width + bytes(SIDE - left - width)] * height
            file.write(b"".join(rows))


def step_of(path):
    """Steps of a checkpoint whose every tensor lies within the file; 0 where there is none yet."""
    try:
        file = open(path, "rb")
    except FileNotFoundError:
        return 0
    with file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        begin, size = file.tell(), os.fstat(file.fileno()).st_size
    ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
    if begin + max(ends) != size:
        raise ValueError(f"{path} has {size} bytes, {begin + max(ends)} belong there")
    return int(header["__metadata__"]["step"])


class Network:
    """Two namespaces and a cable. No traffic leaves them."""
    def __init__(self):
        self.names = [f"foresee{os.getpid()}r{rank}" for rank in range(2)]
        for name in self.names:
            sh("ip", "netns", "add", name)
            sh("ip", "-n", name, "link", "set", "lo", "up")
        sh("ip", "link", "add", "cable0", "netns", self.names[0], "type", "veth", "peer", "name", "cable1", "netns", self.names[1])
        for rank, name in enumerate(self.names):
            sh("ip", "-n", name, "addr", "add", f"10.201.7.{rank + 1}/24", "dev", f"cable{rank}")
        self.cable("up")

    def cable(self, state):
        for rank, name in enumerate(self.names):
            sh("ip", "-n", name, "link", "set", f"cable{rank}", state)

    def remove(self):
        for name in self.names:
            sh("ip", "netns", "del", name, check=False)


class Trials:
    def __init__(self, options, folder, network):
        self.options, self.folder, self.network = options, folder, network
        self.out, self.port, self.ranks = f"{folder}/disk/run", 29600, []
        self.checkpoint, self.images = f"{self.out}/checkpoint.safetensors", f"{folder}/images-idx3-ubyte"

    def start(self):
        self.port += 1
        command = ["dotnet", self.options.program, "pretrain", self.images, "--recipe", "fashion-mnist", "--precision", "f32", "--out",
                   self.out, "--images", "100000000", "--checkpoint-seconds", "0.5", "--threads", "1", "--rank-timeout",
                   str(self.options.timeout), "--resume"]
        self.ranks = []
        for rank, name in enumerate(self.network.names):
            place = {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "10.201.7.1", "MASTER_PORT": str(self.port),
                     "OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": "1"}
            log = open(f"{self.folder}/rank{rank}.log", "w")
            self.ranks.append(subprocess.Popen(["ip", "netns", "exec", name, *command], env={**os.environ, **place}, stdout=log, stderr=log))

    def words(self, rank):
        with open(f"{self.folder}/rank{rank}.log") as log:
            return log.read()

    def await_step(self, step):
        """Until the checkpoint is beyond the step; seconds that took."""
        begun = time.time()
        while step_of(self.checkpoint) <= step:
            if any(rank.poll() is not None for rank in self.ranks):
                raise Wrong(f"the restart ended: {self.words(0)[-400:]} | {self.words(1)[-400:]}")
            if time.time() - begun > self.options.patience:
                raise Wrong(f"no step beyond {step} within {self.options.patience} s")
            time.sleep(0.1)
        return time.time() - begun

    def await_end(self, ranks, begun):
        """Seconds from the fault until the ranks had ended."""
        limit = self.options.timeout + self.options.margin
        try:
            for rank in ranks:
                self.ranks[rank].wait(max(0.1, begun + limit - time.time()))
        except subprocess.TimeoutExpired:
            raise Wrong(f"rank {rank} still runs {limit} s after the fault") from None
        ended = time.time() - begun
        for rank in ranks:
            if self.ranks[rank].returncode != 1:
                raise Wrong(f"rank {rank} ended with exit code {self.ranks[rank].returncode}")
            if f"ank {rank} of 2" not in self.words(rank):
                raise Wrong(f"rank {rank} does not name itself: {self.words(rank)[-400:]}")
        return ended

    def fault(self, kind, rank):
        """Seconds from the fault to the end of the last rank that could end by itself."""
        begun, filler = time.time(), f"{self.folder}/disk/filler"
        if kind == "kill":
            self.ranks[rank].kill()
            return self.await_end([1 - rank], begun)
        if kind == "stop":
            self.ranks[rank].send_signal(signal.SIGSTOP)
            ended = self.await_end([1 - rank], begun)
            self.ranks[rank].send_signal(signal.SIGCONT)
            self.await_end([rank], time.time())
            return ended
        if kind == "cut":
            self.network.cable("down")
            ended = self.await_end([0, 1], begun)
            self.network.cable("up")
            return ended
        sh("dd", "if=/dev/zero", f"of={filler}", "bs=4k", check=False)
        ended = self.await_end([0, 1], begun)
        os.remove(filler)
        return ended

    def end(self):
        for rank in self.ranks:
            if rank.poll() is None:
                rank.kill()
            rank.wait()


class Wrong(Exception):
    pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--kinds", default="kill,stop,cut,disk")
    parser.add_argument("--timeout", type=int, default=15, help="--rank-timeout, in seconds")
    parser.add_argument("--margin", type=int, default=20, help="seconds beyond the timeout that a rank may take to end")
    parser.add_argument("--patience", type=int, default=300, help="seconds that a restart may take")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", help="a row for each fault, as CSV")
    options = parser.parse_args()
    drawn, failed = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory(prefix="foresee-faults-") as folder:
        network = Network()
        os.mkdir(f"{folder}/disk")
        sh("mount", "-t", "tmpfs", "-o", "size=96m", "none", f"{folder}/disk")
        trials = Trials(options, folder, network)
        table = csv.writer(open(options.table, "w", buffering=1) if options.table else sys.stdout, lineterminator="\n")
        table.writerow(["fault", "kind", "rank", "checkpoint", "restart_seconds", "end_seconds", "wrong"])
        try:
            draw_images(trials.images)
            for number in range(1, options.faults + 1):
                kind, rank, wait = drawn.choice(options.kinds.split(",")), drawn.randrange(2), drawn.uniform(0, 2)
                rank, before, restarted, ended, wrong = 0 if kind == "disk" else rank, step_of(trials.checkpoint), None, None, ""
                try:
                    trials.start()
                    restarted = trials.await_step(before)
                    time.sleep(wait)
                    before = step_of(trials.checkpoint)
                    ended = trials.fault(kind, rank)
                    if step_of(trials.checkpoint) < before:
                        wrong = f"the checkpoint went from step {before} to {step_of(trials.checkpoint)}"
                except (Wrong, ValueError) as error:
                    wrong = str(error)
                finally:
                    trials.end()
                    network.cable("up")
                    if os.path.exists(f"{folder}/disk/filler"):
                        os.remove(f"{folder}/disk/filler")
                failed += wrong != ""
                seconds = [f"{value:.1f}" if value is not None else "" for value in (restarted, ended)]
                table.writerow([number, kind, rank, step_of(trials.checkpoint), *seconds, " ".join(wrong.split())])
                sys.stdout.flush()
        finally:
            trials.end()
            sh("umount", f"{folder}/disk", check=False)
            network.remove()
    print(f"{options.faults} faults, {failed} wrong", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
