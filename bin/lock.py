"""Renews the lock files from pyproject.toml and package.json: versions and hashes, but not where they came from.

Run with .venv/bin/python after bin/setup.py. Needs a network, or the settings of pip, uv and npm that reach a mirror.
"""

import json
import subprocess
import sys

import setup

TOOLS = setup.ROOT / "var" / "lock"
PACKAGES = setup.ROOT / "package-lock.json"
COMPILE = ["--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--upgrade"]
UPDATE = ["--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"]


def main():
    run(sys.executable, "-m", "venv", TOOLS)
    run(TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
    for target, chosen in (("requirements.txt", []), ("requirements-dev.txt", ["--group", "dev"])):
        uv = [TOOLS / "bin" / "uv", "pip", "compile", *COMPILE, "--custom-compile-command", "make lock"]
        run(*uv, "pyproject.toml", *chosen, "--output-file", target)
    run(setup.node(), "--use-system-ca", setup.npm(), "update", *UPDATE)
    forget_addresses()


def forget_addresses():
    """npm notes for each package where its makers may be given money; a lock file names no address."""
    lock = json.loads(PACKAGES.read_text())
    for package in lock["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    PACKAGES.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")


def run(*command):
    subprocess.run(command, cwd=setup.ROOT, check=True)


if __name__ == "__main__":
    main()
