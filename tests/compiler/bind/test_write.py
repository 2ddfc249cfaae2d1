"""XML as this project writes it: one layout, nothing lost that counts, and it compiles to the same plan."""

from pathlib import Path

from compiler.bind.write import rewritten
from compiler.catalogue.catalogue import Catalogue
from compiler.pipeline import compile_sources
from compiler.plan.compare import compare
from tests.compiler.test_cases import sources_of

GARDEN = Path(__file__).parents[1] / "cases" / "_garden.xml"
NAMESPACE = 'xmlns="urn:schemas-usercube-com:configuration"'


def written(text: str) -> str:
    """One file, as it is written out."""
    ((_, data),) = rewritten([("Quay.xml", text.encode())])
    return data.decode()


def test_the_garden_compiles_to_the_same_plan(catalogue: Catalogue) -> None:
    files = [(GARDEN.name, GARDEN.read_bytes())]
    before, after = (compile_sources(each, catalogue).plan for each in (files, rewritten(files)))
    assert before is not None and after is not None
    assert (before.digest, compare(before, after)) == (after.digest, ())
    assert before.sources != after.sources
    assert rewritten(rewritten(files)) == rewritten(files)


def test_whatever_compiles_comes_back_as_the_same_plan(catalogue: Catalogue) -> None:
    compiled = 0
    for case in sorted(GARDEN.parent.glob("[WI]*.xml")):
        files = sources_of(case.stem)
        before = compile_sources(files, catalogue).plan
        after = compile_sources(rewritten(files), catalogue).plan
        assert (before and before.digest) == (after and after.digest), case.name
        compiled += before is not None
    assert compiled > 50


def test_layout() -> None:
    text = f"""<?xml version='1.0' encoding="utf-8"?>
<ConfigurationFile {NAMESPACE} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<!-- a comment -->
<EntityType   DisplayName_L2="Schiff"
    DisplayName_L1='Ship "Ö"' Identifier="Ship"><Property IsKey="true" Identifier="Code"/></EntityType>
<EntityPropertyExpression Identifier="A" EntityType="Ship" Property="Code" 
    Expression="C#:s:&#xA;&#9;return &lt;1&gt;;"/>
</ConfigurationFile>
"""
    assert (
        written(text)
        == f"""<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile {NAMESPACE}>
  <EntityType Identifier="Ship" DisplayName_L1="Ship &quot;Ö&quot;" DisplayName_L2="Schiff">
    <Property Identifier="Code" IsKey="true"/>
  </EntityType>
  <EntityPropertyExpression Identifier="A" EntityType="Ship" Property="Code" \
Expression="C#:s:&#xA;&#x9;return &lt;1&gt;;"/>
</ConfigurationFile>
"""
    )


def test_other_encodings_and_no_namespace() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><ConfigurationFile><Language Code="ö"/></ConfigurationFile>'
    ((_, data),) = rewritten([("Quay.xml", text.encode("utf-16"))])
    assert data.decode() == (
        '<?xml version="1.0" encoding="utf-8"?>\n<ConfigurationFile>\n  <Language Code="ö"/>\n</ConfigurationFile>\n'
    )


def test_what_no_run_uses_stays_and_a_secret_does_not() -> None:
    text = f"""<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile {NAMESPACE}>
  <MenuItem Identifier="Quay" Unknown="x"/>
  <PasswordResetSettings Identifier="Reset" DefaultPassword="Deep-Water-12" Mode="1"/>
</ConfigurationFile>
"""
    assert 'MenuItem Identifier="Quay" Unknown="x"' in written(text)
    assert '<PasswordResetSettings Identifier="Reset" Mode="1"/>' in written(text)
    assert "Deep-Water-12" not in written(text)
