"""A real OpenLDAP server in a temporary folder: options in, an address out; its content read by OpenLDAP's own tools.

`Slapd` is a plain class, so that tests, benchmarks and samples alike may start one (about 0.3 s).
"""

import base64
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

from tests.servers.ports import free_port

SUFFIX = "dc=harbor,dc=example"
ADMIN = f"cn=admin,{SUFFIX}"
PASSWORD = "Tide-and-Anchor-7"
READER = f"cn=reader,{SUFFIX}"
READER_PASSWORD = "Lantern-3"
PEOPLE = f"ou=people,{SUFFIX}"
GROUPS = f"ou=groups,{SUFFIX}"

BASE = f"""\
dn: {SUFFIX}
objectClass: dcObject
objectClass: organization
dc: harbor
o: Harbor

dn: {PEOPLE}
objectClass: organizationalUnit
ou: people

dn: {GROUPS}
objectClass: organizationalUnit
ou: groups

dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {READER_PASSWORD}
"""

Entries = dict[str, dict[str, list[bytes]]]
"""Entries by DN as the tool prints it; attribute names lower case, values sorted."""


class Slapd:
    """One server: started by `start()` or `with`, gone with `stop()`; its folder goes too unless one was given.

    `size_limit` is the server's own limit for everybody but the administrator. `accesslog` records every write.
    """

    def __init__(
        self,
        entries: str = "",
        *,
        folder: Path | None = None,
        size_limit: int | None = None,
        accesslog: bool = False,
        tls: bool = False,
        fsync: bool = False,
    ) -> None:
        self._own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="slapd-"))
        self.entries = entries
        self.accesslog = accesslog
        self.tls = tls
        self.port, self.tls_port = free_port(), free_port()
        self.uri = f"ldap://127.0.0.1:{self.port}"
        self.tls_uri = f"ldaps://127.0.0.1:{self.tls_port}"
        self.certificate = self.folder / "server.crt"
        self._config = self.folder / "slapd.conf"
        self._process: subprocess.Popen[bytes] | None = None
        self._install(size_limit, fsync)

    def __enter__(self) -> "Slapd":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _install(self, size_limit: int | None, fsync: bool) -> None:
        for name in ("data", "log"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        if self.tls:
            self._make_certificate()
        self._config.write_text("\n".join(self._configuration(size_limit, fsync)) + "\n", encoding="utf-8")
        ldif = self.folder / "base.ldif"
        ldif.write_text(f"{BASE}\n{self.entries}", encoding="utf-8")
        _run(tool("slapadd"), "-q", "-f", str(self._config), "-b", SUFFIX, "-l", str(ldif))

    def _make_certificate(self) -> None:
        subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
        _run(
            tool("openssl"),
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            *subject,
            "-keyout",
            str(self.folder / "server.key"),
            "-out",
            str(self.certificate),
        )

    def _configuration(self, size_limit: int | None, fsync: bool) -> Iterable[str]:
        yield from (f"include /etc/ldap/schema/{name}.schema" for name in ("core", "cosine", "inetorgperson", "nis"))
        yield "modulepath /usr/lib/ldap"
        yield from (f"moduleload {name}" for name in ("back_mdb", "memberof", "refint", "accesslog"))
        yield f"pidfile {self.folder}/slapd.pid"
        if self.tls:
            yield f"TLSCertificateFile {self.certificate}"
            yield f"TLSCertificateKeyFile {self.folder}/server.key"
        if self.accesslog:
            yield from _database("cn=accesslog", self.folder / "log", fsync)
            yield "index reqResult,objectClass eq"
        yield from _database(SUFFIX, self.folder / "data", fsync)
        yield "index objectClass,entryUUID,uid,cn,member,uniqueMember eq"
        yield f"sizelimit {size_limit or 'unlimited'}"
        if self.accesslog:
            yield from ("overlay accesslog", "logdb cn=accesslog", "logops writes", "logsuccess FALSE")
        yield from ("overlay memberof", "overlay refint", "refint_attributes member memberOf uniqueMember manager")

    def start(self) -> None:
        """Start it and wait until it answers."""
        addresses = f"{self.uri}/ {self.tls_uri}/" if self.tls else f"{self.uri}/"
        with open(self.folder / "slapd.log", "ab") as log:
            self._process = subprocess.Popen(
                [tool("slapd"), "-d", "0", "-f", str(self._config), "-h", addresses],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _wait_for(self.port, self._process, self.folder / "slapd.log")

    def stop(self) -> None:
        """Ask it to stop, wait for it, and remove its own folder."""
        self._end(signal.SIGTERM)
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """End it as a power cut would; its data stay."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start it again on the same port and data."""
        self._end(signal.SIGTERM)
        self.start()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=20)
            self._process = None

    def dump(self) -> Entries:
        """Every entry, operational attributes included, as slapcat reads the database."""
        return read_ldif(_run(tool("slapcat"), "-o", "ldif-wrap=no", "-f", str(self._config), "-b", SUFFIX))

    def search(self, *arguments: str, bind: str = ADMIN, password: str = PASSWORD) -> Entries:
        """What ldapsearch says: its own arguments, as in `search("-b", base, "(uid=7)", "cn")`."""
        command = (tool("ldapsearch"), "-LLL", "-o", "ldif-wrap=no", "-H", self.uri, "-x", "-D", bind, "-w", password)
        return read_ldif(_run(*command, *arguments))

    def modify(self, ldif: str) -> None:
        """Apply change records (RFC 2849) with ldapmodify."""
        _run(tool("ldapmodify"), "-H", self.uri, "-x", "-D", ADMIN, "-w", PASSWORD, feed=ldif.encode())

    def writes(self) -> int:
        """How many writes succeeded since the server was made; needs `accesslog`."""
        assert self.accesslog, "made without accesslog"
        return len(self.search("-b", "cn=accesslog", "(&(objectClass=auditWriteObject)(reqResult=0))", "reqDN"))


def tool(name: str) -> str:
    """The path of one of OpenLDAP's programs; fails with the name of the package when it is missing."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        raise RuntimeError(f"{name} is missing: install the packages slapd, ldap-utils and openssl")
    return found


def to_ldif(dn: str, attributes: Mapping[str, str | bytes | Iterable[str | bytes]]) -> str:
    """One entry as LDIF, everything in base64, so that no value needs care."""
    lines = [_line("dn", dn)]
    for name, values in attributes.items():
        each = [values] if isinstance(values, str | bytes) else values
        lines += [_line(name, value) for value in each]
    return "\n".join(lines) + "\n\n"


def read_ldif(text: bytes) -> Entries:
    """Entries of unwrapped LDIF as OpenLDAP's tools print it."""
    entries: Entries = {}
    for block in text.split(b"\n\n"):
        lines = [line for line in block.split(b"\n") if line and not line.startswith(b"#")]
        pairs = [_pair(line) for line in lines]
        if not pairs or pairs[0][0] != "dn":
            continue
        entry = entries.setdefault(pairs[0][1].decode(), {})
        for name, value in pairs[1:]:
            entry.setdefault(name, []).append(value)
    return {dn: {name: sorted(values) for name, values in entry.items()} for dn, entry in entries.items()}


def _pair(line: bytes) -> tuple[str, bytes]:
    name, _, rest = line.partition(b":")
    value = base64.b64decode(rest[1:]) if rest.startswith(b":") else rest.removeprefix(b" ")
    return name.decode().lower(), value


def _line(name: str, value: str | bytes) -> str:
    data = value.encode() if isinstance(value, str) else value
    return f"{name}:: {base64.b64encode(data).decode()}"


def _database(suffix: str, folder: Path, fsync: bool) -> Iterable[str]:
    yield from ("database mdb", f'suffix "{suffix}"', f"directory {folder}", "maxsize 2147483648")
    yield from (f'rootdn "{ADMIN}"',) + ((f"rootpw {PASSWORD}",) if suffix == SUFFIX else ())
    if not fsync:
        yield "dbnosync"


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"slapd ended with {process.returncode}: {log.read_text(errors='replace')[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"slapd does not answer on port {port}")


def _run(*command: str, feed: bytes = b"") -> bytes:
    done = subprocess.run(command, input=feed, capture_output=True, check=False, timeout=120)
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace")[-2000:]
        raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}: {words}")
    return done.stdout
