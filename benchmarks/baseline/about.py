"""What `benchmarks/run` asks each Python first: its PyTorch, as one line of JSON."""
import glob
import json
import shutil

import torch
import torchvision  # noqa: F401 - two of the works need it

newer = int(torch.__version__.split(".")[0]) >= 2
print(json.dumps({
    "version": torch.__version__.split("+")[0],
    "compiles": newer and shutil.which("g++") is not None,  # torch.compile calls it
    "lacks_compiler": newer and shutil.which("g++") is None,
    "openmp_blas": next(iter(glob.glob("/usr/lib/*/openblas-openmp")), None),  # the OpenBLAS that uses OpenMP's threads
}))
