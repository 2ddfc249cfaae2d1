"""LDIF files as slapcat and ldapsearch write them, and as hands do."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.plan.steps import ExportColumn, ExportTable
from runtime.connectors.ldif import PACKAGE, LdifFile, LdifSettings
from runtime.contract import Misconfigured, Mode, Opening, Request, Unreachable
from tests.runtime.connectors.contract import Case, ExportContract, Exported, Failure, gather
from tests.servers.slapd import ADMIN, GROUPS, PASSWORD, PEOPLE, SUFFIX, Slapd, tool

Write = Callable[[str, bytes], Path]

COUNT = 12_000
ENTRIES = f"""\
dn: uid=vq,{PEOPLE}
objectClass: inetOrgPerson
uid: vq
cn: Vera Quill
cn: Véra Quill, a name so long that every tool that keeps to the usual width must fold it somewhere
sn: Quill
mail: vera@harbor.example
mail: Harbour-Master@harbor.example
mail: crew@harbor.example
jpegPhoto:: /9j/4AAQ

dn: cn=Crew,{GROUPS}
objectClass: groupOfNames
cn: Crew
member: uid=vq,{PEOPLE}
member: uid=u7,{PEOPLE}

""" + "".join(
    f"dn: uid=u{n},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: u{n}\ncn: Hand {n}\nsn: {n}\n\n" for n in range(COUNT)
)


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    with Slapd(ENTRIES) as server:
        yield server


@pytest.fixture(scope="module")
def dumped(slapd: Slapd) -> bytes:
    """What slapcat writes, lines folded."""
    command = [tool("slapcat"), "-f", str(slapd.folder / "slapd.conf"), "-b", SUFFIX]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        os.utime(path, (time.time() - 3600,) * 2)
        return path

    return put


def settings(path: Path, *attributes: str, of: str = "inetOrgPerson", encoding: str = "UTF-8") -> LdifSettings:
    return LdifSettings(
        ldif_file=str(path),
        filter_attribute="objectClass",
        filter_values=of,
        attributes=attributes,
        ldif_encoding=encoding,
    )


def table(name: str, *columns: str | ExportColumn) -> ExportTable:
    return ExportTable(name, tuple(ExportColumn(each) if isinstance(each, str) else each for each in columns))


def export(given: LdifSettings, *tables: ExportTable, roots: tuple[Path, ...] = ()) -> Exported:
    opening = Opening(identifier="People", package="Usercube.LDIF", work=Path(), roots=roots)
    return gather(LdifFile(given, opening).export(Request(mode=Mode.COMPLETE, tables=tables)))


class TestContract(ExportContract):
    package = PACKAGE

    @pytest.fixture
    def case(self, write: Write, dumped: bytes, tmp_path: Path) -> Case:
        path = write("directory.ldif", dumped)

        def spoil() -> None:
            path.write_bytes(dumped[: len(dumped) // 2])

        return Case(
            identifier="People",
            settings=settings(path, "dn", "uid", "mail"),
            written={
                "LDIFFile": "directory.ldif",
                "FilterAttribute": "objectClass",
                "FilterValues": "inetOrgPerson",
                "Attributes": ["dn", "uid", "mail"],
            },
            request=Request(
                mode=Mode.COMPLETE, tables=(table("People", "dn", "uid"), table("People_mail", "dn", "mail"))
            ),
            cut=spoil,
            failures=(
                Failure(settings=settings(tmp_path / "gone.ldif", "dn"), kind=Unreachable),
                Failure(settings=settings(write("empty.ldif", b"\n"), "dn"), kind=Misconfigured, key="LDIFFile"),
                Failure(settings=settings(write("x.ldif", b"dn: a=b\nx\n"), "dn"), kind=Misconfigured, key="LDIFFile"),
            ),
        )


def test_entries_of_slapcat(write: Write, dumped: bytes) -> None:
    columns = (
        "DN",
        "uid",
        ExportColumn("mail", format="MultivaluedText"),
        ExportColumn("cn"),
        ExportColumn("jpegPhoto", format="Bytes"),
    )
    given = settings(
        write("all.ldif", dumped), "dn", "uid", "mail", "cn", "jpegPhoto", "entryUUID", of="x INETORGPERSON"
    )
    exported = export(given, table("People", *columns))
    assert exported.columns == {"People": ("Command", "DN", "uid", "mail", "cn", "jpegPhoto", "entryUUID")}
    assert len(exported.rows["People"]) == COUNT + 1
    vera = next(row for row in exported.rows["People"] if row[2] == "vq")
    assert vera[:5] == (
        "insert",
        f"uid=vq,{PEOPLE}",
        "vq",
        "crew@harbor.example\nHarbour-Master@harbor.example\nvera@harbor.example",
        "Vera Quill",
    )
    assert vera[5] == "/9j/4AAQ"
    assert [(note.count, note.message[:2]) for note in exported.notes] == [(1, "cn")]


def test_links_have_one_row_per_value(write: Write, dumped: bytes) -> None:
    given = settings(write("all.ldif", dumped), "dn", "cn", "member", of="groupOfNames")
    exported = export(given, table("People", "dn", "cn", "member"), table("People_member", "dn", "member"))
    assert exported.columns["People_member"] == ("dn", "member")
    assert exported.rows["People_member"] == [
        (f"cn=Crew,{GROUPS}", f"uid=vq,{PEOPLE}"),
        (f"cn=Crew,{GROUPS}", f"uid=u7,{PEOPLE}"),
    ]
    assert exported.notes == []


def test_an_incremental_export_is_the_whole_file_without_commands(write: Write, dumped: bytes) -> None:
    """Rows that said `insert` would make absences invisible."""
    given = settings(write("all.ldif", dumped), "dn", "uid")
    opening = Opening(identifier="People", package="ldif", work=Path())
    asked = Request(mode=Mode.INCREMENTAL, tables=(table("People", "dn"),))
    exported = gather(LdifFile(given, opening).export(asked))
    assert exported.columns == {"People": ("dn", "uid")}
    assert exported.count == COUNT + 1


def test_only_the_links(write: Write, dumped: bytes) -> None:
    given = settings(write("all.ldif", dumped), "dn", "member", of="groupOfNames")
    assert list(export(given, table("People_member", "dn", "Member")).columns) == ["People_member"]


@pytest.mark.parametrize("style", [(), ("-L",), ("-LLL",)])
def test_the_styles_of_ldapsearch(write: Write, slapd: Slapd, style: tuple[str, ...]) -> None:
    found = search(slapd, *style, "(uid=u1*)")
    assert found.returncode == 0
    rows = export(settings(write("found.ldif", found.stdout), "dn", "uid"), table("People", "dn")).rows["People"]
    assert len(rows) == sum(str(n).startswith("1") for n in range(COUNT))


def test_a_search_that_was_cut_short_is_no_success(write: Write, slapd: Slapd) -> None:
    found = search(slapd, "-z", "3", "(uid=*)")
    assert found.returncode == 4
    with pytest.raises(Misconfigured, match="cut short: 4 Size limit exceeded"):
        export(settings(write("found.ldif", found.stdout), "dn"), table("People", "dn"))


def search(server: Slapd, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [tool("ldapsearch"), "-H", server.uri, "-x", "-D", ADMIN, "-w", PASSWORD, "-b", PEOPLE]
    return subprocess.run([*command, *arguments], capture_output=True, check=False)


def test_change_records_are_counted(write: Write) -> None:
    data = b"dn: uid=a\nchangetype: add\nobjectClass: inetOrgPerson\n\n" + b"dn: uid=b\nchangetype: delete\n\n" * 3
    exported = export(settings(write("changes.ldif", data), "dn"), table("People", "dn"))
    assert exported.rows["People"] == [("insert", "uid=a")]
    assert [(note.count, note.message) for note in exported.notes] == [
        (3, "change records of kind delete are not read")
    ]


def test_a_file_in_another_encoding(write: Write) -> None:
    text = "dn: uid=zoë\nobjectClass: inetOrgPerson\nsn: Ünal\n"
    for encoding in ("iso-8859-1", "utf-16"):
        path = write("peer.ldif", text.encode(encoding))
        rows = export(settings(path, "dn", "sn", encoding=encoding), table("People", "dn")).rows["People"]
        assert rows == [("insert", "uid=zoë", "Ünal")]
    with pytest.raises(Misconfigured, match=":1: octets"):
        export(settings(write("latin.ldif", text.encode("latin-1")), "dn", "sn"), table("People", "dn"))


def test_values_without_the_declared_form_are_counted(write: Write) -> None:
    data = b"".join(b"dn: uid=%d\nobjectClass: inetOrgPerson\nlevel: %d\n\n" % (n, n * 100) for n in range(5))
    given = settings(write("levels.ldif", data), "dn", "level")
    exported = export(given, table("People", "dn", ExportColumn("level", type="Byte", format="Byte")))
    assert [row[2] for row in exported.rows["People"]] == ["0", "100", "200", None, None]
    assert [note.count for note in exported.notes] == [2]
    assert "in uid=3" in exported.notes[0].message


def test_a_broken_file_is_refused_with_its_place(write: Write) -> None:
    path = write("broken.ldif", b"dn: uid=a\nobjectClass: inetOrgPerson\n\ndn: uid=b\nbroken\n")
    with pytest.raises(Misconfigured) as raised:
        export(settings(path, "dn"), table("People", "dn"))
    assert str(raised.value).startswith(f"{path}:5: ")


def test_values_in_files_are_read_below_the_roots_only(write: Write, tmp_path: Path) -> None:
    outside = write("secret", b"shadow")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "note").write_bytes(b"hello")
    (inside / "link").symlink_to(outside)

    def data(url: str) -> LdifSettings:
        text = f"dn: uid=a\nobjectClass: inetOrgPerson\ndescription:< {url}\n"
        (inside / "a.ldif").write_text(text)
        os.utime(inside / "a.ldif", (0, 0))
        return settings(inside / "a.ldif", "dn", "description")

    rows = export(data(f"file://{inside}/note"), table("People", "dn"), roots=(inside,)).rows["People"]
    assert rows == [("insert", "uid=a", "hello")]
    for url in (f"file://{outside}", f"file://{inside}/link", f"file://{inside}/../secret", "http://localhost/note"):
        with pytest.raises(Misconfigured, match="SourcesRootPaths"):
            export(data(url), table("People", "dn"), roots=(inside,))
    with pytest.raises(Misconfigured, match="SourcesRootPaths"):
        export(data(f"file://{inside}/note"), table("People", "dn"))


@pytest.mark.parametrize("name", ["Other_member", "People_", "Peoplemember"])
def test_a_table_that_is_none(write: Write, name: str) -> None:
    with pytest.raises(Misconfigured, match="no table"):
        export(settings(write("a.ldif", b"dn: a=b\n"), "dn"), table(name, "dn"))


def test_columns_that_are_not_there(write: Write) -> None:
    with pytest.raises(Misconfigured, match="no column 'mail'"):
        export(settings(write("a.ldif", b"dn: a=b\n"), "dn"), table("People", "mail"))
    with pytest.raises(Misconfigured, match="unknown format"):
        export(settings(write("a.ldif", b"dn: a=b\n"), "dn"), table("People", ExportColumn("dn", format="Colour")))


def test_settings_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="twice"):
        settings(Path("a"), "cn", "CN")
    with pytest.raises(ValueError, match="klingon"):
        settings(Path("a"), "cn", encoding="klingon")
    with pytest.raises(ValueError, match="FilterValues"):
        settings(Path("a"), "cn", of=" ")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    import tracemalloc

    def peak(entries: int) -> int:
        path = tmp_path / f"{entries}.ldif"
        entry = b"dn: uid=%d\nobjectClass: device\ndescription: " + b"x" * 2000 + b"\n\n"
        with path.open("wb") as file:
            file.writelines(entry % n for n in range(entries))
        os.utime(path, (0, 0))
        opening = Opening(identifier="People", package="Usercube.LDIF", work=Path())
        tracemalloc.start()
        for _ in LdifFile(settings(path, "dn"), opening).export(Request(mode=Mode.COMPLETE, tables=())):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    small, large = peak(500), peak(10_000)
    assert large < small + 1_000_000
