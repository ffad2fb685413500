# What both launchers (and .ci/run) share: everything a start needs, installed or named, and the program built.
# Read with `.`; expects $root, the checkout. Speaks on stderr only, so that a command's own output stays clean.
# POSIX sh. Safe to run again and from several shells at once.

say() { printf '%s\n' "foresee: $*" >&2; }
fail() { say "$*"; exit 1; }

# How a launcher was started, for the commands that the program prints: as it was typed, or by its name alone where the shell finds that.
# $1: its $0
how_started() {
    case $(command -v foresee || true) in
        "$1") echo foresee ;;
        *) case $1 in */*) printf '%s\n' "$1" ;; *) printf './%s\n' "$1" ;; esac ;;
    esac
}

# .NET ends with raw text where it can't open its files or reserve its memory.
enough_room() {
    files=$(ulimit -n) memory=$(ulimit -v)
    [ "$files" = unlimited ] || [ "$files" -ge 256 ] || ulimit -n 256 2>/dev/null ||
        fail "a process may open only $files files here, Foresee needs 256; raise the limit (ulimit -n 256)."
    [ "$memory" = unlimited ] || [ "$memory" -ge 2000000 ] ||
        fail "a process may have only $memory KiB of address space here, Foresee needs 2,000,000 and more to compute; raise the limit (ulimit -v unlimited)."
}

stamps="$root/native/build" # git ignores it
arch=$(uname -m)
system_lib="/usr/lib/$arch-linux-gnu"

# Threads that wait spin by default: beside any other program that costs a training a quarter to a third of its rate, alone it gains nothing.
share_cores() {
    export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}" OPENBLAS_THREAD_TIMEOUT="${OPENBLAS_THREAD_TIMEOUT:-4}"
}

# The state of all sources (path, size, time) and of what they are built against, in one line.
# $1: the folders to look at
fingerprint() {
    {
        printf '%s\n' "$root" "${LIBTORCH:-}" "$(command -v dotnet)"
        # shellcheck disable=SC2086
        cd "$root" && find $1 native Directory.* global.json \
            \( -name bin -o -name obj -o -path native/build \) -prune -o -type f ! -name packages.lock.json -printf '%p %s %T@\n' | LC_ALL=C sort
    } | cksum
}

# The BLAS that libtorch of this system will load; empty when there is none.
active_blas() { readlink -e "$system_lib/libblas.so.3" 2>/dev/null || true; }

slow_blas() { # the reference BLAS reaches 5 GFLOP/s where OpenBLAS reaches 138; ATLAS is in between
    case $(active_blas) in */blas/*|*/atlas/*|'') return 0 ;; *) return 1 ;; esac
}

# One line per missing thing: package, what for. Looks at files, so that it also works where there is no dpkg.
missing() {
    if [ -n "${LIBTORCH:-}" ]; then
        [ -e "$LIBTORCH/lib/libtorch_cpu.so" ] && [ -d "$LIBTORCH/include/torch" ] ||
            fail "LIBTORCH is '$LIBTORCH', and that folder has no lib/libtorch_cpu.so or no include/torch; set it to an unpacked libtorch (https://pytorch.org/get-started/locally), or unset it to use the system's."
    else
        [ -e "$system_lib/libtorch_cpu.so" ] && [ -e /usr/include/torch/csrc/api/include/torch/version.h ] ||
            echo "libtorch-dev: the tensor library that does the computing"
        ! slow_blas || echo "libopenblas0-pthread: matrix multiplication, more than 20 times as fast as the reference BLAS"
    fi
    [ "${purpose:-}" != test ] || [ -e /usr/lib/python3/dist-packages/onnx ] || echo "python3-onnx: checks exported models in the tests"
    [ -e /usr/share/datasets/fashion-mnist ] || echo "dataset-fashion-mnist: 70,000 photographs for the demo"
    command -v cmake >/dev/null || echo "cmake: builds the native part"
    command -v c++ >/dev/null || echo "g++: compiles the native part"
    command -v make >/dev/null || echo "make: cmake builds with it"
}

# How to become root without asking for a password that nobody is there to type.
become_root() {
    if [ "$(id -u)" -eq 0 ]; then return 0; fi
    command -v sudo >/dev/null || return 1
    if sudo -n true 2>/dev/null; then privilege="sudo -n"; return 0; fi
    [ -t 0 ] && [ -t 2 ] && privilege=sudo
}

# For messages; what apt-get has decides, not the name.
system_name() { (. /etc/os-release 2>/dev/null && echo "${PRETTY_NAME:-${ID:-unknown}}") || uname -s; }

has_package() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q '^ *Candidate: [^(]'; }

install_missing() {
    # In this shell, not in a pipe, so that fail() ends the program.
    lacking=$(missing) || exit 1
    [ -n "$lacking" ] || return 0
    packages=$(printf '%s\n' "$lacking" | sed 's/:.*//' | tr '\n' ' ')
    listed=$(printf '%s\n' "$lacking" | sed 's/^/  /')
    dispensable() { for package in $packages; do case $package in dataset-*|python3-onnx) ;; *) return 1 ;; esac; done; }
    obtainable() { for package in $packages; do ! has_package "$package" || return 0; done; return 1; }
    own="A libtorch of your own needs no root: unpack one from https://pytorch.org/get-started/locally (C++, Linux) and set LIBTORCH=/path/to/libtorch; it brings a fast BLAS along."
    if ! command -v apt-get >/dev/null || ! command -v apt-cache >/dev/null; then
        if dispensable; then return 0; fi
        fail "this set-up installs packages with apt-get (Debian 12 or later, Ubuntu 24.04 or later), and this is '$(system_name)'. Missing here:
$listed
Install them with your distribution's package manager (the names are Debian's). $own The photographs: any copy of Fashion-MNIST's four .gz files in /usr/share/datasets/fashion-mnist."
    fi
    if dispensable && ! obtainable; then return 0; fi
    privilege=
    become_root || ! dispensable || return 0
    [ -n "$privilege" ] || [ "$(id -u)" -eq 0 ] || fail "missing, and installing needs root or sudo:
$listed
Ask an administrator to run:  apt-get install --no-install-recommends $packages
$own"
    say "installing packages${privilege:+ (with sudo)}, this takes a few minutes:
$listed"
    log=$(mktemp) # outside the checkout: sudo's root may not be allowed to write there
    $privilege apt-get -o DPkg::Lock::Timeout=300 -q update >"$log" 2>&1 </dev/null || echo "warning: apt-get update failed, going on with the lists at hand" >>"$log"
    for package in $packages; do
        has_package "$package" || case $package in
            dataset-*|python3-onnx) packages=$(printf '%s' "$packages" | sed "s/$package //") ;; # its warning comes below
            *) tail -n 5 "$log" >&2
                fail "the packages of '$(system_name)' have no $package; Debian 12 or later and Ubuntu 24.04 or later have it (Ubuntu: in universe).
$own" ;;
        esac
    done
    # shellcheck disable=SC2086
    if [ -n "$packages" ] && ! {
        $privilege env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q -y install --no-install-recommends $packages
    } >>"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        fail "installing failed; apt-get's last lines are above, all of them in $log."
    fi
    rm -f "$log"
    if [ -z "${LIBTORCH:-}" ] && slow_blas; then
        openblas="$system_lib/openblas-pthread/libblas.so.3"
        [ -e "$openblas" ] && $privilege update-alternatives --set "libblas.so.3-$arch-linux-gnu" "$openblas" >&2 ||
            say "warning: libblas.so.3 is '$(active_blas)', not OpenBLAS, so f32 arithmetic will be slow; update-alternatives --config libblas.so.3-$arch-linux-gnu changes it."
    fi
    still=$(missing) || exit 1
    [ -z "$still" ] || say "warning: still missing after installing:
$(printf '%s\n' "$still" | sed 's/^/  /')"
}

need_dotnet() {
    command -v dotnet >/dev/null || [ ! -x "${DOTNET_ROOT:-$HOME/.dotnet}/dotnet" ] || PATH="${DOTNET_ROOT:-$HOME/.dotnet}:$PATH"
    command -v dotnet >/dev/null ||
        fail "the .NET 10 SDK is missing (no 'dotnet' on PATH); get it from https://dotnet.microsoft.com/download/dotnet/10.0, from your packages (Ubuntu: apt-get install dotnet-sdk-10.0), or without root: https://dot.net/v1/dotnet-install.sh --channel 10.0"
}

# Installs and builds what changed since the last time.
# $1: what to build (a project or the solution)   $2: the folders it is built from   $3: a name for its stamp
set_up() {
    : "${HOME:=/tmp}"
    export HOME DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
    need_dotnet
    purpose=$3
    now=$(fingerprint "$2")
    lacking=$(missing) || exit 1
    if [ "$now" = "$(cat "$stamps/$3.stamp" 2>/dev/null)" ] && [ -z "$lacking" ]; then return 0; fi
    dotnet --list-sdks | grep -q '^1[0-9]\.' ||
        fail "the .NET 10 SDK is missing ('dotnet --list-sdks' shows: $(dotnet --list-sdks | sed 's/ .*//' | tr '\n' ' ')); get it from https://dotnet.microsoft.com/download/dotnet/10.0"
    mkdir -p "$stamps" 2>/dev/null && [ -w "$stamps" ] || fail "can't write to $stamps; a first start builds there, so the checkout must be writable."
    exec 8>"$stamps/setup.lock"
    flock -n 8 || { say "another start is setting up this checkout; waiting for it"; flock 8; }
    install_missing
    now=$(fingerprint "$2") # again: the other start may have taken minutes
    if [ "$now" != "$(cat "$stamps/$3.stamp" 2>/dev/null)" ]; then
        rm -f "$stamps/$3.stamp"
        if [ "${LIBTORCH:-}" != "$(sed -n 's/^LIBTORCH:[A-Z]*=//p' "$stamps/CMakeCache.txt" 2>/dev/null)" ]; then
            rm -f "$stamps/built.stamp" # native/build.sh then looks for the other libtorch
        fi
        say "building $(basename "$1") (once; about a minute)"
        # 8>&- : the compiler server outlives the build and must not keep the lock
        dotnet build "$1" -c Release -v q -nologo -clp:NoSummary >"$stamps/$3.log" 2>&1 8>&- </dev/null || {
            grep -E 'error' "$stamps/$3.log" | sort -u | head -n 20 >&2
            fail "the build failed; everything it said is in $stamps/$3.log"
        }
        printf '%s\n' "$now" >"$stamps/$3.stamp"
    fi
    exec 8>&-
}
