"""The peer of Program.cs: the same changes of the same patches with torchvision on PIL images, in a DataLoader with a worker per core.

    /usr/bin/python3 patch_augmentation.py IMAGES WORKERS      prints images a second, and processor milliseconds an image
"""
import os
import random
import sys
import time

import torch
import torchvision.transforms as T
from PIL import Image
from torch.utils.data import DataLoader, Dataset

SIDE, PATCH, STRIDE, GRID = 260, 80, 36, 6


def drop_colours(patch):
    kept = patch.getchannel(random.randrange(3))
    return Image.merge("RGB", (kept, kept, kept))


class Patches(Dataset):
    def __init__(self, count):
        self.count = count
        self.images = torch.randint(0, 256, (16, SIDE, SIDE, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)).numpy()
        self.change = T.Compose([
            T.RandomHorizontalFlip(0.5),
            T.RandomAffine(30, translate=(0.1, 0.1), shear=(-11, 11, -11, 11), interpolation=T.InterpolationMode.BILINEAR, fill=128),
            T.ColorJitter(0.4, 0.4, 0.4, 0.1),
            T.Lambda(drop_colours),
            T.ToTensor(),
            T.Normalize([0.5] * 3, [0.25] * 3),
        ])

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        image = Image.fromarray(self.images[index % len(self.images)])
        corners = [(x * STRIDE, y * STRIDE) for y in range(GRID) for x in range(GRID)]
        return torch.stack([self.change(image.crop((x, y, x + PATCH, y + PATCH))) for x, y in corners])


def main():
    count, workers = int(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(1)
    warm = 8 * workers  # the first batches wait for the workers to start
    loader = DataLoader(Patches(count + warm), batch_size=8, num_workers=workers, prefetch_factor=2 if workers else 2)
    seen = 0
    for batch in loader:
        seen += len(batch)
        if seen == warm:
            start = time.perf_counter()
    seconds = time.perf_counter() - start
    del loader, batch
    used = os.times()
    processor = used.user + used.system + used.children_user + used.children_system
    print(f"{count / seconds:.3f} {processor / (count + warm) * 1000:.3f}")


if __name__ == "__main__":
    main()
