"""Record sections: the contexts that the plan's query finds, judged instant by instant by a reading of the rules."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from compiler.pipeline import compile_sources
from compiler.plan.plan import Plan
from compiler.plan.steps import Roles
from runtime.engine.duckdb import DuckDB
from runtime.provisioning.roles import hold
from runtime.registry import catalogue
from runtime.store.store import Store

SOURCE = Path(__file__).with_name("berths.xml").read_text(encoding="utf-8")
PLACES = ("port", "tug", "ferry", "cook", "mate")
FIRST, LAST = "19000101000000", "20790606000000"
VARIANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "plain": (),
    "kept": (('StartProperty="Posted"', 'StartProperty="Posted" BoundaryKind="Kept"'),),
    "not extended": (('StartProperty="Posted"', 'StartProperty="Posted" ExtensionKind="None"'),),
    "not copied": (('Property="Ship" />', 'Property="Ship" ExtensionKind="None" />'),),
    "bounded": (('StartProperty="Signed"', 'StartProperty="Signed" IsDefaultBoundariesSection="true"'),),
    "sorted": (
        (
            'StartProperty="Posted"',
            'StartProperty="Posted" SortKeyExpression="C#:p:return p.Rank;" ExtendedSortKey="2"',
        ),
    ),
}


class Paper(Struct, frozen=True):
    """One record; days are whole, None is a date that is not known."""

    times: tuple[int | None, int | None] = (None, None)
    signed: tuple[int | None, int | None] = (None, None)
    posted: tuple[int | None, int | None] = (None, None)
    contract: str | None = None
    post: str | None = None
    rank: str | None = None
    home: str | None = None
    trade: str | None = None
    ship: str | None = None


class Instance(Struct, frozen=True):
    """A record in one section."""

    number: int
    key: str
    sort: str | None
    starts: str
    ends: str
    value: str | None


Context = tuple[str | None, str | None, str | None]


@cache
def plan_of(variant: str) -> Plan:
    text = SOURCE
    for old, new in VARIANTS[variant]:
        assert old in text
        text = text.replace(old, new)
    plan = compile_sources([("berths.xml", text.encode())], catalogue()).plan
    assert plan is not None
    return plan


@cache
def store_of(variant: str) -> DuckDB:
    """A store laid out by the plan; what it holds is made anew by every example."""
    engine = DuckDB()
    Store(engine).lay_out(plan_of(variant))
    return engine


def found(variant: str, papers: Iterable[Paper]) -> dict[tuple[str, str], set[Context]]:
    """The contexts of one sailor by slice of time."""
    plan, engine = plan_of(variant), store_of(variant)
    for table in ("Sailor", "Place", "Paper"):
        engine.execute(f'DELETE FROM resource."{table}"')
    for association in ("SailorPapers", "PaperHome", "PaperTrade", "PaperShip"):
        engine.execute(f'DELETE FROM link."{association}"')
    engine.execute('INSERT INTO resource."Sailor" (_id, "Badge") VALUES (1, \'S1\')')
    ids = {code: number for number, code in enumerate(PLACES, 2)}
    for code, number in ids.items():
        engine.execute('INSERT INTO resource."Place" (_id, "Code") VALUES (?, ?)', [number, code])
    for number, paper in enumerate(papers, 100):
        values = [number, str(number), *_texts(paper), paper.contract, paper.post, paper.rank]
        engine.execute(
            'INSERT INTO resource."Paper" (_id, "Number", "Begin", "Finish", "Signed", "Expires", "Posted", '
            '"Relieved", "Contract", "Post", "Rank") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
            values,
        )
        engine.execute('INSERT INTO link."SailorPapers" (_1, _2) VALUES (1, ?)', [number])
        for association, place in (("PaperHome", paper.home), ("PaperTrade", paper.trade), ("PaperShip", paper.ship)):
            if place:
                engine.execute(f'INSERT INTO link."{association}" (_1, _2) VALUES (?, ?)', [number, ids[place]])
    for step in plan.of(Roles):
        hold(step, engine, now="20310401080000")
    names = {number: code for code, number in ids.items()} | {None: None}
    slices: dict[tuple[str, str], set[Context]] = {}
    for starts, ends, home, trade, ship in engine.rows('SELECT starts, ends, "0", "1", "2" FROM context."Sailor"'):
        slices.setdefault((starts, ends), set()).add((names[home], names[trade], names[ship]))
    return slices


def expected(variant: str, papers: list[Paper], instant: str) -> set[Context]:
    """The contexts at an instant, as provisioning.md §5.1 says."""
    limits = [_period(paper.times, FIRST, LAST) for paper in papers]
    hull = (min(starts for starts, _ in limits), max(ends for _, ends in limits)) if limits else (FIRST, FIRST)
    posts_limits = (FIRST, LAST) if variant == "kept" else hull
    sections = {
        "times": [_instance(n, "", None, _period(p.times, FIRST, LAST), p.home) for n, p in enumerate(papers)],
        "signed": [_instance(n, p.contract, None, _period(p.signed, *hull), p.trade) for n, p in enumerate(papers)],
        "posted": [
            _instance(n, p.post, p.rank if variant == "sorted" else None, _period(p.posted, *posts_limits), p.ship)
            for n, p in enumerate(papers)
        ],
    }
    sections = {name: [each for each in found if each.starts < each.ends] for name, found in sections.items()}
    bounding = sections["signed" if variant == "bounded" else "times"]
    if not bounding or not min(i.starts for i in bounding) <= instant < max(i.ends for i in bounding):
        return set()
    copied = {
        "times": _copy(sections["times"], instant),
        "signed": _copy(sections["signed"], instant),
        "posted": None
        if variant in ("not extended", "not copied")
        else _copied_post(variant, sections["posted"], instant),
    }
    return {
        tuple(  # type: ignore[misc]  # three of them
            (each.value if each else None) or copied[name] for name, each in zip(sections, combination, strict=True)
        )
        for combination in _combinations(papers, sections, instant)
    }


def _copied_post(variant: str, posts: list[Instance], instant: str) -> str | None:
    if variant != "sorted":
        return _copy(posts, instant)
    passing = [each for each in posts if each.sort is not None and each.sort >= "2" and each.value]
    return (
        min(passing, key=lambda each: (_descending(each.sort or ""), *_nearest(each, instant))).value
        if passing
        else None
    )


def _combinations(
    papers: list[Paper], sections: dict[str, list[Instance]], instant: str
) -> Iterator[tuple[Instance | None, ...]]:
    active = {name: list(_active(found, instant)) for name, found in sections.items()}
    first: list[Instance | None] = [*active["times"]]
    for one in first or [None]:
        for two in _with(papers, one, active["signed"], "contract"):
            for three in _with(papers, one, active["posted"], "post"):
                yield one, two, three


def _with(papers: list[Paper], one: Instance | None, others: list[Instance], key: str) -> list[Instance | None]:
    """Those that stand in a record of the instance, else all, else none. The default section has one instance."""
    keys = {getattr(paper, key) or "" for paper in papers} if one else set()
    together = [each for each in others if each.key in keys]
    return [*(together or others)] or [None]


def _active(found: list[Instance], instant: str) -> Iterator[Instance]:
    now = [each for each in found if each.starts <= instant < each.ends]
    for key in {each.key for each in now}:
        alike = [each for each in now if each.key == key]
        yield min(alike, key=lambda each: (each.sort is None, _descending(each.sort or ""), each.number))


def _copy(found: list[Instance], instant: str) -> str | None:
    valued = [each for each in found if each.value]
    return min(valued, key=lambda each: _nearest(each, instant)).value if valued else None


def _nearest(each: Instance, instant: str) -> tuple[object, ...]:
    """Instances that ended before come first, the latest of them; then those to come, the earliest of them."""
    if each.ends <= instant:
        return 0, _descending(each.ends), each.starts, each.number
    return 1, (), each.starts, each.number


def _descending(text: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in text)


def _instance(number: int, key: str | None, sort: str | None, period: tuple[str, str], value: str | None) -> Instance:
    return Instance(number, key or "", sort, *period, value)


def _period(days: tuple[int | None, int | None], opens: str, closes: str) -> tuple[str, str]:
    starts, ends = days
    return opens if starts is None else _text(starts), closes if ends is None else _text(ends)


def _text(day: int) -> str:
    return f"203104{day:02}000000"


def _texts(paper: Paper) -> list[str | None]:
    return [None if day is None else _text(day) for days in (paper.times, paper.signed, paper.posted) for day in days]


days = st.sampled_from([None, 5, 10, 15, 20, 25])
papers = st.builds(
    Paper,
    times=st.tuples(days, days),
    signed=st.tuples(days, days),
    posted=st.tuples(days, days),
    contract=st.sampled_from([None, "c1", "c2"]),
    post=st.sampled_from([None, "p1", "p2"]),
    rank=st.sampled_from([None, "1", "2", "3"]),
    home=st.sampled_from([None, "port"]),
    trade=st.sampled_from([None, "cook", "mate"]),
    ship=st.sampled_from([None, "tug", "ferry"]),
)


@settings(max_examples=15, deadline=None)
@given(crew=st.lists(papers, max_size=4))
@pytest.mark.parametrize("variant", VARIANTS)
def test_contexts_are_those_of_every_instant(variant: str, crew: list[Paper]) -> None:
    slices = found(variant, crew)
    for starts in (FIRST, *(_text(day) for day in (1, 5, 7, 10, 12, 15, 20, 25, 28)), "20780101000000"):
        now = set().union(*(each for (opens, closes), each in slices.items() if opens <= starts < closes))
        wanted = expected(variant, crew, starts)
        assert now == wanted or (not wanted and now == {(None, None, None)}), starts


def test_a_sailor_moves_from_one_ship_to_the_next() -> None:
    tug = Paper(times=(1, 25), contract="c1", post="p1", posted=(1, 10), trade="cook", ship="tug", home="port")
    ferry = Paper(times=(1, 25), contract="c1", post="p2", posted=(12, 25), trade="cook", ship="ferry", home="port")
    assert found("plain", [tug, ferry]) == {
        (_text(1), _text(10)): {("port", "cook", "tug")},
        (_text(10), _text(12)): {("port", "cook", "tug")},
        (_text(12), _text(25)): {("port", "cook", "ferry")},
    }
    assert found("not extended", [tug, ferry])[_text(10), _text(12)] == {("port", "cook", None)}


def test_two_posts_at_once_are_two_contexts() -> None:
    one = Paper(times=(1, 25), contract="c1", post="p1", posted=(1, 20), trade="cook", ship="tug")
    two = Paper(times=(1, 25), contract="c1", post="p2", posted=(10, 25), trade="cook", ship="ferry")
    assert found("plain", [one, two])[_text(10), _text(20)] == {(None, "cook", "tug"), (None, "cook", "ferry")}
