"""Addresses and a login in, an open session with a directory out.

ldap3 connects, secures and binds; from then on `ldap_session.Directory` reads and writes the socket itself, because
ldap3 builds every entry twice and costs twenty times what the server does. ldap3's Kerberos bind never adds a sealing
layer, so that the socket is always plain or TLS.
"""

import ssl
import warnings
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any

from msgspec import Struct

from compiler.catalogue.package import Secret
from runtime.clients.ldap_messages import Reply
from runtime.clients.ldap_session import Directory
from runtime.clients.ldap_wire import Wire
from runtime.contract import Misconfigured, Unreachable

_INVALID_CREDENTIALS = 49


class AuthType(StrEnum):
    """How a session says who it is: not at all, with name and password, or with the process's Kerberos ticket."""

    ANONYMOUS = "Anonymous"
    BASIC = "Basic"
    NEGOTIATE = "Negotiate"


class Server(Struct, frozen=True, kw_only=True):
    """One directory server and how to enter it; `key` is its place in the settings ("Servers.0")."""

    host: str
    port: int
    tls: bool = False
    start_tls: bool = False
    authorities: str | None = None
    auth: AuthType = AuthType.NEGOTIATE
    login: str | None = None
    password: Secret | None = None
    key: str = ""

    @property
    def url(self) -> str:
        """The address as people write it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ldap{'s' if self.tls else ''}://{host}:{self.port}"


class Timeouts(Struct, frozen=True):
    """Seconds to wait for a connection, and for the next octet of an answer."""

    connect: int = 30
    answer: int = 600


def address(text: str, secure: bool) -> tuple[str, int, bool]:
    """Host, port and whether TLS, of `host`, `host:port`, `[v6]:port` or `ldap(s)://…`. Raises ValueError."""
    rest, tls = text.strip(), secure
    for scheme in ("ldaps://", "ldap://"):
        if rest.lower().startswith(scheme):
            rest, tls = rest[len(scheme) :].rstrip("/"), secure or scheme == "ldaps://"
    host, port = _host_and_port(rest)
    if not host or not (port == "" or port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{text!r} is no server address: write host, host:port or ldap(s)://host:port")
    return host, int(port or (636 if tls else 389)), tls


def _host_and_port(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, port.removeprefix(":")
    if text.count(":") > 1:
        return text, ""
    host, _, port = text.partition(":")
    return host, port


def connect(servers: Sequence[Server], timeouts: Timeouts) -> Directory:
    """A session with the first server that can be reached, in list order.

    Raises Unreachable when none can, Misconfigured when a server refuses the login or its certificate does not hold.
    """
    reasons = []
    for server in servers:
        try:
            return Directory(_open(server, timeouts))
        except Unreachable as error:
            reasons.append(str(error))
    raise Unreachable("; ".join(reasons) or "no server is named")


def _open(server: Server, timeouts: Timeouts) -> Wire:
    connection = _connection(server, timeouts)
    import ldap3.core.exceptions as failures

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # ldap3 2.9.1 calls ssl.match_hostname
            bound = _bind(connection, server)
    except failures.LDAPPackageUnavailableError as error:
        raise _hang_up(connection, _no_kerberos(server, error)) from None
    except (failures.LDAPExceptionError, OSError) as error:
        raise _hang_up(connection, _not_open(server, error)) from None
    if not bound:
        raise _hang_up(connection, _not_let_in(server, connection.result))
    connection.socket.settimeout(timeouts.answer)
    return Wire(connection.socket, server.url)


def _bind(connection: Any, server: Server) -> bool:
    connection.open(read_server_info=False)
    if server.start_tls and not server.tls:
        connection.start_tls(read_server_info=False)
    return bool(connection.bind(read_server_info=False))


def _connection(server: Server, timeouts: Timeouts) -> Any:
    """ldap3's connection, not yet open."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # ldap3 2.9.1 imports old names of pyasn1
            import ldap3
            import ldap3.core.exceptions
    except ImportError:
        raise Misconfigured("the library ldap3 is missing: pip install 'accordant[ldap]'") from None
    if server.auth is AuthType.BASIC and not (server.login and server.password and server.password.reveal()):
        raise Misconfigured("AuthType Basic needs Login and Password", f"{server.key}.Login")
    try:
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=server.authorities, sni=server.host)
    except ldap3.core.exceptions.LDAPExceptionError as error:
        raise Misconfigured(str(error), f"{server.key}.CaFile") from None
    host = ldap3.Server(
        server.host, server.port, use_ssl=server.tls, tls=tls, get_info=ldap3.NONE, connect_timeout=timeouts.connect
    )
    silence = timeouts.answer
    return ldap3.Connection(host, auto_referrals=False, check_names=False, receive_timeout=silence, **_who(server))


def _who(server: Server) -> dict[str, Any]:
    import ldap3

    if server.auth is AuthType.BASIC and server.password is not None:
        return {"authentication": ldap3.SIMPLE, "user": server.login, "password": server.password.reveal()}
    if server.auth is AuthType.NEGOTIATE:
        return {"authentication": ldap3.SASL, "sasl_mechanism": ldap3.KERBEROS}
    return {"authentication": ldap3.ANONYMOUS}


def _hang_up(connection: Any, error: Exception) -> Exception:
    if connection.socket is not None:
        with suppress(OSError):
            connection.socket.close()
    return error


def _no_kerberos(server: Server, error: Exception) -> Misconfigured:
    return Misconfigured(
        f"AuthType Negotiate needs a Kerberos library ({error}): pip install gssapi, or set AuthType to Basic",
        f"{server.key}.AuthType",
    )


def _not_open(server: Server, error: Exception) -> Exception:
    text = str(error).strip("()'\", ")
    if "CERTIFICATE_VERIFY_FAILED" in text or "match any name" in text or "match" in text and "certificate" in text:
        return Misconfigured(f"{server.url}: the server's certificate is not trusted: {text}", f"{server.key}.CaFile")
    return Unreachable(f"{server.url}: {text}")


def _not_let_in(server: Server, result: dict[str, Any]) -> Exception:
    reply = Reply(int(result.get("result", 80)), "", str(result.get("message") or ""))
    if reply.code == _INVALID_CREDENTIALS:
        return Misconfigured(f"{server.url} refuses Login and Password: {reply}", f"{server.key}.Password")
    if reply.code in {51, 52}:
        return Unreachable(f"{server.url}: {reply}")
    return Misconfigured(f"{server.url} refuses the login: {reply}", f"{server.key}.AuthType")
