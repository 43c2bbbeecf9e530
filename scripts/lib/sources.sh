# Sourced from the root of the checkout.

# copy_sources_to DIRECTORY: what git would commit, as it is now.
copy_sources_to() {
    git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
        [ ! -e "$file" ] || printf '%s\0' "$file"
    done | tar --create --null --files-from=- | tar --extract --directory="$1"
}

# make_orig DIRECTORY: the upstream archive nem12_VERSION.orig.tar.gz there, and its contents unpacked beside it, in nem12-VERSION.
make_orig() {
    local version
    version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" nem12.control)
    mkdir -p "$1/nem12-$version"
    copy_sources_to "$1/nem12-$version"
    tar --create --gzip --file="$1/nem12_$version.orig.tar.gz" --directory="$1" --sort=name --owner=0 --group=0 "nem12-$version"
}
