#!/bin/sh
# Another Debian in a folder, run by hand as root (not by CI): the test suite runs in it, and its PyTorch is a peer of benchmarks/run.
#   chroot.sh make SUITE DIR        trixie, sid or another suite by debootstrap, with PyTorch and a compiler; again: brings it up to date
#   chroot.sh test DIR [FILTER]     copies this checkout to DIR/foresee; ./test installs what is missing there, builds and runs
#   chroot.sh run DIR COMMAND...    any command in it, with this checkout and /tmp where they are here:
#                                   benchmarks/run train --peer "benchmarks/peer/chroot.sh run DIR python3"
# It uses this machine's .NET, NuGet packages, certificates and kernel; MIRROR (default http://deb.debian.org/debian) is where Debian comes from.
set -eu
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
fail() { printf '%s\n' "chroot.sh: $*" >&2; exit 1; }
usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# In a mount namespace of its own, so that nothing stays mounted. exec all the way: the process that was started is the command itself.
# $1: the folder   $2: the folder in it to be in   the rest: the command
enter() {
    inside=$1 place=$2
    shift 2
    [ -e "$inside/etc/debian_version" ] || fail "no system in '$inside'; make one: benchmarks/peer/chroot.sh make sid '$inside'"
    dotnet=$(command -v dotnet) && dotnet=$(dirname "$(readlink -f "$dotnet")") || dotnet=
    mkdir -p "$inside$root" "$inside/etc/ssl/certs" "$inside/root/.nuget" "$HOME/.nuget" "$inside$dotnet"
    export inside place dotnet root from="$HOME"
    # pivot_root, since in a chroot nobody may make a user namespace, as some tests do.
    # shellcheck disable=SC2016
    exec unshare --mount --propagation private sh -ec '
        mount --rbind "$inside" "$inside"
        mount --rbind /proc "$inside/proc"
        mount --rbind /sys "$inside/sys"
        mount --rbind /dev "$inside/dev"
        mount --bind /tmp "$inside/tmp"
        mount --bind "$from/.nuget" "$inside/root/.nuget"
        mount --bind "$root" "$inside$root"
        [ ! -d /etc/ssl/certs ] || mount --bind /etc/ssl/certs "$inside/etc/ssl/certs"
        [ -z "$dotnet" ] || { mount --bind "$dotnet" "$inside$dotnet"; PATH="$dotnet:$PATH"; }
        cp -L /etc/resolv.conf "$inside/etc/resolv.conf"
        to=$place
        cd "$inside"
        unset inside place dotnet root from
        pivot_root . mnt
        # ICU has another name in each suite; Foresee needs none
        exec chroot . env HOME=/root PATH="$PATH" LC_ALL=C.UTF-8 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 \
            sh -c "umount -l /mnt; cd \"\$0\"; exec \"\$@\"" "$to" "$@"' sh "$@"
}

[ $# -ge 2 ] || usage
[ "$(id -u)" -eq 0 ] || fail "needs root: it mounts and changes the root folder."
command -v unshare >/dev/null || fail "unshare is missing; apt-get install util-linux"
verb=$1
shift
case $verb in
    make)
        [ $# -eq 2 ] || usage
        suite=$1
        mkdir -p "$2"
        folder=$(readlink -f "$2")
        if [ ! -e "$folder/etc/debian_version" ]; then
            command -v debootstrap >/dev/null || fail "debootstrap is missing; apt-get install debootstrap"
            debootstrap --variant=minbase "$suite" "$folder" "${MIRROR:-http://deb.debian.org/debian}"
        fi
        # git and certificates: for the tests and NuGet. The rest is the peer's: torch.compile calls g++; libopenblas0-openmp is its best BLAS.
        # What Foresee itself needs is left to its own set-up.
        (enter "$folder" / sh -ec '
            export DEBIAN_FRONTEND=noninteractive
            echo "Acquire::Check-Valid-Until \"false\";" >/etc/apt/apt.conf.d/90age # a mirror may be weeks old; its signatures are checked
            apt-get -q update
            apt-get -q -y --no-install-recommends dist-upgrade
            apt-get -q -y --no-install-recommends install ca-certificates git openssl zlib1g \
                python3-torch python3-torchvision python3-dev python3-setuptools g++ libopenblas0-openmp libopenblas0-pthread
            dpkg-query -W -f "\${Package} \${Version}\n" libc6 g++ python3 python3-torch python3-torchvision libopenblas0-openmp
            python3 -c "import torch, torchvision; print(\"PyTorch\", torch.__version__, \"runs\")"') ;;
    test)
        folder=$(readlink -f "$1")
        shift
        rm -rf "$folder/foresee"
        mkdir -p "$folder/foresee"
        git -C "$root" ls-files -z --cached --others --exclude-standard | (cd "$root" && xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' sh) |
            tar -C "$root" --null -T - -cf - | tar -C "$folder/foresee" -xf -
        enter "$folder" /foresee ./test "$@" ;;
    run)
        [ $# -ge 2 ] || usage
        folder=$(readlink -f "$1")
        shift
        enter "$folder" "$root" "$@" ;;
    *) usage ;;
esac
