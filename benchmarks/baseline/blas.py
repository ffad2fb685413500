"""OpenBLAS that doesn't know the processor takes a core without AVX: the baseline gets the same better one as Foresee (Interop/OpenBlas.cs)."""
import _ctypes
import ctypes
import os
from pathlib import Path

QUICK = {"Haswell", "Zen", "Excavator", "SkylakeX", "Cooperlake", "SapphireRapids"}


def better(core, flags):
    """The core to set instead of a slow one; None where OpenBLAS chose well."""
    if core in QUICK or "avx2" not in flags:
        return None
    return "SkylakeX" if {"avx512f", "avx512bw", "avx512vl"} <= flags else "Haswell"


def prepare(library="libblas.so.3"):
    """Before torch is imported: OpenBLAS reads OPENBLAS_CORETYPE when it is loaded, so it is asked, unloaded, and told. Its core's name, or None."""
    try:
        blas = ctypes.CDLL(library)
        name = blas.openblas_get_corename
    except (OSError, AttributeError):
        return None  # another BLAS
    name.restype = ctypes.c_char_p
    core = name().decode()
    flags = next((set(line.split()) for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags")), set())
    chosen = None if "OPENBLAS_CORETYPE" in os.environ else better(core, flags)
    if chosen is None:
        return core
    _ctypes.dlclose(blas._handle)
    os.environ["OPENBLAS_CORETYPE"] = chosen  # of the C library too
    return chosen
