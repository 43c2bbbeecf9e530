#!/usr/bin/env python3
"""Where no engine builds the containers: every file, package and command that Containerfile, compose.yaml and their README name exists, in
this checkout, in the packages as they are installed, or in packages of Debian; the options are understood; versions are one everywhere.
(What starts PostgreSQL in one is run by `make check-packages`.)"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CONTAINERFILE = (ROOT / "container/Containerfile").read_text()
COMPOSE = (ROOT / "container/compose.yaml").read_text()
README = (ROOT / "container/README.md").read_text()


def check(what, good, detail=""):
    if not good:
        print(f"FAILED: {what}\n{detail}")
        sys.exit(1)
    print(f"ok: {what}")


def installed(folder):
    """The files of the loader's package, by the same recipe as debian/rules."""
    done = subprocess.run(["make", "-s", "DEPS=no", "install-loader", f"DESTDIR={folder}", "PREFIX=/usr"], cwd=ROOT, text=True, capture_output=True, check=False)
    check("install-loader", done.returncode == 0, done.stdout + done.stderr)
    files = {"/" + str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if path.is_file()}
    rules = (ROOT / "debian/rules").read_text()
    files |= {"/" + path for path in re.findall(r"> \$\(LOADER\)/(\S+)", rules)}
    return files


def main():
    control = (ROOT / "debian/control.in").read_text()
    packages = re.findall(r"^Package: (\S+)", control, re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder:
        files = installed(folder)
    check("the package has the program, its configuration and its unit",
          {"/usr/bin/nem12-loader", "/etc/nem12/config.toml", "/usr/lib/systemd/system/nem12-loader.service"} <= files, sorted(files))

    for glob in re.findall(r"/nem12/build/deb/(\S+)_\*\.deb", CONTAINERFILE):
        check(f"make deb builds {glob}", any(re.fullmatch(glob.replace("*", ".+"), package) for package in packages), packages)
    for source in re.findall(r"^COPY (container/\S+)", CONTAINERFILE, re.MULTILINE):
        check(f"{source} is here", (ROOT / source).is_file())
    stages = re.findall(r"^FROM \S+ AS (\w+)", CONTAINERFILE, re.MULTILINE)
    for stage in re.findall(r"--target (\w+)", CONTAINERFILE) + re.findall(r"target: (\w+)", COMPOSE) + re.findall(r"--from=(\w+)", CONTAINERFILE):
        check(f"there is a stage {stage}", stage in stages)
    copied = {f"/usr/local/bin/{name}" for name in re.findall(r"^COPY container/(\S+) /usr/local/bin/", CONTAINERFILE, re.MULTILINE)}
    copied |= {f"/usr/local/share/nem12/{name}" for name in re.findall(r"^COPY container/(\S+) /usr/local/share/nem12/", CONTAINERFILE, re.MULTILINE)}
    starter = (ROOT / "container/nem12-postgres").read_text()
    named = re.findall(r'"(/[\w./-]+)"', re.sub(r"^#.*", "", CONTAINERFILE, flags=re.MULTILINE) + COMPOSE) + re.findall(r"(/usr/local/share\S+)", starter)
    for path in named:
        check(f"{path} is in a package or copied", path in files | copied, sorted(files | copied))
    # Of PostgreSQL's packages.
    bindir = pathlib.Path(subprocess.run(["pg_config", "--bindir"], text=True, capture_output=True, check=True).stdout.strip())
    for program in sorted(set(re.findall(r"^ *(?:exec )?(initdb|pg_ctl|createdb|psql|postgres)\b", starter, re.MULTILINE)) | {"pg_isready"}):
        check(f"PostgreSQL has {program}", (bindir / program).exists())
    sysusers = (ROOT / "debian/nem12-loader.sysusers").read_text()
    for user in re.findall(r"^USER (\w+)", CONTAINERFILE, re.MULTILINE):
        check(f"the user {user} comes with a package", user == "postgres" or re.search(rf"^u {user} ", sysusers, re.MULTILINE))

    command = json.loads(re.search(r"command: (\[\"run\".*?\])", COMPOSE, re.DOTALL).group(1))
    settings = [command[n + 1] for n, word in enumerate(command) if word == "--set"]
    done = subprocess.run([ROOT / "build/nem12-loader", "check-config", "--config", ROOT / "example.config.toml",
                           *[word for setting in settings for word in ("--set", setting)]], text=True, capture_output=True, check=False)
    check("the loader understands compose.yaml's settings", done.returncode == 0 and "host=postgres" in done.stdout and "redis://redis" in done.stdout, done.stderr)
    generate = re.search(r"nem12-loader (generate .*)", README).group(1).split()
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([ROOT / "build/nem12-loader", *[f"{folder}/" if word.startswith("/var") else word for word in generate]], check=False)
        check("the README's command makes a file", done.returncode == 0 and len(list(pathlib.Path(folder).iterdir())) == 1)

    # The rights are said once more where SQL is needed; they have to be those of docs/security.md.
    def grants(text):
        return set(re.findall(r"nem12_\w+", re.search(r"GRANT EXECUTE ON FUNCTION (.*?) TO ", text, re.DOTALL).group(1)))
    documented = grants((ROOT / "docs/security.md").read_text())
    check("security.md grants ten functions", len(documented) == 10)
    for path in ("container/meters.sql", "README.md"):
        check(f"{path} grants the same", grants((ROOT / path).read_text()) == documented)

    version = re.search(r"^default_version = '(.*)'", (ROOT / "nem12.control").read_text(), re.MULTILINE).group(1)
    changelog = (ROOT / "debian/changelog").read_text()
    check("debian/changelog has nem12.control's version", re.match(r"nem12 \((.*?)-\d+\)", changelog).group(1) == version, changelog[:40])
    check("CHANGELOG.md has it first", re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE).group(1) == version)
    said = subprocess.run([ROOT / "build/nem12-loader", "--version"], text=True, capture_output=True, check=True).stdout
    check("the loader says it", said == f"nem12-loader {version}\n", said)


main()
