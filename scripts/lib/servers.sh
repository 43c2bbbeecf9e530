# Sourced by with-servers, private-postgres and private-redis: who runs the servers and how they are talked to.

# PostgreSQL refuses to run as root, so root hands its servers to an unprivileged user; everybody else runs them as himself.
server_user() {
    if [ "$(id -u)" != 0 ]; then
        id -un
    elif id postgres > /dev/null 2>&1; then
        echo postgres
    else
        echo nobody
    fi
}

as_server_user() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
    else
        local user
        user=$(server_user)
        setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups env HOME="$NEM12_SERVERS" "$@"
    fi
}

need_servers() {
    if [ -z "${NEM12_SERVERS:-}" ]; then
        echo "$(basename "$0"): only inside scripts/with-servers" >&2
        exit 2
    fi
    cd "$NEM12_SERVERS" # a folder the server user may enter, unlike perhaps the checkout
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
    local tenths=$(($1 * 10))
    shift
    until "$@" > /dev/null 2>&1; do
        tenths=$((tenths - 1))
        [ "$tenths" -gt 0 ] || return 1
        sleep 0.1
    done
}
