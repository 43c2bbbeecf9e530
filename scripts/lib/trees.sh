# Small Debians of their own (debootstrap), in which this project is built, installed and tested: sourced by scripts that run from
# the root of the checkout. `tree` is the directory of the one in use.

# The archive that apt uses for this Debian.
this_suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mirror=$(apt-get indextargets --format '$(COMPONENT) $(RELEASE) $(CODENAME) $(REPO_URI)' 2> /dev/null |
    awk -v suite="$this_suite" '$1 == "main" && ($2 == suite || $3 == suite) { print $NF; exit }')

# why_no_trees: says why there can be none here, and nothing when there can.
why_no_trees() {
    if [ "$(id -u)" != 0 ]; then
        echo 'needs root, for debootstrap and chroot'
    elif ! unshare --mount --pid --fork true 2> /dev/null; then
        echo 'this machine lets root make no mounts of its own (unshare --mount --pid)'
    elif [ -z "$this_suite" ] || [ -z "$mirror" ]; then
        echo "apt's sources of this machine name no Debian archive"
    fi
}

# in_tree USER COMMAND...: in the tree, with /proc, /dev/shm and processes of its own, which end with it. The shell in between reaps.
in_tree() {
    local user=$1 home=/home/$1
    [ "$user" != root ] || home=/root
    shift
    unshare --mount --propagation private --pid --fork --kill-child bash -euc '
        mount -t proc proc "$0/proc"
        mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm"
        status=0
        chroot "$0" "$@" || status=$?
        exit $status' "$tree" setpriv --reuid="$user" --regid="$user" --init-groups \
        env -i HOME="$home" USER="$user" LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@" < /dev/null
}

# make_tree SUITE: unless it is there already.
make_tree() {
    [ ! -e "$tree/.complete" ] || return 0
    echo "$1: making $tree"
    rm -rf "$tree"
    local script=/usr/share/debootstrap/scripts/$1
    [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid # a suite younger than this debootstrap
    unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
        debootstrap --variant=minbase --include=adduser,ca-certificates "$1" "$tree" "$mirror" "$script"
    # A mirror may be older than the Release files of testing want to be.
    echo 'Acquire::Check-Valid-Until "false";' > "$tree/etc/apt/apt.conf.d/90trees"
    apt-config dump Acquire::http::Proxy Acquire::https::Proxy >> "$tree/etc/apt/apt.conf.d/90trees"
    # A tree that a power cut spoils is made anew.
    echo force-unsafe-io > "$tree/etc/dpkg/dpkg.cfg.d/90trees"
    touch "$tree/.complete"
}
