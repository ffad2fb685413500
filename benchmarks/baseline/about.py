"""What `benchmarks/run` asks each Python first: its PyTorch, as one line of JSON."""
import glob
import json
import shutil
import sys

import torch
import torchvision  # noqa: F401 - two of the works need it

newer = int(torch.__version__.split(".")[0]) >= 2


def compiles():
    """Whether torch.compile works here: it calls g++, and some versions need setuptools that they don't bring."""
    try:
        return float(torch.compile(lambda x: x + 1)(torch.ones(1))) == 2
    except Exception as error:  # noqa: BLE001 - whatever is missing, that side does not play
        print(f"torch.compile fails: {str(error).splitlines()[-1] if str(error) else error!r}", file=sys.stderr)
        return False


print(json.dumps({
    "version": torch.__version__.split("+")[0],
    "compiles": newer and shutil.which("g++") is not None and compiles(),
    "lacks_compiler": newer and shutil.which("g++") is None,
    "openmp_blas": next(iter(glob.glob("/usr/lib/*/openblas-openmp")), None),  # the OpenBLAS that uses OpenMP's threads
}))
