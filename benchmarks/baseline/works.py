"""What is measured. Each work has check(), numbers on which both sides must agree, and steps(), an endless generator that
does one step at a time and yields how many images it handled."""
import json
import random
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import torch
from PIL import Image
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, RandomSampler
from torchvision import io, models, transforms
from torchvision.transforms import functional as TF

from exchange import Case, read_tensors
from network import Cpc, PatchEncoder, cut

VERSION = tuple(int(number) for number in torch.__version__.split(".")[:2])


@dataclass
class Settings:
    tuned: bool
    bf16: bool
    compiled: bool
    workers: int  # of a DataLoader

    def compile(self, function):
        return torch.compile(function, dynamic=False) if self.compiled else function


class Pixels:
    """uint8 images to normalised patches."""

    def __init__(self, case):
        self.case = case
        self.mean = torch.tensor(case.mean).view(1, -1, 1, 1)
        self.std = torch.tensor(case.std).view(1, -1, 1, 1)

    def patches(self, pixels, flip=0.0):
        images = pixels.float() / 255
        if flip > 0:
            images = torch.where(torch.rand(len(images), 1, 1, 1) < flip, images.flip(3), images)
        return (cut(images, self.case) - self.mean) / self.std


class Train:
    """Training steps on images in memory: flip, patches, loss, backward, Adam."""

    def __init__(self, folder, settings):
        self.case = case = Case.read(folder)
        self.pixels, self.bf16 = Pixels(case), settings.bf16
        self.images = read_tensors(folder / "images.safetensors")["images"]
        self.network = Cpc(case)
        self.network.load_state_dict(read_tensors(folder / "weights.safetensors"))
        if settings.tuned:
            self.network.to(memory_format=torch.channels_last)
        self.loss = settings.compile(self.network)
        fused = {"fused": True} if settings.tuned and VERSION >= (2, 4) else {}  # on processors since then
        self.optimiser = torch.optim.Adam(self.network.parameters(), case.learning_rate, (case.beta1, case.beta2), **fused)

    def check(self):
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(self.pixels.patches(self.images[:self.case.batch]))
        loss.backward()
        return [loss.item(), torch.stack([weight.grad.norm() for weight in self.network.parameters()]).norm().item()]

    def steps(self):
        while True:
            chosen = torch.randint(len(self.images), (self.case.batch,))
            patches = self.pixels.patches(self.images[chosen], self.case.flip)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
                loss = self.loss(patches)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            self.optimiser.step()
            loss.item()
            yield self.case.batch


class ResNet18:
    """Training steps of torchvision's ResNet-18, its stem changed for 32-px images, on images in memory: loss, backward, SGD."""
    BATCH, CLASSES = 128, 10  # image i has the label i % CLASSES

    def __init__(self, folder, settings):
        self.bf16, self.tuned = settings.bf16, settings.tuned
        self.images = read_tensors(folder / "images.safetensors")["images"]
        self.network = models.resnet18(num_classes=self.CLASSES)
        self.network.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.network.maxpool = torch.nn.Identity()
        self.network.load_state_dict(read_tensors(folder / "weights.safetensors"))
        if settings.tuned:
            self.network.to(memory_format=torch.channels_last)
        self.logits = settings.compile(self.network)
        self.optimiser = torch.optim.SGD(self.network.parameters(), 0.01, momentum=0.9)

    def loss(self, indices):
        pixels = self.images[indices].float() * (4 / 255) - 2
        if self.tuned:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        return F.cross_entropy(self.logits(pixels).float(), indices % self.CLASSES)

    def check(self):
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(torch.arange(self.BATCH))
        loss.backward()
        return [loss.item(), torch.stack([weight.grad.norm() for weight in self.network.parameters()]).norm().item()]

    def steps(self):
        while True:
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
                loss = self.loss(torch.randint(len(self.images), (self.BATCH,)))
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            self.optimiser.step()
            loss.item()
            yield self.BATCH


class Features:
    """The frozen encoder over images in memory."""
    BATCH = 250

    def __init__(self, folder, settings):
        case = Case.read(folder)
        self.pixels, self.bf16 = Pixels(case), settings.bf16
        self.images = read_tensors(folder / "images.safetensors")["images"]
        self.encoder = PatchEncoder(case).eval()
        self.encoder.load_state_dict(read_tensors(folder / "encoder.safetensors"))
        if settings.bf16:  # in f32 channels-last loses here
            self.encoder.to(memory_format=torch.channels_last)
        self.encode = settings.compile(self.encoder)

    @torch.inference_mode()
    def features(self, images):
        return self.encode(self.pixels.patches(images))

    def check(self):
        features = self.features(self.images[:self.BATCH])
        return [features.mean().item(), features.square().mean().item()]

    def steps(self):
        while True:
            for images in self.images.split(self.BATCH):
                with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
                    self.features(images)
                yield len(images)


class InfoNce:
    """The loss by itself and both its gradients, with the whole score matrix in memory, as F.cross_entropy needs it."""

    def __init__(self, folder, settings):
        tensors = read_tensors(folder / "scores.safetensors")
        self.predictions, self.targets = tensors["predictions"].requires_grad_(), tensors["targets"].requires_grad_()
        self.labels, self.images, self.bf16 = tensors["labels"], int(tensors["images"]), settings.bf16
        self.score = settings.compile(self.score)

    @staticmethod
    def score(predictions, targets, labels):
        return F.cross_entropy((predictions @ targets.t()).float(), labels)

    def loss(self):
        return self.score(self.predictions, self.targets, self.labels)

    def check(self):
        self.predictions.grad = self.targets.grad = None
        loss = self.loss()
        loss.backward()
        return [loss.item(), self.predictions.grad.norm().item(), self.targets.grad.norm().item()]

    def steps(self):
        while True:
            self.predictions.grad = self.targets.grad = None
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
                loss = self.loss()
            loss.backward()
            yield self.images


class Photographs(Dataset):
    """The image files of a folder, reduced until they just cover the size asked for and cropped around the centre."""

    def __init__(self, folder, height, width, tuned):
        self.files = sorted(str(path) for path in Path(folder).iterdir())
        self.size, self.tuned = (height, width), tuned
        self.fit = transforms.Compose([transforms.Resize(max(height, width)), transforms.CenterCrop((height, width))])

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        if not self.tuned:
            return TF.pil_to_tensor(self.fit(Image.open(self.files[index]).convert("RGB")))
        pixels = io.read_image(self.files[index], io.ImageReadMode.RGB)  # decodes quicker than PIL; PIL resizes quicker
        return pixels if pixels.shape[1:] == self.size else TF.pil_to_tensor(self.fit(TF.to_pil_image(pixels)))


class Load:
    """A folder of JPEG files to batches in memory."""

    def __init__(self, folder, settings):
        case = Case.read(folder)
        self.photographs = Photographs(folder / "photographs", case.height, case.width, settings.tuned)
        endless = RandomSampler(self.photographs, replacement=True, num_samples=10**6)  # the folder is small; beginning it again and again would be unfair
        self.loader = DataLoader(self.photographs, case.batch, sampler=endless, num_workers=settings.workers, prefetch_factor=8 if settings.tuned else 2, persistent_workers=True)

    def check(self):
        return [self.photographs[i].float().mean().item() for i in range(16)]

    def steps(self):
        while True:
            for batch in self.loader:
                yield len(batch)


class PatchesOf(Dataset):
    """Every image as a grid of patches, each changed by itself: the transforms of torchvision on PIL images."""

    def __init__(self, images, options):
        self.images, self.options = images, options
        o = options
        self.change = transforms.Compose([
            transforms.RandomHorizontalFlip(o.flip),
            transforms.RandomAffine(o.rotation, shear=o.shear, interpolation=transforms.InterpolationMode.BILINEAR),
            transforms.ColorJitter(o.brightness, o.contrast, o.saturation, o.hue),
            transforms.Lambda(self.drop_colour),
            transforms.ToTensor(),
        ])

    def drop_colour(self, patch):
        return Image.merge("RGB", [random.choice(patch.split())] * 3) if random.random() < self.options.colour_drop else patch

    def __len__(self):
        return 1000 * len(self.images)  # one long epoch: the workers start once, as with a real data set

    def __getitem__(self, index):
        image, o = TF.to_pil_image(self.images[index % len(self.images)]), self.options
        height, width = self.images.shape[2:]
        patches = []
        for top in range(0, height - o.patch + 1, o.stride):
            for left in range(0, width - o.patch + 1, o.stride):
                x, y = (random.randint(-o.translation, o.translation) for _ in range(2))
                patches.append(self.change(image.crop((left + x, top + y, left + x + o.patch, top + y + o.patch))))
        return torch.stack(patches)


class Augment:
    """Images in memory to batches of changed patches."""

    def __init__(self, folder, settings):
        self.images = read_tensors(folder / "images.safetensors")["images"]
        self.options = json.loads((folder / "augmentation.json").read_text())
        self.loader = DataLoader(PatchesOf(self.images, SimpleNamespace(**self.options)), self.options["batch"], shuffle=True, drop_last=True,
                                 num_workers=settings.workers, prefetch_factor=8 if settings.tuned else 2)

    def check(self):
        sizes = {name: self.options[name] for name in ("patch", "stride")}
        nothing = {name: 0 for name in self.options}
        return PatchesOf(self.images, SimpleNamespace(**{**nothing, **sizes}))[0].mean((1, 2, 3)).tolist()

    def steps(self):
        while True:
            for batch in self.loader:
                yield len(batch)


WORKS = {"train": Train, "resnet18": ResNet18, "features": Features, "infonce": InfoNce, "load": Load, "augment": Augment}
