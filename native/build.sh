#!/bin/sh
# Builds the native libraries into native/build; called by `dotnet build` when a source changed.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
need() { command -v "$1" >/dev/null 2>&1 || { echo "error: $1 is missing; install it (Debian: apt-get install $2)" >&2; exit 1; }; }
need cmake cmake
need c++ g++
mkdir -p "$here/build"
exec 9>"$here/build/.lock"
flock 9 # two builds of one checkout wait for each other
rm -f "$here/build/built.stamp"
cmake -S "$here" -B "$here/build" -DCMAKE_BUILD_TYPE=Release -DLIBTORCH="${LIBTORCH:-}" >"$here/build/configure.log" 2>&1 || { cat "$here/build/configure.log" >&2; exit 1; }
cmake --build "$here/build" --parallel 2 >"$here/build/build.log" 2>&1 || { cat "$here/build/build.log" >&2; exit 1; }
date >"$here/build/built.stamp"
