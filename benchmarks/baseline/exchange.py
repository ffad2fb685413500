"""What Foresee writes for its baseline: case.json, and tensors as safetensors files."""
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import List

import numpy as np
import torch

TYPES = {"F32": np.float32, "I64": np.int64, "U8": np.uint8}


@dataclass
class Case:
    """What both sides compute. Sizes in pixels; mean and standard deviation per channel, of pixels in 0..1."""
    height: int
    width: int
    channels: int
    patch: int
    stride: int
    batch: int
    stem: int
    stem_stride: int
    blocks: List[List[int]]  # of each: width, bottleneck width, stride
    context_bottleneck_width: int
    context_depth: int
    target_size: int
    offsets: List[int]
    scale: float
    mean: List[float]
    std: List[float]
    flip: float
    learning_rate: float
    beta1: float
    beta2: float

    @staticmethod
    def read(folder):
        return Case(**json.loads((Path(folder) / "case.json").read_text()))

    @property
    def rows(self):
        return (self.height - self.patch) // self.stride + 1

    @property
    def columns(self):
        return (self.width - self.patch) // self.stride + 1


def read_tensors(path):
    """A safetensors file: 8 bytes of header length, a JSON header, the tensors' bytes. Metadata is left out."""
    content = bytearray(Path(path).read_bytes())
    length, = struct.unpack_from("<Q", content)
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)

    def tensor(dtype, shape, data_offsets):
        data = memoryview(content)[8 + length + data_offsets[0]:8 + length + data_offsets[1]]
        return torch.from_numpy(np.frombuffer(data, TYPES[dtype]).reshape(shape))

    return {name: tensor(**entry) for name, entry in header.items()}
