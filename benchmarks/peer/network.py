"""CPC v2 as an idiomatic PyTorch user writes it, with the parameter names of Foresee's files.

Tuned: 1x1 convolutions as F.linear over the channels-last memory (a plain matrix product for BLAS), and turned grids made
channels-last again, which spares oneDNN its reordering. What was tried beside that, and lost, is in benchmarks/README.md.
"""
import torch
from torch import nn
from torch.nn import functional as F

DIRECTIONS = ("down", "up", "right", "left")


class ChannelNorm(nn.LayerNorm):
    """Over the channels of [N, C, H, W], in f32 also under autocast."""

    def forward(self, x):
        return super().forward(x.float().permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Pointwise(nn.Conv2d):
    """A 1x1 convolution as a matrix product."""

    def forward(self, x):
        step = self.stride[0]
        if step > 1:
            x = x[:, :, ::step, ::step]
        return F.linear(x.permute(0, 2, 3, 1), self.weight.flatten(1), self.bias).permute(0, 3, 1, 2)


def pointwise(inputs, outputs, tuned, stride=1, bias=False):
    return (Pointwise if tuned else nn.Conv2d)(inputs, outputs, 1, stride, bias=bias)


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, middle, stride, tuned):
        super().__init__()
        self.norm1 = ChannelNorm(inputs)
        self.conv1 = pointwise(inputs, middle, tuned)
        self.norm2 = ChannelNorm(middle)
        self.conv2 = nn.Conv2d(middle, middle, 3, stride, 1, bias=False)
        self.norm3 = ChannelNorm(middle)
        self.conv3 = pointwise(middle, width, tuned)
        self.shortcut = pointwise(inputs, width, tuned, stride) if inputs != width or stride != 1 else None

    def forward(self, x):
        h = F.relu(self.norm1(x))
        y = self.conv1(h)
        y = self.conv2(F.relu(self.norm2(y)))
        y = self.conv3(F.relu(self.norm3(y)))
        return y + (x if self.shortcut is None else self.shortcut(h))


class PatchEncoder(nn.Module):
    """[N, C, p, p] to [N, D]."""

    def __init__(self, case, tuned=False):
        super().__init__()
        self.stem = nn.Conv2d(case.channels, case.stem, 3, case.stem_stride, 1, bias=False)
        widths = [case.stem] + [width for width, _, _ in case.blocks]
        self.blocks = nn.ModuleList(Bottleneck(inputs, *block, tuned) for inputs, block in zip(widths, case.blocks))
        self.norm = ChannelNorm(widths[-1])

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return F.relu(self.norm(x)).mean((2, 3))


class MaskedBlock(nn.Module):
    def __init__(self, features, middle, tuned):
        super().__init__()
        self.narrow = pointwise(features, middle, tuned, bias=True)
        self.across = nn.Conv2d(middle, middle, (1, 3), padding=(0, 1))
        self.down = nn.Conv2d(middle, middle, (2, 1))
        self.widen = pointwise(middle, features, tuned, bias=True)

    def forward(self, x):
        h = self.across(F.relu(self.narrow(x)))
        h = F.relu(self.down(F.pad(h, (0, 0, 1, 0))))  # a zero row on top: row r sees r-1 and r
        return self.widen(h)


class MaskedContext(nn.Module):
    """Row r of the result has seen rows 0..r of [B, D, H, W]."""

    def __init__(self, features, middle, depth, tuned):
        super().__init__()
        self.blocks = nn.ModuleList(MaskedBlock(features, middle, tuned) for _ in range(depth))

    def forward(self, x):
        for block in self.blocks:
            x = x + block(x)
        return F.relu(x)


class Heads(nn.Module):
    def __init__(self, case, features, tuned):
        super().__init__()
        self.context = MaskedContext(features, case.context_middle, case.context_depth, tuned)
        for k in case.offsets:
            setattr(self, f"offset{k}", nn.Linear(features, case.target_size))


def orient(direction, grid):
    """Turns [..., H, W] so that reading it downwards is reading it in the direction."""
    if direction in ("right", "left"):
        grid = grid.transpose(-2, -1)
    return grid.flip(-2) if direction in ("up", "left") else grid


class Cpc(nn.Module):
    def __init__(self, case, tuned=False):
        super().__init__()
        self.case, self.tuned = case, tuned
        features = case.blocks[-1][0]
        self.encoder = PatchEncoder(case, tuned)
        self.target = nn.Linear(features, case.target_size)
        for direction in DIRECTIONS:
            setattr(self, direction, Heads(case, features, tuned))

    def forward(self, patches):
        """[B*H*W, C, p, p] to the sum of one InfoNCE per direction and offset."""
        return sum(self.terms(patches))

    def terms(self, patches):
        case = self.case
        z = self.encoder(patches)  # [B*H*W, D]
        targets = self.target(z)  # [B*H*W, K], candidates of every prediction
        grid = z.view(-1, case.rows, case.columns, z.shape[1]).permute(0, 3, 1, 2)  # [B, D, H, W]
        places = torch.arange(len(z)).view(-1, case.rows, case.columns)
        for direction in DIRECTIONS:
            heads, labels = getattr(self, direction), orient(direction, places)
            rows = labels.shape[1]
            seen = orient(direction, grid)[:, :, :rows - min(case.offsets)]  # the rows below predict nothing
            if self.tuned:
                seen = seen.contiguous(memory_format=torch.channels_last)
            c = heads.context(seen).permute(0, 2, 3, 1)
            for k in case.offsets:
                p = getattr(heads, f"offset{k}")(c[:, :rows - k].flatten(0, 2)) * case.scale  # [B*(H-k)*W, K]
                yield F.cross_entropy((p @ targets.t()).float(), labels[:, k:].flatten())


def cut(images, case):
    """[B, C, height, width] to [B*H*W, C, p, p]."""
    patches = images.unfold(2, case.patch, case.stride).unfold(3, case.patch, case.stride)
    return patches.permute(0, 2, 3, 1, 4, 5).flatten(0, 2)
