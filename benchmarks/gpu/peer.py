"""The same steps in PyTorch as `benchmarks/run gpu` measures: SimCLR on views that lie on the device, eager and by torch.compile.
peer.py SECONDS DEVICE [--tiny]: one line of JSON for each case and mode."""
import json
import sys
import time

import torch
import torchvision
from torch.nn import functional as F

seconds, device, tiny = float(sys.argv[1]), torch.device(sys.argv[2]), "--tiny" in sys.argv
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.benchmark = True


def network(case):
    body = torchvision.models.resnet18() if "18" in case else torchvision.models.resnet50()
    if "18" in case:
        body.conv1, body.maxpool = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False), torch.nn.Identity()
    features = body.fc.in_features
    body.fc = torch.nn.Sequential(torch.nn.Linear(features, 2048), torch.nn.ReLU(), torch.nn.Linear(2048, 128))
    return body.to(device, memory_format=torch.channels_last)


def loss(z, temperature=0.1):
    z = F.normalize(z.float())
    scores = z @ z.T / temperature
    scores.fill_diagonal_(float("-inf"))
    half = len(z) // 2
    return F.cross_entropy(scores, (torch.arange(len(z), device=z.device) + half) % len(z))


def measure(case, batch, side, mode):
    torch.manual_seed(0)
    net = network(case)
    forward = torch.compile(net) if mode == "compiled" else net
    optimiser = torch.optim.SGD(net.parameters(), 1e-3, momentum=0.9)
    views = torch.randn(2 * batch, 3, side, side, device=device).contiguous(memory_format=torch.channels_last)
    steps, start = -3, None
    while start is None or time.perf_counter() - start < seconds:
        if steps == 0:
            start = time.perf_counter()
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            value = loss(forward(views))
        value.backward()
        optimiser.step()
        value.item()
        steps += 1
    return batch * steps / (time.perf_counter() - start)


for case, batch, side in [("simclr-resnet18-32", 4 if tiny else 512, 32)] + ([] if tiny else [("simclr-resnet50-224", 64, 224)]):
    for mode in ["eager"] + (["compiled"] if hasattr(torch, "compile") else []):
        try:
            row = {"images_per_second": measure(case, batch, side, mode)}
        except Exception as error:  # noqa: BLE001 - whatever is missing, that row says so
            row = {"fault": str(error).splitlines()[0] if str(error) else repr(error)}
        print(json.dumps({"case": case, "mode": mode, "version": torch.__version__, "batch": batch, **row}), flush=True)
