"""Secrets in every usual encoding, inside of other text, and secrets that nobody declared."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.catalogue.package import Secret, Settings
from compiler.source.json import parse_json
from runtime.settings.secrets import MASK, Masker, blanked

ODD = "pä\"ss\\wö<rd>&'%+ /\n\U0001f511"


class Inner(Settings, frozen=True, kw_only=True):
    """A server."""

    password: Secret | None = None


class Outer(Settings, frozen=True, kw_only=True):
    """A connection."""

    servers: tuple[Inner, ...] = ()
    options: dict[str, Secret] = {}
    connection_string: str = ""
    login: str = ""


def masker(*values: object) -> Masker:
    masker = Masker()
    for value in values:
        masker.learn(value)
    return masker


def encodings(secret: str) -> list[str]:
    data = secret.encode()
    return [
        secret,
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        repr(secret),
        repr(data),
        html.escape(secret),
        html.escape(secret, quote=False),
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(data).decode(),
        base64.b64encode(f'"{secret}"'.encode("utf-16-le")).decode(),
        *(base64.b64encode(("x" * before).encode() + b":" + data + b"tail").decode() for before in range(6)),
    ]


@pytest.mark.parametrize("secret", ["hunter22", ODD, "abcd", "x" * 300])
def test_a_secret_is_masked_however_it_is_written(secret: str) -> None:
    mask = masker(Secret(secret)).mask
    for text in encodings(secret):
        masked = mask(f"before {text} after")
        assert MASK in masked, text
        assert text not in masked
        assert masked.startswith("before ") and masked.endswith(" after")


@given(st.text(min_size=4, max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_text_gets_a_secret_through(secret: str, before: str, after: str) -> None:
    masked = masker(Secret(secret)).mask(before + secret + after)
    if "*" not in secret:
        assert secret not in masked


def test_a_login_and_password_in_base64_leave_nothing_of_the_password() -> None:
    header = base64.b64encode(b"keeper:correct-horse-battery").decode()
    masked = masker(Secret("correct-horse-battery")).mask(header)
    kept = masked.split(MASK)[0]
    assert base64.b64decode(kept + "=" * (-len(kept) % 4))[:7] == b"keeper:"[: len(kept) * 3 // 4]
    assert b"orre" not in base64.b64decode(kept + "=" * (-len(kept) % 4))


def test_secrets_are_found_in_settings_and_short_ones_are_not_masked() -> None:
    value = Outer(
        servers=(Inner(password=Secret("first-secret")), Inner(password=Secret("abc"))),
        options={"Key": Secret("second-secret")},
        connection_string="Server=db;User Id=sa;Password='it''s;me';Encrypt=true",
        login="keeper",
    )
    mask = masker(value).mask
    assert mask("first-secret second-secret it's;me keeper abc db") == "*** *** *** keeper abc db"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Server=db;PWD = plain22 ;Database=x", "plain22"),
        ('Password="a;""b"";c"', 'a;"b";c'),
        ("Driver={X};Pwd={br}}ace;};", "br}ace;"),
        ("host=db password=plain22 user=x", "plain22"),
        ("Server=db;Encrypt=true", ""),
        ("postgresql://keeper:p%40ssword@db/x", "p@ssword"),
        ("postgresql://keeper:p%40ssword@db/x", "p%40ssword"),
    ],
)
def test_passwords_inside_connection_strings(text: str, secret: str) -> None:
    masked = masker(text).mask(f"failed: {secret}!")
    assert masked == ("failed: ***!" if secret else "failed: !")


def test_what_sounds_secret_in_the_tree_is_secret_even_undeclared() -> None:
    tree, findings = parse_json(
        "appsettings.json",
        b"""{
        "Connections": { "Crew": { "Pasword": "not-found", "ClientSecret": "client-22", "UsePassword": "true",
                                   "Pwd": 12345678,
                                   "Servers": [ { "Password": "server-22", "Login": "keeper" } ] } },
        "Databases": { "Main": "Server=db;Password=data-22" },
        "OpenId": { "OpenIdClients": { "Job": "job-22" }, "DefaultOpenIdClient": "Job" },
        "PasswordResetSettings": { "MailSettings": { "Host": "mail.example", "Password": "mail-22" } }
    }""",
    )
    assert findings == []
    mask = masker(tree).mask
    hidden = "client-22 server-22 data-22 job-22 mail-22 12345678"
    assert mask(hidden) == "*** *** *** *** *** ***"
    shown = "true keeper mail.example not-found Main"
    assert mask(shown) == shown


def test_nothing_known_changes_nothing() -> None:
    assert Masker().mask("text") == "text"
    assert masker(None, 3, Secret(""), Secret("abc"), Outer()).mask("abc *** text") == "abc *** text"


def test_a_lone_surrogate_in_a_secret_is_no_reason_to_fail() -> None:
    assert masker(Secret("ab\ud800cd")).mask("x ab\ud800cd y") == "x *** y"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{ "Password": "hunt\\"er22", "Port": 1 }', '{ "Password": ************, "Port": 1 }'),
        ('"Password": "hunter22', '"Password": *********'),
        ('"ClientSecret": hunter22 }', '"ClientSecret": ******** }'),
        ('"ApiKey" "hunter22"', '"ApiKey" **********'),
        ("'Password': 'hunter22'", "'Password': **********"),
        ('"Token": 12345678, "Port": 1', '"Token": ********, "Port": 1'),
        ('"Token": ["hunter22", "x"], "Port": 1', '"Token": ************ ***], "Port": 1'),
        ('"Password":\n    "hunter22"', '"Password":\n    **********'),
        ('"Main": "Server=db;Pwd=hunter22;Encrypt=true"', '"Main": "Server=db;Pwd=********;Encrypt=true"'),
        ('"IsPasswordReset": true, "Host": "db"', '"IsPasswordReset": true, "Host": "db"'),
    ],
)
def test_lines_of_a_settings_file_are_shown_without_secrets(line: str, shown: str) -> None:
    assert len(blanked(line)) == len(line)
    assert "hunter" not in blanked(line)
    assert blanked(line) == shown
