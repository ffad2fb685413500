#!/bin/sh
# Compiles the bridge against the headers of other libtorch versions, without linking: half a minute of processor time each, no root, nothing installed.
#   native/check-headers.sh CACHE [SUITE...]     CACHE keeps what was fetched (60 MB a suite); suites: trixie (libtorch 2.6), sid (2.14 or later)
# Exits with 1 where it does not compile, with 3 where headers can't be fetched. CXX names the compiler, for instance CXX=aarch64-linux-gnu-g++. Packages come from Debian's archive by apt-get, checked by its keys.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
cache=$(mkdir -p "$1" && CDPATH= cd -- "$1" && pwd)
shift
[ $# -ge 1 ] || set -- trixie sid
command -v apt-get >/dev/null || { echo "error: apt-get is missing; this check fetches Debian's packages with it" >&2; exit 1; }

fetch() { # $1: the suite; leaves its headers in $cache/$1/usr/include
    fetched="$cache/$1"
    [ ! -e "$fetched/usr/include/torch" ] || return 0
    rm -rf "$fetched"
    mkdir -p "$fetched/apt/lists/partial" "$fetched/apt/cache/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${MIRROR:-http://deb.debian.org/debian} $1 main" >"$fetched/apt/sources.list"
    # The lists and the cache are this folder's; the system's own stay as they are.
    apt() {
        apt-get -q -o Dir::Etc::sourcelist="$fetched/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$fetched/apt/lists" \
            -o Dir::Cache="$fetched/apt/cache" -o Dir::State::status=/dev/null -o APT::Sandbox::User=root "$@"
    }
    (apt update && cd "$fetched/apt" && apt download libtorch-dev && dpkg-deb -x libtorch-dev_*.deb "$fetched") >"$fetched/apt/log" 2>&1 ||
        { tail -n 5 "$fetched/apt/log" >&2; echo "error: $1 has no libtorch-dev to be had; all of it: $fetched/apt/log" >&2; exit 3; }
    rm -rf "$fetched/apt/lists" "$fetched/apt/cache"
}

number() { sed -n "s/^#define TORCH_VERSION_$1 //p" "$include"/torch/headeronly/version.h "$include"/torch/csrc/api/include/torch/version.h 2>/dev/null || true; }

for suite; do
    fetch "$suite"
    include="$cache/$suite/usr/include"
    major=$(number MAJOR) minor=$(number MINOR)
    standard=17
    [ "$((major * 100 + minor))" -le 208 ] || standard=20 # as CMakeLists.txt has it
    for source in "$here"/*.cpp; do
        "${CXX:-c++}" -std=c++$standard -fsyntax-only -Wall -Wextra -Werror -DFORESEE_GLOO -isystem "$here/gloo-declarations" -isystem "$include" -isystem "$include/torch/csrc/api/include" "$source"
    done
    echo "$suite: the bridge compiles against the headers of libtorch $major.$minor"
done
