"""Small disks in memory, to be filled. Root only."""

import contextlib
import os
import pathlib
import subprocess
import tempfile


def can_mount():
    """Whether this process may mount: root, and not in a container that forbids it."""
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False).returncode != 0:
            return False
        subprocess.run(["umount", folder], check=True)
    return True


@contextlib.contextmanager
def small_disk(megabytes, owner=None):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nem12-disk-", dir=os.environ.get("NEM12_SERVERS")))
    os.chmod(folder, 0o755)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", folder], check=True)
    try:
        if owner:
            subprocess.run(["chown", owner, folder], check=True)
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()
