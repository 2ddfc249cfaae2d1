"""A real PostgreSQL server in a temporary folder: an address out; read and filled through PostgreSQL's own `psql`.

`PostgreSQL` is a plain class, so that tests, benchmarks and samples alike may start one (about 1.5 s).
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from tests.servers.ports import free_port

ADMIN = "harbormaster"
PASSWORD = "Capstan;and='Winch'-4"
"""Holds what a connection string must quote."""

_OWNER = "postgres" if os.geteuid() == 0 else None
"""Who runs it: PostgreSQL refuses to run as root."""

BINARIES = Path("/usr/lib/postgresql")
START_SECONDS = 30.0


class PostgreSQL:
    """One server: started by `start()` or `with`, gone with its folder after `stop()`."""

    def __init__(self) -> None:
        self.port = 0
        self.database = "postgres"
        self._folder = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "PostgreSQL":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def connection_string(self) -> str:
        """The server's address in ADO.NET's grammar, as its administrator."""
        quoted = PASSWORD.replace('"', '""')
        return (
            f'Host=127.0.0.1;Port={self.port};Database={self.database};Username={ADMIN};Password="{quoted}";'
            "SSL Mode=Disable"
        )

    def start(self) -> None:
        """Make a cluster and wait until it answers. Raises RuntimeError when there is none."""
        _binary("initdb")
        self._folder = Path(tempfile.mkdtemp(prefix="accordant-pg-"))
        if _OWNER:
            shutil.chown(self._folder, _OWNER, _OWNER)
        (self._folder / "password").write_text(PASSWORD, encoding="utf-8")
        self._folder.joinpath("password").chmod(0o644)
        self._run(
            "initdb",
            "-D",
            self._data,
            "-U",
            ADMIN,
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--pwfile",
            str(self._folder / "password"),
        )
        self.port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "fsync": "off",
            "unix_socket_directories": str(self._folder),
            "shared_buffers": "16MB",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [_binary("postgres"), "-D", self._data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                user=_OWNER,
                group=_OWNER,
            )
        self._wait()

    def stop(self) -> None:
        """Stop the server at once and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_SECONDS)
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, sql: str, *, input: bytes | None = None) -> str:
        """Run SQL through psql; what it prints, one row a line, columns by `|`. Raises RuntimeError when it fails."""
        command = [
            _binary("psql"),
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            ADMIN,
            "-d",
            self.database,
            "-c",
            sql,
        ]
        environment = {**os.environ, "PGPASSWORD": PASSWORD}
        done = subprocess.run(command, input=input, capture_output=True, env=environment, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        return done.stdout.decode()

    def cut(self) -> None:
        """Break off every connection but this call's own."""
        self.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [_binary(program), *arguments],
            capture_output=True,
            cwd=self._folder,
            check=False,
            user=_OWNER,
            group=_OWNER,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')}")

    def _wait(self) -> None:
        assert self._process is not None
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self.run("SELECT 1")
                return
            except RuntimeError:
                time.sleep(0.05)
        log = (self._folder / "log").read_text(encoding="utf-8", errors="replace")
        self.stop()
        raise RuntimeError(f"PostgreSQL did not start:\n{log}")


def _binary(name: str) -> str:
    found = sorted(BINARIES.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    beside = shutil.which(name)
    if not found and not beside:
        raise RuntimeError(f"{name} not found: install PostgreSQL's server (Debian: postgresql)")
    return str(found[-1]) if found else str(beside)
