"""A deliberate error in any attribute of dimensions, contexts, roles and their rules is found where it is.

They are beside the samples that `test_mutations` breaks, because no run uses them yet and a warning says so.
"""

import pytest

from compiler.diagnostics.diagnostic import Diagnostic
from compiler.parse import Sources
from compiler.pipeline import check_files
from tests.compiler.bind.test_contexts import CLUB, HEAD, ROLES
from tests.compiler.mutations import Mutation, judged, mutations
from tests.conftest import CATALOGUE

RULES = """
<CompositeRoleAutomationRule CompositeRole="Warden" WorkflowState="Found" Policy="Club" />
<CategoryAutomationRule Category="Doors" EntityType="Person" WorkflowState="Found" D1A="Tower" L1A="true" />
<PolicyAutomationRule Policy="Club" EntityType="Person" WorkflowState="Found" Decision="Decline" HoursToWait="3" />
"""
FILES: Sources = [("club.xml", f"{HEAD}{CLUB}{ROLES}{RULES}</ConfigurationFile>".encode())]


@pytest.fixture(scope="module")
def known() -> set[tuple[str, str]]:
    """What is said of the configuration without errors."""
    findings = check_files(FILES, CATALOGUE, []).findings
    assert not any(each.code.startswith("E") for each in findings)
    return {(each.code, each.message) for each in findings}


def test_every_error_is_reported_at_its_place(known: set[tuple[str, str]]) -> None:
    made = list(mutations(FILES))
    elsewhere = [each.text for each in made if not _is_in_place(each, known)]
    assert len(made) > 500
    assert elsewhere == []


def _is_in_place(mutation: Mutation, known: set[tuple[str, str]]) -> bool:
    findings = judged(mutation, FILES, CATALOGUE).findings
    return any(_is_at(each, mutation) for each in findings if (each.code, each.message) not in known)


def _is_at(found: Diagnostic, mutation: Mutation) -> bool:
    return found.span is not None and mutation.place.start <= found.span.start <= mutation.place.end
