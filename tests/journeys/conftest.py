"""A whole house for journeys: web server, worker and beat as in service, on a database of their own, and a real browser."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import sync_playwright

from tests.codes import code
from tests.conftest import ROOT, WORKER, _copy_of_template

PASSWORD = settings.DEMO_PASSWORD
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
MONTHS = "2"
CODE_PAGE = "/account/code/"
# Each worker has a house of its own: its database, and its two numbers on the server of broker and cache.
HOUSE = f"journeys_{WORKER}"
BROKER = 5 + 2 * int(WORKER[2:])


def pytest_collection_modifyitems(items):
    if not CHROMIUM:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip("Chromium is not installed, so no journey was made."))


@pytest.fixture(scope="session")
def house(django_db_blocker, tmp_path_factory):
    """The address of a running house with two months of the fictional prison in it."""
    folder, port = tmp_path_factory.mktemp("house"), _free_port()
    environment = {
        **os.environ,
        "WINGWALK_DATABASE": HOUSE,
        "WINGWALK_AUDIT_CHECKPOINTS": str(folder / "checkpoints.jsonl"),
        "REDIS_URL": settings.REDIS_URL.replace("virtual_host=0", f"virtual_host={BROKER}"),
        "CACHE_URL": settings.CACHE_URL.replace("db=1", f"db={BROKER + 1}"),
    }
    with django_db_blocker.unblock(), _copy_of_template(HOUSE):
        seed = [sys.executable, ROOT / "manage.py", "seed_demo", "--prison", "LPI", "--months", MONTHS, "--seed", "1"]
        subprocess.run(seed, check=True, env={**environment, "WINGWALK_LOGIN": "worker"}, stdout=subprocess.PIPE)
        started = [_start(command, environment, folder) for command in _commands(port, folder)]
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/health/ready", started, folder)
            yield f"http://127.0.0.1:{port}"
        finally:
            for process in started:
                os.killpg(process.pid, signal.SIGTERM)
            for process in started:
                process.wait(30)
        for check in ["seal_audit", "verify_audit"]:  # Whatever the journeys did, the trail explains it.
            subprocess.run(
                [sys.executable, ROOT / "manage.py", check], check=True, env={**environment, "WINGWALK_LOGIN": "worker"}
            )


def _commands(port, folder):
    run = [sys.executable, "-m"]
    yield (
        "web",
        [*run, "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4", "--worker-class", "gthread"],
    )
    quiet = ["--without-mingle", "--without-gossip", "--loglevel", "INFO"]
    yield "worker", [*run, "celery", "-A", "config", "worker", "-c", "1", "-Q", "interactive,scheduled", *quiet]
    yield "worker", [*run, "celery", "-A", "config", "beat", "--schedule", str(folder / "beat")]


def _start(command, environment, folder):
    login, arguments = command
    environment = {**environment, "WINGWALK_LOGIN": login}
    with (folder / f"{len(list(folder.iterdir()))}.log").open("w") as log:
        return subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)


def _wait_until_ready(url, started, folder):
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
        if any(process.poll() is not None for process in started):
            break
    raise RuntimeError("".join(log.read_text()[-3000:] for log in folder.glob("*.log")))


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def browser():
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


@pytest.fixture
def sign_in(house, browser):
    """Sign somebody in by user name, in a browser of his own; the page he then sees."""
    contexts = []

    def enter(username, width=1280):
        context = browser.new_context(base_url=house, viewport={"width": width, "height": 900}, locale="en-GB")
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: not url.endswith("/account/sign-in/"))
        if page.url.endswith(CODE_PAGE):
            _give_code(page)
        page.wait_for_url("**/")
        return page

    yield enter
    for context in contexts:
        context.close()


def _give_code(page):
    """Those of now, of half a minute ago and of the next one count, each once: another journey may have used it."""
    for steps in [0, -1, 1, 2, 3]:
        if steps > 1:
            time.sleep(30 - time.time() % 30)
        page.get_by_label("What is your code?").fill(code(settings.DEMO_TOTP_SECRET, min(steps, 1)))
        page.get_by_role("button", name="Go on").click()
        page.wait_for_load_state()
        if not page.url.endswith(CODE_PAGE):
            return


@pytest.fixture
def passer_by(house, browser):
    """Open a browser that nobody is signed in with."""
    contexts = []

    def enter():
        contexts.append(browser.new_context(base_url=house, locale="en-GB"))
        return contexts[-1].new_page()

    yield enter
    for context in contexts:
        context.close()


def asked(sql, *given):
    """The rows of a question to the database of the house, past every lock."""
    where = settings.DATABASES["default"]
    with psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", dbname=HOUSE) as database:
        return database.execute(sql, given).fetchall()


def violations(page):
    """What axe finds wrong with a page: rule, and where. Only that leaves the browser: to carry all that axe tells takes long."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(
        """async () => {
            const {violations} = await axe.run(document, {resultTypes: ["violations"]});
            return violations.map(rule => [rule.id, rule.nodes.slice(0, 3).map(node => node.target)]);
        }"""
    )
