"""table.py FOLDER: foresee.json and peer.jsonl of benchmarks/gpu/run.sh as one table, gpu.md and gpu.json."""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
own = json.loads((folder / "foresee.json").read_text()) if (folder / "foresee.json").exists() else None
peers = [json.loads(line) for line in (folder / "peer.jsonl").read_text().splitlines() if line.startswith("{")]
lines = [(folder / "machine.txt").read_text().strip(), ""]
if own is None:
    lines += ["Foresee failed before its figures were written; foresee.log says why.", ""]
else:
    passed = [check for check in own["checks"] if check["passed"]]
    lines += [f"Device {own['device']}, products of {own['compute']} alone: {own['product_tflops']:.2f} TFLOP/s.",
              f"{len(passed)} of {len(own['checks'])} methods have the processor's losses there.", ""]
    lines += [f"- {check['method']}: {check['fault'] or check['difference']}" for check in own["checks"] if not check["passed"]]
lines += ["", "| case | batch | Foresee, images/s | share of products | PyTorch eager | times | PyTorch compiled | times |", "|---|---|---|---|---|---|---|---|"]
for rate in own["rates"] if own else []:
    cells = [rate["case"], str(rate["batch"]), f"{rate['images_per_second']:.1f}", f"{100 * rate['tflops'] / own['product_tflops']:.0f} %"]
    for mode in ["eager", "compiled"]:
        peer = next((p for p in peers if p["case"] == rate["case"] and p["mode"] == mode), {"fault": "not measured"})
        cells += [peer["fault"], ""] if "fault" in peer else \
            [f"{peer['images_per_second']:.1f} ({peer['version']})", f"{rate['images_per_second'] / peer['images_per_second']:.2f}"]
    lines.append("| " + " | ".join(cells) + " |")
(folder / "gpu.md").write_text("\n".join(lines) + "\n")
(folder / "gpu.json").write_text(json.dumps({"foresee": own, "peers": peers}, indent=2) + "\n")
print("\n".join(lines))
