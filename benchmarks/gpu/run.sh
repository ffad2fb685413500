#!/bin/sh
# benchmarks/gpu/run.sh [--dry-run] [OUT]: on a machine with a CUDA libtorch (LIBTORCH=FOLDER, else the one inside Python's torch) builds the
# bridge against it, checks every method on the GPU against the processor, measures training beside PyTorch, eager and compiled, and writes
# OUT/gpu.md and gpu.json (default: $OUT, else benchmarks/gpu/build/result). Needs g++, cmake, make, python3 with torch and torchvision; no network.
# The program is benchmarks/gpu/build/program.tar.xz where pack.sh has made it, else what `dotnet build` leaves. At most 8 minutes:
# 90 s building, 4 x 20 s of Foresee, 4 x 20 s of PyTorch and its compiling.
# --dry-run: all of it on the processor and tiny, in some minutes.
set -eu
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
here=$root/benchmarks/gpu
device=cuda seconds=20 tiny=
if [ "${1:-}" = --dry-run ]; then
    device=cpu seconds=1 tiny=--tiny
    shift
fi
out=${1:-${OUT:-$here/build/result}}
python=${PYTHON:-python3}
mkdir -p "$out" "$here/build"
began=$(date +%s)
left() { echo $((480 - $(date +%s) + began)); }

if [ -z "${LIBTORCH:-}" ] && [ "$device" = cuda ]; then
    LIBTORCH=$($python -c 'import os, torch; print(os.path.dirname(torch.__file__))') ||
        { echo "run.sh: no LIBTORCH, and $python has no torch; name a folder with include/ and lib/" >&2; exit 1; }
    export LIBTORCH
fi
"$root/native/build.sh" || { echo "run.sh: the bridge can't be built against ${LIBTORCH:-this system's libtorch}" >&2; exit 1; }
if [ -f "$here/build/program.tar.xz" ]; then
    rm -rf "$here/build/unpacked"
    mkdir "$here/build/unpacked"
    tar -C "$here/build/unpacked" -xJf "$here/build/program.tar.xz"
    cp "$root/native/build/libforesee_bridge.so" "$here/build/unpacked/program/"
    set -- "$here/build/unpacked/program/Foresee.Benchmarks"
else
    set -- dotnet "$root/benchmarks/Foresee.Benchmarks/bin/Release/net10.0/Foresee.Benchmarks.dll"
    cp "$root/native/build/libforesee_bridge.so" "$(dirname "$2")/"
fi
{ date; nvidia-smi -L 2>/dev/null || echo "no GPU: a dry run, which measures nothing"; } >"$out/machine.txt"
echo "built after $(($(date +%s) - began)) s"
status=0
timeout "$(left)" "$@" gpu --device "$device" --seconds "$seconds" $tiny --json "$out/foresee.json" >"$out/foresee.log" 2>&1 || status=$?
echo "Foresee ended with $status after $(($(date +%s) - began)) s"
timeout "$(left)" "$python" "$here/peer.py" "$seconds" "$device" $tiny >"$out/peer.jsonl" 2>"$out/peer.log" || echo "PyTorch ended with $?"
"$python" "$here/table.py" "$out"
echo "$(($(date +%s) - began)) s in all"
exit "$status"
