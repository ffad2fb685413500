"""CPC v2 as an idiomatic PyTorch user writes it, with the parameter names of Foresee's files."""
import torch
from torch import nn
from torch.nn import functional as F

DIRECTIONS = ("down", "up", "right", "left")


class ChannelNorm(nn.LayerNorm):
    """Over the channels of [N, C, H, W], in f32 also under autocast."""

    def forward(self, x):
        return super().forward(x.float().permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, bottleneck, stride):
        super().__init__()
        self.norm1 = ChannelNorm(inputs)
        self.conv1 = nn.Conv2d(inputs, bottleneck, 1, bias=False)
        self.norm2 = ChannelNorm(bottleneck)
        self.conv2 = nn.Conv2d(bottleneck, bottleneck, 3, stride, 1, bias=False)
        self.norm3 = ChannelNorm(bottleneck)
        self.conv3 = nn.Conv2d(bottleneck, width, 1, bias=False)
        self.shortcut = nn.Conv2d(inputs, width, 1, stride, bias=False) if inputs != width or stride != 1 else None

    def forward(self, x):
        h = F.relu(self.norm1(x))
        y = self.conv1(h)
        y = self.conv2(F.relu(self.norm2(y)))
        y = self.conv3(F.relu(self.norm3(y)))
        return y + (x if self.shortcut is None else self.shortcut(h))


class PatchEncoder(nn.Module):
    """[N, C, p, p] to [N, D]."""

    def __init__(self, case):
        super().__init__()
        self.stem = nn.Conv2d(case.channels, case.stem, 3, case.stem_stride, 1, bias=False)
        widths = [case.stem] + [width for width, _, _ in case.blocks]
        self.blocks = nn.ModuleList(Bottleneck(inputs, *block) for inputs, block in zip(widths, case.blocks))
        self.norm = ChannelNorm(widths[-1])

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return F.relu(self.norm(x)).mean((2, 3))


class MaskedBlock(nn.Module):
    def __init__(self, features, bottleneck):
        super().__init__()
        self.narrow = nn.Conv2d(features, bottleneck, 1)
        self.across = nn.Conv2d(bottleneck, bottleneck, (1, 3), padding=(0, 1))
        self.down = nn.Conv2d(bottleneck, bottleneck, (2, 1))
        self.widen = nn.Conv2d(bottleneck, features, 1)

    def forward(self, x):
        h = self.across(F.relu(self.narrow(x)))
        h = F.relu(self.down(F.pad(h, (0, 0, 1, 0))))  # a zero row on top: row r sees r-1 and r
        return self.widen(h)


class MaskedContext(nn.Module):
    """Row r of the result has seen rows 0..r of [B, D, H, W]."""

    def __init__(self, features, bottleneck, depth):
        super().__init__()
        self.blocks = nn.ModuleList(MaskedBlock(features, bottleneck) for _ in range(depth))

    def forward(self, x):
        for block in self.blocks:
            x = x + block(x)
        return F.relu(x)


class Heads(nn.Module):
    def __init__(self, case, features):
        super().__init__()
        self.context = MaskedContext(features, case.context_bottleneck_width, case.context_depth)
        for k in case.offsets:
            setattr(self, f"offset{k}", nn.Linear(features, case.target_size))


def orient(direction, grid):
    """Turns [..., H, W] so that reading it downwards is reading it in the direction."""
    if direction in ("right", "left"):
        grid = grid.transpose(-2, -1)
    return grid.flip(-2) if direction in ("up", "left") else grid


class Cpc(nn.Module):
    def __init__(self, case):
        super().__init__()
        self.case = case
        features = case.blocks[-1][0]
        self.encoder = PatchEncoder(case)
        self.target = nn.Linear(features, case.target_size)
        for direction in DIRECTIONS:
            setattr(self, direction, Heads(case, features))

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
            c = heads.context(seen).permute(0, 2, 3, 1)
            for k in case.offsets:
                p = getattr(heads, f"offset{k}")(c[:, :rows - k].flatten(0, 2)) * case.scale  # [B*(H-k)*W, K]
                yield F.cross_entropy((p @ targets.t()).float(), labels[:, k:].flatten())


def cut(images, case):
    """[B, C, height, width] to [B*H*W, C, p, p]."""
    patches = images.unfold(2, case.patch, case.stride).unfold(3, case.patch, case.stride)
    return patches.permute(0, 2, 3, 1, 4, 5).flatten(0, 2)
