#!/bin/sh
# Builds the native libraries into native/build; called by `dotnet build` when a source changed.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
need() { command -v "$1" >/dev/null 2>&1 || { echo "error: $1 is missing; install it (Debian: apt-get install $2)" >&2; exit 1; }; }
need cmake cmake
need c++ g++
need make make
mkdir -p "$here/build"
exec 9>"$here/build/.lock"
flock 9 # two builds of one checkout wait for each other
rm -f "$here/build/built.stamp"
# CMake refuses a cache of another folder (the checkout was copied or moved), and keeps the libtorch that it found.
cached() { sed -n "s/^$1:[A-Z]*=//p" "$here/build/CMakeCache.txt" 2>/dev/null || true; }
[ "$(cached CMAKE_HOME_DIRECTORY)" = "$here" ] && [ "$(cached LIBTORCH)" = "${LIBTORCH:-}" ] || rm -rf "$here/build/CMakeCache.txt" "$here/build/CMakeFiles"
cmake -S "$here" -B "$here/build" -DCMAKE_BUILD_TYPE=Release -DLIBTORCH="${LIBTORCH:-}" >"$here/build/configure.log" 2>&1 || { cat "$here/build/configure.log" >&2; exit 1; }
cmake --build "$here/build" --parallel 2 >"$here/build/build.log" 2>&1 || { cat "$here/build/build.log" >&2; exit 1; }
date >"$here/build/built.stamp"
