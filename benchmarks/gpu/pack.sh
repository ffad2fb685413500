#!/bin/sh
# benchmarks/gpu/pack.sh: builds benchmarks/gpu/build/program.tar.xz, the benchmarks with .NET inside and without libtorch, for a machine
# that has neither .NET nor a network. What a GPU's libtorch replaces (the bridge) run.sh builds there.
set -eu
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
build=$root/benchmarks/gpu/build
"$root/native/build.sh"
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
rm -rf "$build/program"
mkdir -p "$build"
# In a copy: what a build for another target restores would stay in the checkout's obj folders and lock files.
(cd "$root" && tar -cf - --exclude=bin --exclude=obj --exclude=benchmarks/gpu ./*.props ./*.targets ./*.slnx global.json .editorconfig LICENSE src native benchmarks) |
    tar -C "$tree" -xf -
touch "$tree/native/build/built.stamp" # what lies there was built from the same sources
dotnet publish "$tree/benchmarks/Foresee.Benchmarks" -c Release -r linux-x64 --self-contained -o "$build/program" -v q -nologo \
    -p:RestoreLockedMode=false -p:TreatWarningsAsErrors=false
# Models and servers are not measured here: ONNX Runtime's natives stay away, and the bridge is built anew.
find "$build/program" \( -name 'libonnxruntime*' -o -name 'libforesee_bridge.so' -o -name '*.pdb' -o -name '*.xml' \) -delete
tar -C "$build" -c program | xz -T0 -3 >"$build/program.tar.xz"
rm -rf "$build/program"
size=$(wc -c <"$build/program.tar.xz")
[ "$size" -le 52428800 ] || { echo "pack.sh: $build/program.tar.xz has $size bytes, more than 50 MiB" >&2; exit 1; }
echo "$build/program.tar.xz: $((size / 1048576)) MiB"
