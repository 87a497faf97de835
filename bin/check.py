"""Everything behind ``make test``: format, lint, contracts, deployment checks, tests, browser journeys.

Run inside .venv, after bin/setup.py:  python bin/check.py [--format]
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import embedded

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "test"
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
BROWSERS = ["chromium", "chromium-browser"]
SKIPPED = """
************************************************************************
  THE BROWSER JOURNEYS WERE SKIPPED: this machine has no Chromium.
  Install it (Debian: apt-get install chromium) and run this again.
************************************************************************"""


class Failure(Exception):
    """A step that did not pass."""


def main(arguments):
    if "--format" in arguments:
        return put_in_form()
    for number in SIGNALS:
        signal.signal(number, interrupt)
    (ROOT / "var").mkdir(exist_ok=True)
    began = time.monotonic()
    with open(ROOT / "var" / "test.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return fail("A test run is already going on in this checkout.")
        try:
            browser = find_browser()
            check_code()
            embedded.start(FOLDER, "test")
            check_behaviour(browser)
        except (Failure, embedded.Trouble) as failure:
            return fail(f"\nFAILED: {failure}")
        except KeyboardInterrupt:
            return fail("\nInterrupted.")
        finally:
            take_time()
            embedded.stop(FOLDER)
    print(f"\nAll passed in {time.monotonic() - began:.0f} s.")
    if not browser:
        print(SKIPPED)
    return 0


def check_code():
    step("Format of the code", ["ruff", "format", "--check", "."])
    step("Lint", ["ruff", "check", "."])
    step("Format of the templates", ["djade", "--check", *templates()])
    step("Import contracts", ["lint-imports"])


def check_behaviour(browser):
    own = {"WINGWALK_STATE": str(FOLDER / "state.json")}
    step("Database roles", ["manage.py", "prepare_database"], own | {"WINGWALK_LOGIN": "admin"})
    step("Missing migrations", ["manage.py", "makemigrations", "--check", "--dry-run"], own)
    step("Deployment checks", ["manage.py", "check", "--deploy", "--fail-level", "WARNING"], production())
    testing = own | {"WINGWALK_LOGIN": "test"}
    pytest = ["pytest", "-q", "-n", "2", "--durations=15"]
    step("Unit and page tests", [*pytest, "--ignore=tests/journeys"], testing)
    if browser:
        browsing = testing | {"WINGWALK_CHROMIUM": browser}
        step("Browser journeys", [*pytest, "--no-loadscope-reorder", "tests/journeys"], browsing)


def put_in_form():
    for command in (["ruff", "check", "--fix", "--quiet", "."], ["ruff", "format", "."], ["djade", *templates()]):
        subprocess.run([*program(command)], cwd=ROOT)
    return 0


def step(title, command, settings=None):
    """Run one check to its end, under its heading."""
    print(f"\n== {title}", flush=True)
    began = time.monotonic()
    settings = environment(settings or {})
    process = subprocess.Popen(
        program(command), cwd=ROOT, env=settings, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        status = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        raise
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # whatever it has started and left
    print(f"   {time.monotonic() - began:.1f} s", flush=True)
    if status:
        raise Failure(title)


def program(command):
    """The command line of a tool of .venv."""
    name, *arguments = command
    if name == "manage.py":
        return [sys.executable, "-W", "error::RuntimeWarning", *command]
    return [Path(sys.executable).parent / name, *arguments]


def environment(settings):
    """The caller's environment without anything that could lead to a real database."""
    foreign = ("WINGWALK_", "DJANGO_", "DATABASE_", "REDIS_", "CACHE_", "CELERY_", "PYTEST_", "PG")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | settings


def production():
    """Throw-away values in the shape of real ones."""
    return {
        "WINGWALK_ENVIRONMENT": "production",
        "WINGWALK_SECRET_KEY": secrets.token_urlsafe(48),
        "WINGWALK_AUDIT_KEY": secrets.token_urlsafe(48),
        "WINGWALK_HOSTS": "wingwalk.example",
        "WINGWALK_LOGIN": "web",
        "DATABASE_URL": "postgres://wingwalk_web:throw-away@database.example/wingwalk",
        "REDIS_URL": "redis://queue.example/0",
        "CACHE_URL": "redis://queue.example/1",
    }


def templates():
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html"))


def find_browser():
    """The path of Chromium, installed if we may; where it cannot be had, None, unless it is required."""
    if not installed() and os.geteuid() == 0 and shutil.which("apt-get"):
        print("\n== Installing Chromium", flush=True)
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(
                ["apt-get", "-qq", *arguments], env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
    if not installed() and (os.environ.get("CI") or os.environ.get("WINGWALK_REQUIRE_BROWSER") == "1"):
        raise Failure("the browser journeys need Chromium, and it is not on this machine.")
    return installed()


def installed():
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def interrupt(*_):
    take_time()
    raise KeyboardInterrupt


def take_time():
    """From here on nothing may cut the clearing up short."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def fail(reason):
    print(reason, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
