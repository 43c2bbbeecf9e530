#!/usr/bin/env python3
"""A database elsewhere is verified without being asked to: one that shows another authority's certificate, another name, an expired
certificate, old TLS or none at all gets neither password nor files."""

import os
import pathlib
import shutil
import subprocess

import loader_world as w

w.with_servers()
FOLDER = pathlib.Path(os.environ["NEM12_SERVERS"]) / "tls"


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=FOLDER)


def authority(name):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}", "-days", "2")


def certificate(name, signer, host, days="2"):
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={host}")
    (FOLDER / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{signer}.crt", "-CAkey", f"{signer}.key", "-CAcreateserial", "-out", f"{name}.crt",
            "-days", days, "-extfile", f"{name}.ext")


def serve(**settings):
    """Restarts the server with these settings."""
    data = pathlib.Path(os.environ["NEM12_PG_DATA"])
    text = "".join(f"{key} = '{value}'\n" for key, value in settings.items())
    (data / "postgresql.auto.conf").write_text(f"listen_addresses = '127.0.0.1'\nport = {PORT}\npassword_encryption = 'scram-sha-256'\n" + text)
    w.server("postgres", "stop")
    os.environ["PGPORT"] = str(PORT)
    w.server("postgres", "start")


def with_certificate(name, **settings):
    serve(ssl="on", ssl_cert_file=FOLDER / f"{name}.crt", ssl_key_file=FOLDER / f"{name}.key", **settings)


PORT = w.free_port()


def main():
    if shutil.which("openssl") is None:
        w.skip("no openssl: TLS to the database is NOT tested")
    FOLDER.mkdir()
    authority("ours")
    authority("theirs")
    certificate("right", "ours", "db.example")
    certificate("impostor", "theirs", "db.example")
    certificate("other", "ours", "other.example")
    certificate("expired", "ours", "db.example", "-1")
    owner = pathlib.Path(os.environ["NEM12_PG_DATA"])
    for key in FOLDER.glob("*.key"):
        key.chmod(0o600)
        shutil.chown(key, owner.owner(), owner.group())
    FOLDER.chmod(0o755)
    (owner / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    with w.World("tls") as world:
        with_certificate("right")
        w.sql("CREATE ROLE tls_loader SUPERUSER LOGIN PASSWORD 'planted'", "postgres")
        file = world.folder / "f.csv"
        subprocess.run([w.LOADER, "generate", "--nmis", "1", "--days", "1", "-o", file], check=True, capture_output=True)

        def load(more=""):
            conninfo = f"host=db.example hostaddr=127.0.0.1 port={PORT} dbname={world.name} user=tls_loader password=planted {more}"
            return subprocess.run([w.LOADER, "load", "--db", conninfo, file], text=True, capture_output=True, check=False,
                                  env={**os.environ, "HOME": str(world.folder)})

        def expect(what, code, words, more=f"sslrootcert={FOLDER}/ours.crt"):
            done = load(more)
            w.check(what, done.returncode == code and words in done.stdout + done.stderr, done.stdout + done.stderr)
            if code != 0:
                w.check("  nothing was loaded", w.value("SELECT count(*) FROM nem12_files WHERE loaded_by = 'tls_loader'", world.name) == "0")

        expect("without a root certificate nobody is trusted", 2, "root certificate", "")
        with_certificate("impostor")
        expect("another authority's certificate is refused", 2, "certificate verify failed")
        with_certificate("other")
        expect("another name is refused", 2, "does not match host name")
        with_certificate("expired")
        expect("an expired certificate is refused", 2, "certificate")
        with_certificate("right", ssl_min_protocol_version="TLSv1", ssl_max_protocol_version="TLSv1.1")
        expect("TLS 1.1 is refused", 2, "SSL error")
        serve(ssl="off")
        expect("a server without TLS is refused", 2, "does not support SSL")
        expect("unless somebody says so", 0, "1 files loaded", "sslmode=disable")
        w.sql("TRUNCATE nem12_files, nem12_interval_days CASCADE", world.name)
        with_certificate("right")
        expect("the right one is taken", 0, "1 files loaded", f"sslrootcert={FOLDER}/ours.crt channel_binding=require")


main()
