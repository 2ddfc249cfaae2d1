"""Finding the files of a configuration: order, what is left out, what is refused."""

from pathlib import Path

from compiler.source.files import read_folder


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())


def test_every_xml_below_comes_in_a_fixed_order(tmp_path: Path) -> None:
    write(tmp_path, "Quay/Quay Connector.xml", "Berths.XML", "Quay/Deep/Down.xml", "Quay-2/A.xml", "notes.txt")
    files, findings = read_folder(tmp_path)
    assert findings == []
    assert files == sorted(files)
    assert [name for name, _ in files] == [
        "Berths.XML",
        "Quay-2/A.xml",
        "Quay/Deep/Down.xml",
        "Quay/Quay Connector.xml",
    ]
    assert files[1][1] == b"Quay-2/A.xml"


def test_hidden_folders_and_the_workspace_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a.xml", ".git/b.xml", ".c.xml", "workspace/d.xml", "Quay/Workspace/e.xml")
    files, findings = read_folder(tmp_path)
    assert ([name for name, _ in files], findings) == (["a.xml"], [])


def test_links_that_leave_the_folder_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "secret.xml", "outside/b.xml", "conf/a.xml")
    conf = tmp_path / "conf"
    (conf / "inside.xml").symlink_to(conf / "a.xml")
    (conf / "leak.xml").symlink_to(tmp_path / "secret.xml")
    (conf / "gone.xml").symlink_to(conf / "nowhere.xml")
    (conf / "folder").symlink_to(tmp_path / "outside")
    (conf / "circle").symlink_to(conf)
    files, findings = read_folder(conf)
    assert [name for name, _ in files] == ["a.xml", "inside.xml"]
    assert {finding.code for finding in findings} == {"E100"}
    messages = " ".join(finding.message for finding in findings)
    assert len(findings) == 4
    assert "`leak.xml` is a link that leads out" in messages
    assert "`gone.xml` is a link to a file that does not exist" in messages


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    write(tmp_path, "file.xml", "empty/readme.md")
    for folder, words in (
        ("nowhere", "does not exist"),
        ("file.xml", "is not a folder"),
        ("empty", "holds no `*.xml`"),
    ):
        files, findings = read_folder(tmp_path / folder)
        assert files == []
        assert [finding.code for finding in findings] == ["E100"]
        assert words in findings[0].message


def test_what_is_named_like_a_file_but_is_none_is_told(tmp_path: Path) -> None:
    write(tmp_path, "a.xml", "Folder.xml/b.xml")
    (tmp_path / "dangling.xml").symlink_to(tmp_path / "dangling.xml")
    files, findings = read_folder(tmp_path)
    assert [name for name, _ in files] == ["Folder.xml/b.xml", "a.xml"]
    assert [finding.code for finding in findings] == ["E100"]
