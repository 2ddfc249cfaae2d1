"""No finding shows a password, however the attribute that holds it is written."""

import pytest

from compiler.catalogue.catalogue import Catalogue
from compiler.diagnostics.render_text import render_text
from compiler.pipeline import compile_sources
from compiler.source.text import without_passwords
from compiler.span import SourceFile

PASSWORD = "Foxglove-and-7"
ELEMENTS = [
    f'<PasswordResetSettings Identifier="A" DefaultPassword="{PASSWORD}" />',
    f"<PasswordResetSettings Identifier='A' DefaultPassword = '{PASSWORD}' Mode='x' />",
    f'<PasswordResetSettings Identifier="A" DefaultPassword="{PASSWORD}" DefaultPassword="{PASSWORD}" />',
    f'<PasswordResetSettings Identifier="A" DefaultPasword="{PASSWORD}" />',
    f'<PasswordResetSettings Identifier="A" defaultpassword="{PASSWORD}" />',
    f'<PasswordResetSettings DefaultPassword="{PASSWORD}" />',
    f'<PasswordResetSettings Identifier="A" DefaultPassword="{PASSWORD}&bad;" />',
    f'<PasswordResetSettings Identifier="A" DefaultPassword="{PASSWORD}<" />',
    f'<PasswordResetSettings Identifier="A" DefaultPassword={PASSWORD} />',
    f'<PasswordResetSettings Identifier="A" DefaultPassword="{PASSWORD} />',
    f'<PasswordResetSetings Identifier="A" DefaultPassword="{PASSWORD}" />',
    f'<PasswordResetSettings Identifier="A" /><PasswordResetSettings Identifier="a" DefaultPassword="{PASSWORD}" />',
]


@pytest.mark.parametrize("element", ELEMENTS)
def test_no_finding_shows_a_password(element: str, catalogue: Catalogue) -> None:
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<ConfigurationFile>\n{element}\n</ConfigurationFile>\n'
    compilation = compile_sources([("secret.xml", text.encode())], catalogue)
    assert compilation.findings
    assert PASSWORD not in render_text(compilation.findings, compilation.sources.get)
    assert PASSWORD not in str([(each.message, each.help, each.label) for each in compilation.findings])


def test_asterisks_keep_every_place() -> None:
    source = SourceFile("a.xml", 'a DefaultPassword="x\'y\nz" PasswordResetSetting="Letter" />')
    shown = without_passwords(source)
    assert shown.text == 'a DefaultPassword="*\'*\n*" PasswordResetSetting="Letter" />'
    untouched = SourceFile("b.xml", "nothing of that kind")
    assert without_passwords(untouched) is untouched
