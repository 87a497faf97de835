"""The supervisor behind ``make demo``: brings the whole house up, watches it, and takes all of it down again.

Run inside .venv, after bin/setup.py:  python bin/demo.py [--reset]      HOST= and PORT= say where (127.0.0.1, 8000)
"""

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import embedded

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "demo"
LOGS = FOLDER / "log"
CHILDREN = FOLDER / "children.json"
HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = os.environ.get("PORT") or "8000"
PATIENCE = 120  # seconds until the house must say it is ready

stopping = threading.Event()
children = {}


class Trouble(Exception):
    """Something to tell the reader before all is stopped."""


def main(arguments):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    with open_lock() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return fail("A demo already runs from this checkout. Stop it first (Ctrl-C where it runs).")
        try:
            sweep()
            check_port()
            if "--reset" in arguments:
                embedded.wipe(FOLDER)
            bring_up()
            watch()
        except (Trouble, embedded.Trouble) as trouble:
            return fail(trouble)
        finally:
            take_down()
    return 0


def bring_up():
    LOGS.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    say("Starting PostgreSQL and Valkey")
    embedded.start(FOLDER, "demo")
    step("Preparing the database", ["prepare_database"], login="admin")
    step("Bringing its tables up to date", ["migrate", "--no-input"], login="migrate")
    seed = ["seed_demo", "--if-empty", "--prison", "LPI", "--months", "12", "--seed", "1"]
    step("Filling it with fictional people, if it is empty", seed, shown=True)
    say("Starting web, worker and beat")
    log = ["--access-logfile=-", "--logger-class=config.access_log.Logger"]
    address = [f"--bind={bracketed(HOST)}:{PORT}", "--no-control-socket", *log]
    threads = ["--worker-class=gthread", "--workers=2", "--threads=4", "--graceful-timeout=10"]
    child("web", ["gunicorn", "config.wsgi", *address, *threads], login="web")
    queues = ["--queues=interactive,scheduled", "--concurrency=2", "--without-mingle", "--without-gossip"]
    child("worker", ["celery", "-A", "config", "worker", "--loglevel=INFO", *queues], login="worker")
    schedule = [f"--schedule={FOLDER / 'beat-schedule'}", "--pidfile="]
    child("beat", ["celery", "-A", "config", "beat", "--loglevel=INFO", *schedule], login="worker")
    accounts = manage(["seed_demo", "--accounts"], "accounts")
    await_ready()
    say(f"\nWingwalk is ready after {time.monotonic() - began:.0f} s:  http://{bracketed(shown_host())}:{PORT}/\n")
    say((LOGS / "accounts.log").read_text() if accounts == 0 else "", end="")
    say(f"\nLogs: {LOGS.relative_to(ROOT)}/    Stop: Ctrl-C")


def watch():
    while not stopping.wait(0.5):
        look_after_children()


def look_after_children():
    """Should one end by itself, the house is not whole: say which, and why."""
    for name, process in children.items():
        if process.poll() is not None:
            raise Trouble(f"{name} ended by itself (status {process.returncode}).\n{tail(name)}")


def step(title, command, login="worker", shown=False):
    """Run one command of manage.py to its end."""
    say(title)
    name = command[0]
    if manage(command, None if shown else name, login):
        raise Trouble(f"manage.py {name} failed.\n" + ("" if shown else tail(name)))


def manage(command, log, login="worker"):
    process = launch([sys.executable, "manage.py", *command], log, login)
    while process.poll() is None:
        if stopping.wait(0.05):
            end({"manage": process}, 10)
            raise Trouble("Stopped before it was up.")
    return process.returncode


def child(name, command, login):
    children[name] = launch([sys.executable, "-m", *command], name, login)
    CHILDREN.write_text(json.dumps({name: process.pid for name, process in children.items()}))


def launch(command, log, login):
    """Start a program in a session of its own, so that the terminal's Ctrl-C reaches the supervisor only."""
    output = open(LOGS / f"{log}.log", "wb") if log else None
    try:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(login),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    finally:
        if output:
            output.close()


def environment(login):
    """The caller's environment without anything that could lead to another house's database."""
    foreign = ("WINGWALK_", "DJANGO_", "DATABASE_", "REDIS_", "CACHE_", "CELERY_", "GUNICORN_", "PG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    own = {"WINGWALK_STATE": str(FOLDER / "state.json"), "WINGWALK_LOGIN": login, "PYTHONUNBUFFERED": "1"}
    own["WINGWALK_SITE_URL"] = f"http://{bracketed(shown_host())}:{PORT}"
    return kept | own | {"WINGWALK_HOSTS": "*" if shown_host() != HOST else HOST}


def await_ready():
    deadline = time.monotonic() + PATIENCE
    while (answer := ask("/health/ready")) != 200:
        look_after_children()
        if time.monotonic() > deadline:
            raise Trouble(f"/health/ready did not say 200 in {PATIENCE} s, last it said {answer}.\n{tail('web')}")
        if stopping.wait(0.2):
            raise Trouble("Stopped before it was up.")


def ask(path):
    """The status of a page of ours, or the error's name."""
    line = http.client.HTTPConnection(shown_host(), int(PORT), timeout=5)
    try:
        line.request("GET", path)
        return line.getresponse().status
    except OSError as error:
        return type(error).__name__
    except http.client.HTTPException as error:
        return type(error).__name__
    finally:
        line.close()


def take_down():
    """End everything in order: nobody new comes in, then what runs is finished, then the servers."""
    if children:
        say("Stopping …")
    end({name: children[name] for name in ("web", "beat") if name in children}, 15)
    end({name: children[name] for name in ("worker",) if name in children}, 30)
    CHILDREN.unlink(missing_ok=True)
    embedded.stop(FOLDER)
    if children:
        say("All stopped.")


def end(processes, patience):
    """Ask processes to end; after a while, end them with whatever they have started."""
    deadline = time.monotonic() + patience
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    for process in processes.values():
        try:
            process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
        end_group(process.pid)
        process.wait()


def end_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:  # macOS says so of a group that holds nothing but dead processes
        pass


def sweep():
    """End what a supervisor that was killed has left running."""
    known = json.loads(CHILDREN.read_text() or "{}") if CHILDREN.exists() else {}
    for name, pid in known.items():
        if str(ROOT) in embedded.command_of(pid):
            say(f"Ending the {name} process of an earlier demo that was killed")
            end_group(pid)
            while embedded.command_of(pid):
                time.sleep(0.05)
            time.sleep(0.5)  # for those it had started, so that its port is free
    CHILDREN.unlink(missing_ok=True)


def check_port():
    if not PORT.isdigit() or not 0 < int(PORT) < 65536:
        raise Trouble(f"PORT={PORT} is not the number of a port.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(HOST, int(PORT), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            line.bind(address)
    except OSError as error:
        raise Trouble(
            f"Port {PORT} on {HOST} cannot be used ({error.strerror}). Choose another: make demo PORT=8001"
        ) from None


def open_lock():
    (ROOT / "var").mkdir(exist_ok=True)
    return open(ROOT / "var" / "demo.lock", "w")


def bracketed(host):
    return f"[{host}]" if ":" in host else host


def shown_host():
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(HOST, HOST)


def tail(name, lines=25):
    path = LOGS / f"{name}.log"
    if not path.exists():
        return ""
    last = path.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join([f"The end of {path.relative_to(ROOT)}:", *(f"  {line}" for line in last)])


def say(text, end="\n"):
    try:
        print(text, end=end, flush=True)
    except OSError:
        pass  # The terminal has gone.


def fail(reason):
    say(f"{reason}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
