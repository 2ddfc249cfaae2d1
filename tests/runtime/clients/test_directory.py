"""Sessions with a real OpenLDAP server: connecting, searching, and what a broken or hostile peer leads to."""

import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.catalogue.package import Secret
from runtime.clients import ber, ldap_filter, ldap_replies
from runtime.clients import ldap_messages as messages
from runtime.clients.directory import AuthType, Server, Timeouts, address, connect
from runtime.clients.ldap_messages import Change, Modification, Scope, Search
from runtime.clients.ldap_session import Directory, SearchRefused
from runtime.clients.ldap_wire import Wire
from runtime.contract import Misconfigured, Unreachable
from tests.servers.ranges import RangeProxy
from tests.servers.slapd import ADMIN, GROUPS, PASSWORD, PEOPLE, READER, READER_PASSWORD, SUFFIX, Slapd, to_ldif

ODD = ("plain", "a*b", "(x)", "back\\slash", "nul\x00", "Ünï 東京", '#1 <a>;+,="', "trailing ", "x)(uid=*", "\\2a")


@pytest.fixture(scope="module")
def server() -> Iterator[Slapd]:
    people = "".join(
        to_ldif(
            f"uid=p{n},{PEOPLE}",
            {
                "objectClass": "inetOrgPerson", "uid": f"p{n}", "cn": f"Person {n}",
                "sn": "a\nb" if n % 2 else "Ø" * 70,
                "description": ODD[n] if n < len(ODD) else f"number {n}", "cn;lang-fr": f"Personne {n}",
                "jpegPhoto": bytes([n % 256]) * (n * 20 + 1),
            },
        )
        for n in range(1000)
    )  # fmt: skip
    members = [f"uid=p{n},{PEOPLE}" for n in range(1000)]
    team = to_ldif(f"cn=all,{GROUPS}", {"objectClass": "groupOfNames", "cn": "all", "member": members})
    with Slapd(people + team, size_limit=50) as running:
        yield running


def login(port: int, name: str = ADMIN, password: str = PASSWORD) -> Server:
    secret = Secret(password)
    return Server(host="127.0.0.1", port=port, auth=AuthType.BASIC, login=name, password=secret, key="Servers.0")


@pytest.fixture
def session(server: Slapd) -> Iterator[Directory]:
    opened = connect([login(server.port)], Timeouts())
    yield opened
    opened.close()


def found(session: Directory, text: str, *attributes: str, base: str = PEOPLE, page: int = 0) -> dict[str, object]:
    request = Search(base=base, filter=ldap_filter.encode(text), attributes=attributes)
    entries = list(session.search(request, page))
    assert len({entry.dn for entry in entries}) == len(entries)
    return {entry.dn: {name: sorted(values) for name, values in entry.attributes.items()} for entry in entries}


class TestSearch:
    @pytest.mark.parametrize("page", [1, 7, 333, 1000, 5000, 0])
    def test_pages_of_any_size_are_the_whole(self, server: Slapd, session: Directory, page: int) -> None:
        wanted = ("uid", "sn", "jpegPhoto", "entryUUID")
        if page == 1:  # a thousand round trips would prove nothing more
            assert len(found(session, "(uid=p1*)", *wanted, page=1)) == 111
            return
        assert found(session, "(uid=*)", *wanted, page=page) == server.search("-b", PEOPLE, "(uid=*)", *wanted)

    @pytest.mark.parametrize(
        "text",
        ["(uid=p7)", "uid=p7", "(UID=P7)", "(cn=person 1*9)", "(&(uid=p1*)(!(uid=p10*)))", "(|(uid=p1)(uid=p2))",
         "(uid>=p99)", "(cn=*)", "(cn:caseExactMatch:=Person 5)", "(ou:dn:=people)", "(description=a\\2ab)",
         "(description=*\\28x\\29*)", "(description=*Ünï*)", "(nosuch=1)", "(&)", "(cn~=persn 7)"],
    )  # fmt: skip
    def test_filters_mean_what_ldapsearch_takes_them_for(self, server: Slapd, session: Directory, text: str) -> None:
        assert found(session, text, "uid") == server.search("-b", PEOPLE, text, "uid")

    @pytest.mark.parametrize("at", range(len(ODD)))
    def test_a_hostile_value_finds_its_own_entry(self, session: Directory, at: int) -> None:
        text = ldap_filter.equals("description", ODD[at])
        assert list(found(session, text, "uid").values()) == [{"uid": [f"p{at}".encode()]}]

    def test_options_fold_into_the_attribute(self, session: Directory) -> None:
        (entry,) = found(session, "(uid=p3)", "cn").values()
        assert entry == {"cn": [b"Person 3", b"Personne 3"]}

    def test_a_limit_is_no_short_answer(self, server: Slapd, session: Directory) -> None:
        request = Search(base=PEOPLE, filter=ldap_filter.encode("(uid=*)"), size_limit=10)
        with pytest.raises(SearchRefused, match=r"sizeLimitExceeded \(4\)"):
            list(session.search(request))
        reader = connect([login(server.port, READER, READER_PASSWORD)], Timeouts())
        with pytest.raises(SearchRefused, match=r"sizeLimitExceeded \(4\)"):
            list(reader.search(Search(base=PEOPLE, filter=ldap_filter.encode("(uid=*)")), 20))
        reader.close()

    def test_a_base_that_is_not_there(self, session: Directory) -> None:
        with pytest.raises(SearchRefused, match=r"noSuchObject \(32\)") as raised:
            list(session.search(Search(base=f"ou=no,{SUFFIX}", filter=ldap_filter.encode("(cn=*)"))))
        assert raised.value.reply.matched == SUFFIX

    def test_a_search_left_early_does_not_disturb_the_next(self, session: Directory) -> None:
        for _ in range(3):
            entries = session.search(Search(base=PEOPLE, filter=ldap_filter.encode("(uid=*)")), 100)
            next(entries)
            entries.close()  # type: ignore[attr-defined]
        assert len(found(session, "(uid=p1*)", "uid")) == 111

    def test_two_searches_at_once(self, session: Directory) -> None:
        one, other = (session.search(Search(base=PEOPLE, filter=ldap_filter.encode(text)))
                      for text in ("(uid=p1*)", "(uid=p2*)"))  # fmt: skip
        pairs = [(first.dn, second.dn) for first, second in zip(one, other, strict=True)]
        assert len(pairs) == 111
        assert all(a.startswith("uid=p1") and b.startswith("uid=p2") for a, b in pairs)

    @pytest.mark.parametrize("most", [1, 7, 333, 999, 1000, 1500])
    def test_values_in_ranges_are_all_fetched(self, server: Slapd, most: int) -> None:
        truth = server.search("-b", GROUPS, "(cn=all)", "member", "cn")
        if most == 1:
            server.modify(f"dn: cn=three,{GROUPS}\nchangetype: add\nobjectClass: groupOfNames\ncn: three\n"
                          + "".join(f"member: uid=p{n},{PEOPLE}\n" for n in range(3)))  # fmt: skip
            truth = server.search("-b", GROUPS, "(cn=three)", "member", "cn")
        with RangeProxy(server.port, most) as proxy:
            session = connect([login(proxy.port)], Timeouts())
            team = "(cn=three)" if most == 1 else "(cn=all)"
            assert found(session, team, "member", "cn", base=GROUPS, page=5) == truth
            session.close()
        count = len(next(iter(truth.values()))["member"])
        assert proxy.range_requests == (count + most - 1) // most - 1


class TestAsk:
    def test_replies_carry_the_servers_words(self, server: Slapd, session: Directory) -> None:
        name = f"cn=new,{SUFFIX}"
        values = {"objectClass": [b"organizationalRole"], "cn": [b"new"]}
        assert session.ask(messages.add(name, values)).ok
        assert str(session.ask(messages.add(name, values))) == "entryAlreadyExists (68)"
        changes = [Modification(Change.REPLACE, "nosuch", [b"x"])]
        assert str(session.ask(messages.modify(name, changes))) == (
            "undefinedAttributeType (17): nosuch: attribute type undefined"
        )
        big = [b"x" * 300_000, b"y" * 70_000]
        assert session.ask(messages.modify(name, [Modification(Change.ADD, "description", big)])).ok
        assert server.dump()[name]["description"] == big
        assert session.ask(messages.rename(name, "cn=newer", PEOPLE)).ok
        assert session.ask(messages.delete(f"cn=newer,{PEOPLE}")).ok
        assert session.ask(messages.delete(name)).code == 32

    def test_the_root_says_what_the_server_can(self, session: Directory) -> None:
        assert session.root.product == "OpenLDAP"
        assert messages.PAGED_RESULTS in session.root.controls
        assert messages.TREE_DELETE not in session.root.controls
        assert "1.3.6.1.4.1.4203.1.11.1" in session.root.extensions


class TestConnect:
    def test_a_wrong_password(self, server: Slapd) -> None:
        with pytest.raises(Misconfigured, match=r"invalidCredentials \(49\)") as raised:
            connect([login(server.port, password="Wrong-Word-9")], Timeouts())
        assert raised.value.key == "Servers.0.Password"
        assert "Wrong-Word-9" not in str(raised.value)

    def test_nothing_listens(self) -> None:
        with pytest.raises(Unreachable, match=r"ldap://127.0.0.1:1: .*refused; ldap://127.0.0.1:2: .*refused"):
            connect([login(1), login(2)], Timeouts())

    def test_anonymous(self, server: Slapd) -> None:
        session = connect([Server(host="127.0.0.1", port=server.port, auth=AuthType.ANONYMOUS)], Timeouts())
        assert found(session, "(uid=p5)", "uid")
        session.close()

    def test_a_server_that_never_answers(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable):
            connect([login(silent.getsockname()[1])], Timeouts(connect=1, answer=1))

    def test_a_server_that_speaks_something_else(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=_greet, args=(listener,))
            thread.start()
            with pytest.raises(Unreachable):
                connect([login(listener.getsockname()[1])], Timeouts(connect=5, answer=2))
            thread.join()

    @pytest.mark.parametrize(
        ("text", "secure", "expected"),
        [
            ("ldap.harbor.example", False, ("ldap.harbor.example", 389, False)),
            ("ldap.harbor.example", True, ("ldap.harbor.example", 636, True)),
            ("host:1389", False, ("host", 1389, False)),
            ("LDAPS://host", False, ("host", 636, True)),
            ("ldap://host:1389/", True, ("host", 1389, True)),
            ("[::1]:1389", False, ("::1", 1389, False)),
            ("::1", False, ("::1", 389, False)),
        ],
    )
    def test_addresses(self, text: str, secure: bool, expected: tuple[str, int, bool]) -> None:
        assert address(text, secure) == expected

    @pytest.mark.parametrize("text", ["", ":389", "host:port", "host:0", "host:65536", "ldap://", "host:-1"])
    def test_no_addresses(self, text: str) -> None:
        with pytest.raises(ValueError, match="no server address"):
            address(text, False)


def _greet(listener: socket.socket) -> None:
    client, _ = listener.accept()
    with client:
        client.sendall(b"220 mail.harbor.example ESMTP\r\n")
        client.recv(1000)


ENTRY = b"\x64\x13\x04\x04cn=a\x30\x0b\x30\x09\x04\x02cn\x31\x03\x04\x01a"
DONE = b"\x65\x07\x0a\x01\x00\x04\x00\x04\x00"
ANSWER = messages.message(1001, ENTRY) + messages.message(1001, DONE)


class TestHostilePeer:
    """Whatever octets come, the session ends in Unreachable or in what they say, never in another exception."""

    def answer(self, data: bytes) -> list[messages.Entry]:
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.sendall(data)
            theirs.shutdown(socket.SHUT_WR)
            session = Directory(Wire(ours, "ldap://hostile"))
            try:
                return list(session.search(Search(base="", filter=ldap_filter.encode("(cn=*)"), scope=Scope.BASE)))
            finally:
                session.close()

    def test_a_good_answer(self) -> None:
        assert self.answer(ANSWER) == [messages.Entry("cn=a", {"cn": [b"a"]})]

    @pytest.mark.parametrize("cut", range(len(ANSWER)))
    def test_an_answer_cut_anywhere_is_unreachable(self, cut: int) -> None:
        with pytest.raises(Unreachable):
            self.answer(ANSWER[:cut])

    @given(st.integers(0, len(ANSWER) - 1), st.integers(0, 255))
    @settings(max_examples=500)
    def test_an_answer_with_one_octet_changed(self, at: int, octet: int) -> None:
        try:
            self.answer(ANSWER[:at] + bytes([octet]) + ANSWER[at + 1 :])
        except (Unreachable, SearchRefused):
            pass

    @given(st.binary(max_size=200))
    def test_noise(self, data: bytes) -> None:
        try:
            self.answer(data)
        except (Unreachable, SearchRefused):
            pass

    def test_a_notice_of_disconnection_is_said(self) -> None:
        result = ber.integer(52, ber.ENUMERATED) + ber.octets("") + ber.octets("going down")
        notice = messages.message(0, ber.tlv(0x78, result + ber.octets("1.3.6.1.4.1.1466.20036", 0x8A)))
        with pytest.raises(Unreachable, match=r"unavailable \(52\): going down"):
            self.answer(notice)

    def test_an_absurd_length_is_not_waited_for(self) -> None:
        with pytest.raises(Unreachable, match="announced"):
            self.answer(b"\x30\x84\xff\xff\xff\xff\x02\x01")

    @given(st.binary(max_size=100))
    def test_an_entry_of_noise(self, data: bytes) -> None:
        try:
            ldap_replies.read_entry(b"\x64" + bytes([len(data)]) + data, 0, ldap_replies.Names())
        except (ValueError, IndexError):
            pass
