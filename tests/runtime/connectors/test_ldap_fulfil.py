"""Orders of the LDAP connector against a real OpenLDAP server; what they did is read with slapcat."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from compiler.catalogue.package import Secret
from compiler.plan.steps import FulfilProperty, FulfilType
from runtime.contract import ChangeType, Outcome, Result, Unreachable
from tests.runtime.connectors.contract import gather
from tests.runtime.connectors.harbor import (
    GROUP,
    PERSON,
    TYPES,
    UNIT,
    add,
    connector,
    executed,
    fulfil,
    order,
    refused,
    request,
    settings,
)
from tests.servers.slapd import GROUPS, PEOPLE, READER, READER_PASSWORD, SUFFIX, Slapd

ODD_NAMES = (
    "Comma, Carl",
    'Quote "Q" Quinn',
    "Back\\slash",
    " leading space",
    "trailing space ",
    "#hash",
    "plus+equals=",
    "Paren (x)(uid=*)",
    "star*",
    "semi;colon<angle>",
    "Ünïcødé Łódź 東京",
    "nul\x00inside",
    "new\nline",
    "a=b,c=d",
)


@pytest.fixture
def server() -> Iterator[Slapd]:
    with Slapd(accesslog=True) as running:
        yield running


class TestAdd:
    @pytest.mark.parametrize("name", ODD_NAMES)
    def test_a_name_is_a_name_and_nothing_else(self, server: Slapd, name: str) -> None:
        before = server.dump()
        executed(server, add(name, Login=name.strip() or "x"))
        new = [entry for dn, entry in server.dump().items() if dn not in before]
        assert [entry["cn"] for entry in new] == [[name.encode()]]
        assert new[0]["objectclass"] == [b"inetOrgPerson"]
        rows = gather(connector(settings(server.uri)).export(request("cn", "parentdn"))).rows["Harbor_entries"]
        assert rows == [(name, PEOPLE)]

    def test_every_kind_of_value(self, server: Slapd) -> None:
        executed(server, add("Boss", "0"))
        executed(
            server,
            add(
                "Ada",
                Login="ada",
                Mail="b@x.example\na@x.example",
                Phones="1 | 2||3",
                Photo="AP8=",
                Floor="007",
                Manager={"Name": f"cn=Boss,{PEOPLE}"},
                Second="1",
                Tenth="true",
            ),
        )
        entry = server.dump()[f"cn=Ada,{PEOPLE}"]
        assert entry["mail"] == [b"a@x.example", b"b@x.example"]
        assert entry["telephonenumber"] == [b"1", b"2", b"3"]
        assert (entry["jpegphoto"], entry["roomnumber"]) == ([b"\x00\xff"], [b"7"])
        assert (entry["manager"], entry["employeetype"]) == ([f"cn=Boss,{PEOPLE}".encode()], [b"514"])

    def test_the_dn_as_given_wins(self, server: Slapd) -> None:
        executed(server, add("Ada", Name=f"uid=ada+cn=Ada,{GROUPS}"))
        assert server.dump()[f"cn=Ada+uid=ada,{GROUPS}"]["uid"] == [b"ada"]  # in the server's own order

    def test_empty_values_are_no_values(self, server: Slapd) -> None:
        executed(server, add("Ada", Login="", Mail=None, Phones="|", Manager=None))
        entry = server.dump()[f"cn=Ada,{PEOPLE}"]
        assert not entry.keys() & {"uid", "mail", "telephonenumber", "manager"}

    def test_arguments_are_attributes(self, server: Slapd) -> None:
        given = add("Ada")
        executed(server, order(given.change, given.changes, document={"Arguments": {"description": "made here"}}))
        assert server.dump()[f"cn=Ada,{PEOPLE}"]["description"] == [b"made here"]

    def test_joins_groups_and_the_server_shows_it(self, server: Slapd) -> None:
        server.modify(
            "".join(
                f"dn: cn={n},{GROUPS}\nchangetype: add\nobjectClass: groupOfNames\ncn: {n}\nmember: {READER}\n\n"
                for n in "xy"
            )
        )
        groups = [{"Name": f"cn={name},{GROUPS}"} for name in "xy"]
        executed(server, add("Ada", Groups_add=groups))
        content = server.dump()
        assert content[f"cn=Ada,{PEOPLE}"]["memberof"] == [f"cn={n},{GROUPS}".encode() for n in "xy"]
        assert content[f"cn=x,{GROUPS}"]["member"] == sorted([f"cn=Ada,{PEOPLE}".encode(), READER.encode()])

    def test_again_is_no_second_write(self, server: Slapd) -> None:
        server.modify(f"dn: cn=x,{GROUPS}\nchangetype: add\nobjectClass: groupOfNames\ncn: x\nmember: {READER}\n")
        one = add("Ada", Mail="a@x.example\nb@x.example", Groups_add=[{"Name": f"cn=x,{GROUPS}"}])
        executed(server, one)
        before, writes = server.dump(), server.writes()
        message = executed(server, one)
        assert "was there already" in message and "already a member" in message
        assert (server.dump(), server.writes()) == (before, writes)

    def test_somebody_elses_entry_is_left_alone(self, server: Slapd) -> None:
        executed(server, add("Ada", Login="first"))
        before = server.dump()
        message = refused(server, add("Ada", Login="second"))
        assert "entryAlreadyExists (68)" in message and "differs in uid" in message
        assert server.dump() == before

    def test_a_parent_that_is_not_there(self, server: Slapd) -> None:
        message = refused(server, add("Ada", Container={"Name": f"ou=nowhere,{SUFFIX}"}))
        assert "noSuchObject (32)" in message and f"ou=nowhere,{SUFFIX}" in message

    def test_what_no_directory_can_hold(self, server: Slapd) -> None:
        before = server.dump()
        wrong: dict[str, Any] = {
            "Nowhere": "x",
            "Unknown": "x",
            "Floor": "seven",
            "Photo": "***",
            "Manager": {"Name": None},
            "Name": "no dn",
            "Reports_add": [{"Name": READER}],
            "Second": "maybe",
            "Groups_add": [{"Name": "no dn"}],
            "Container": {"Name": "cn=open\\"},
        }
        for name, value in wrong.items():
            assert name.removesuffix("_add") in refused(server, add("Ada", **{name: value}))
        nameless = order(ChangeType.ADDED, {"Surname": "Doe"})
        assert "neither a DN nor" in refused(server, nameless)
        assert server.dump() == before

    def test_the_servers_own_words(self, server: Slapd) -> None:
        message = refused(server, add("Ada", Surname=None))
        assert "objectClassViolation (65)" in message and "sn" in message

    def test_an_unknown_resource_type(self, server: Slapd) -> None:
        given = add("Ada")
        stray = order(given.change, given.changes, type=FulfilType(resource_type="Other", target="Other"))
        assert "Other" in refused(server, stray)


@pytest.fixture
def ada(server: Slapd) -> dict[str, Any]:
    """One person in group x; what a synchronisation would know of her."""
    executed(server, add("Ada", Login="ada", Mail="a@x.example", Mask="512"))
    server.modify(
        "".join(
            f"dn: cn={n},{GROUPS}\nchangetype: add\nobjectClass: groupOfNames\ncn: {n}\nmember: {READER}\n"
            + (f"member: cn=Ada,{PEOPLE}\n\n" if n == "x" else "\n")
            for n in "xyz"
        )
    )
    name = f"cn=Ada,{PEOPLE}"
    return {"Name": name, "Uuid": server.dump()[name]["entryuuid"][0].decode(), "CommonName": "Ada"}


class TestModify:
    def test_values_replace_and_go(self, server: Slapd, ada: dict[str, Any]) -> None:
        changes = {"Surname": "Löve", "Mail": "c@x.example\nd@x.example", "Login": None, "Manager": {"Name": READER}}
        executed(server, order(ChangeType.MODIFIED, changes, ada))
        entry = server.dump()[ada["Name"]]
        assert (entry["sn"], entry["mail"]) == (["Löve".encode()], [b"c@x.example", b"d@x.example"])
        assert entry["manager"] == [READER.encode()]
        assert "uid" not in entry
        executed(server, order(ChangeType.MODIFIED, {"Manager": None, "Login": ""}, ada))
        assert "manager" not in server.dump()[ada["Name"]]

    def test_groups_by_difference(self, server: Slapd, ada: dict[str, Any]) -> None:
        changes = {
            "Groups_add": [{"Name": f"cn=y,{GROUPS}"}, {"Name": f"cn=z,{GROUPS}"}],
            "Groups_remove": [{"Name": f"CN=x, {GROUPS}"}],
        }
        executed(server, order(ChangeType.MODIFIED, changes, ada))
        content = server.dump()
        assert content[ada["Name"]]["memberof"] == [f"cn={n},{GROUPS}".encode() for n in "yz"]
        assert [content[f"cn={n},{GROUPS}"]["member"] for n in "xyz"] == [
            [READER.encode()],
            *[sorted([READER.encode(), ada["Name"].encode()])] * 2,
        ]
        writes = server.writes()
        message = executed(server, order(ChangeType.MODIFIED, changes, ada))
        assert "not a member of CN=x" in message and f"already a member of cn=y,{GROUPS}" in message
        assert (server.dump(), server.writes()) == (content, writes)

    def test_a_group_that_is_not_there_stops_nobody_else(self, server: Slapd, ada: dict[str, Any]) -> None:
        changes = {"Surname": "New", "Groups_add": [{"Name": f"cn=no,{GROUPS}"}, {"Name": f"cn=z,{GROUPS}"}]}
        message = refused(server, order(ChangeType.MODIFIED, changes, ada))
        assert f"put into cn=no,{GROUPS}: noSuchObject (32)" in message and "done before: modify" in message
        content = server.dump()
        assert ada["Name"].encode() in content[f"cn=z,{GROUPS}"]["member"]
        assert content[ada["Name"]]["sn"] == [b"New"]

    def test_the_last_member_stays(self, server: Slapd, ada: dict[str, Any]) -> None:
        server.modify(f"dn: cn=x,{GROUPS}\nchangetype: modify\ndelete: member\nmember: {READER}\n")
        leave = order(ChangeType.MODIFIED, {"Groups_remove": [{"Name": f"cn=x,{GROUPS}"}]}, ada)
        assert "a group needs at least one member" in refused(server, leave)
        emptied = order(ChangeType.MODIFIED, {"Members_remove": [ada]}, {"Name": f"cn=x,{GROUPS}"}, type=GROUP)
        assert "a group needs at least one member" in refused(server, emptied)
        assert server.dump()[f"cn=x,{GROUPS}"]["member"] == [ada["Name"].encode()]

    def test_members_of_the_group_itself_by_difference(self, server: Slapd, ada: dict[str, Any]) -> None:
        executed(server, *(add(f"M{number}", str(number)) for number in range(50)))
        people = [{"Name": f"cn=M{number},{PEOPLE}"} for number in range(50)]
        changes = {
            "Members_add": [*people, ada],
            "Members_remove": [{"Name": READER}, {"Name": f"cn=Gone,{PEOPLE}"}],
            "About": "fifty",
        }
        message = executed(server, order(ChangeType.MODIFIED, changes, {"Name": f"cn=x,{GROUPS}"}, type=GROUP))
        assert "as wanted already" in message
        entry = server.dump()[f"cn=x,{GROUPS}"]
        assert set(entry["member"]) == {each["Name"].encode() for each in [*people, ada]}
        assert entry["description"] == [b"fifty"]

    def test_rename_move_and_modify_in_one(self, server: Slapd, ada: dict[str, Any]) -> None:
        executed(server, order(ChangeType.ADDED, {"Name": f"ou=Pier\\, 7,{PEOPLE}"}, type=UNIT))
        pier = f"ou=Pier\\2C 7,{PEOPLE}"
        changes = {
            "CommonName": "Ada (née), Byron",
            "Container": {"Name": pier},
            "Surname": "Byron",
            "Groups_add": [{"Name": f"cn=y,{GROUPS}"}],
            "Groups_remove": [{"Name": f"cn=x,{GROUPS}"}],
        }
        one = order(ChangeType.MODIFIED, changes, ada)
        executed(server, one)
        content = server.dump()
        (name,) = [dn for dn, entry in content.items() if entry.get("entryuuid") == [ada["Uuid"].encode()]]
        entry = content[name]
        assert entry["cn"] == ["Ada (née), Byron".encode()]
        assert name.endswith(f",{pier}") and entry["sn"] == [b"Byron"]
        assert entry["memberof"] == [f"cn=y,{GROUPS}".encode()]
        assert content[f"cn=x,{GROUPS}"]["member"] == [READER.encode()]
        executed(server, one)
        again = server.dump()
        assert again.keys() == content.keys() and again[name]["cn"] == entry["cn"]
        assert again[f"cn=y,{GROUPS}"]["member"] == content[f"cn=y,{GROUPS}"]["member"]

    def test_a_given_dn_renames_and_names_but_once(self, server: Slapd, ada: dict[str, Any]) -> None:
        changes = {"Name": f"cn=Augusta,{GROUPS}", "CommonName": "Augusta", "Login": "aug"}
        executed(server, order(ChangeType.MODIFIED, changes, ada))
        entry = server.dump()[f"cn=Augusta,{GROUPS}"]
        assert (entry["cn"], entry["uid"]) == ([b"Augusta"], [b"aug"])

    def test_a_change_of_case_is_a_rename(self, server: Slapd, ada: dict[str, Any]) -> None:
        executed(server, order(ChangeType.MODIFIED, {"CommonName": "ADA"}, ada))
        assert server.dump()[f"cn=ADA,{PEOPLE}"]["cn"] == [b"ADA"]

    def test_rename_onto_somebody_else_changes_nothing(self, server: Slapd, ada: dict[str, Any]) -> None:
        executed(server, add("Bob", "2"))
        before = server.dump()
        message = refused(server, order(ChangeType.MODIFIED, {"CommonName": "Bob", "Surname": "X"}, ada))
        assert "entryAlreadyExists (68)" in message
        assert server.dump() == before

    def test_an_entry_that_moved_is_found_by_its_key(self, server: Slapd, ada: dict[str, Any]) -> None:
        server.modify(f"dn: {ada['Name']}\nchangetype: modrdn\nnewrdn: cn=Elsewhere\ndeleteoldrdn: 1\n")
        executed(server, add("Ada", "2", Surname="Other"))  # somebody else has the old name now
        executed(server, order(ChangeType.MODIFIED, {"Surname": "Found"}, ada))
        content = server.dump()
        assert content[f"cn=Elsewhere,{PEOPLE}"]["sn"] == [b"Found"]
        assert content[ada["Name"]]["sn"] == [b"Other"]

    def test_an_entry_that_is_gone(self, server: Slapd, ada: dict[str, Any]) -> None:
        server.modify(f"dn: {ada['Name']}\nchangetype: delete\n")
        assert "was not found" in refused(server, order(ChangeType.MODIFIED, {"Surname": "X"}, ada))
        nobody = order(ChangeType.MODIFIED, {"Surname": "X"}, {})
        assert "does not say which entry" in refused(server, nobody)

    def test_a_key_that_many_have(self, server: Slapd, ada: dict[str, Any]) -> None:
        executed(server, *(add(f"Twin {n}", str(n), Login="twin") for n in range(3)))
        properties = tuple(
            FulfilProperty(property="Login", column="uid", is_key=True) if each.property == "Login" else each
            for each in PERSON.properties
            if each.property != "Uuid"
        )
        types = (msgspec.structs.replace(PERSON, properties=properties),)
        before = server.dump()
        one = order(ChangeType.DELETED, {}, {"Login": "twin"})
        (result,) = connector(settings(server.uri)).fulfil(iter([one]), types)
        assert result.outcome is Outcome.ERRORED and "must be unique" in result.message
        assert server.dump() == before

    def test_a_key_is_a_value_and_no_filter(self, server: Slapd, ada: dict[str, Any]) -> None:
        before = server.dump()
        for hostile in ("*", "*)(uid=*", "x)(|(cn=*)", "\\2a", "\x00"):
            fulfil(server, order(ChangeType.DELETED, {}, {"Name": "", "Uuid": hostile}))
        assert server.dump() == before

    def test_flags_change_alone(self, server: Slapd, ada: dict[str, Any]) -> None:
        executed(server, order(ChangeType.MODIFIED, {"Second": "1"}, ada))
        assert server.dump()[ada["Name"]]["employeetype"] == [b"514"]
        executed(server, order(ChangeType.MODIFIED, {"Second": "0", "Tenth": "0"}, ada))
        assert server.dump()[ada["Name"]]["employeetype"] == [b"0"]

    def test_the_naming_attribute_alone_is_refused_with_a_hint(self, server: Slapd) -> None:
        executed(server, order(ChangeType.ADDED, {"Name": f"ou=One,{SUFFIX}"}, type=UNIT))
        message = refused(server, order(ChangeType.MODIFIED, {"Title": "Two"}, {"Name": f"ou=One,{SUFFIX}"}, type=UNIT))
        assert "IsRDNProperty" in message


class TestDelete:
    def test_gone_and_out_of_groups(self, server: Slapd, ada: dict[str, Any]) -> None:
        one = order(ChangeType.DELETED, {}, ada)
        assert executed(server, one) == ""
        content = server.dump()
        assert ada["Name"] not in content
        assert content[f"cn=x,{GROUPS}"]["member"] == [READER.encode()]
        assert "no such entry" in executed(server, one)
        assert server.dump() == content

    def test_a_new_entry_under_the_old_name_is_left_alone(self, server: Slapd, ada: dict[str, Any]) -> None:
        server.modify(f"dn: {ada['Name']}\nchangetype: delete\n")
        executed(server, add("Ada", "2", Surname="Other"))
        assert "no such entry" in executed(server, order(ChangeType.DELETED, {}, ada))
        assert server.dump()[ada["Name"]]["sn"] == [b"Other"]

    def test_what_has_children_needs_tree_delete(self, server: Slapd, ada: dict[str, Any]) -> None:
        before = server.dump()
        careful = msgspec.structs.replace(UNIT, use_tree_delete=False)
        one = order(ChangeType.DELETED, {}, {"Name": PEOPLE}, type=UNIT)
        (result,) = connector(settings(server.uri)).fulfil(iter([one]), (careful,))
        assert "notAllowedOnNonLeaf (66)" in result.message and "UseTreeDelete" in result.message
        assert server.dump() == before

    def test_a_tree_goes_deepest_first(self, server: Slapd) -> None:
        names = [f"ou=c,ou=b,ou=a,{PEOPLE}", f"ou=b,ou=a,{PEOPLE}", f"ou=a,{PEOPLE}"]
        executed(server, *(order(ChangeType.ADDED, {"Name": n}, type=UNIT, id=n) for n in reversed(names)))
        executed(
            server,
            *(order(ChangeType.ADDED, {"Name": f"ou=leaf {n},{names[0]}"}, type=UNIT, id=str(n)) for n in range(100)),
        )
        executed(server, order(ChangeType.DELETED, {}, {"Name": names[-1]}, type=UNIT))
        assert not [dn for dn in server.dump() if "ou=a," in dn]


class TestManyOrders:
    def test_orders_of_one_entry_keep_their_order(self, server: Slapd, ada: dict[str, Any]) -> None:
        orders = [order(ChangeType.MODIFIED, {"Surname": f"S{n}"}, ada, id=f"a{n}") for n in range(100)]
        orders += [add(f"N{n}", f"n{n}") for n in range(100)]
        executed(server, *orders)
        assert server.dump()[ada["Name"]]["sn"] == [b"S99"]

    def test_what_depends_on_another_order_waits_for_it(self, server: Slapd) -> None:
        unit, team = f"ou=Crew,{SUFFIX}", f"cn=crew,ou=Crew,{SUFFIX}"
        orders = [order(ChangeType.ADDED, {"Name": unit}, type=UNIT, id="unit")]
        orders.append(order(ChangeType.ADDED, {"Name": team, "Members_add": [{"Name": READER}]}, type=GROUP, id="team"))
        orders += [add(f"C{n}", str(n), Container={"Name": unit}, Groups_add=[{"Name": team}]) for n in range(200)]
        executed(server, *orders)
        content = server.dump()
        assert len(content[team]["member"]) == 201
        going = [order(ChangeType.DELETED, {}, {"Name": f"cn=C{n},{unit}"}, id=str(n)) for n in range(200)]
        going.append(order(ChangeType.DELETED, {}, {"Name": team}, type=GROUP, id="team"))
        careful = (PERSON, GROUP, msgspec.structs.replace(UNIT, use_tree_delete=False))
        going.append(order(ChangeType.DELETED, {}, {"Name": unit}, type=UNIT, id="unit"))
        results = list(connector(settings(server.uri)).fulfil(iter(going), careful))
        assert {each.outcome for each in results} == {Outcome.EXECUTED}
        assert unit not in server.dump()

    def test_what_an_earlier_order_renamed_is_found(self, server: Slapd, ada: dict[str, Any]) -> None:
        swap = f"cn=swap,{GROUPS}"
        x, y = (f"cn={name},{GROUPS}" for name in "xy")
        orders = [
            order(ChangeType.MODIFIED, {"Name": new}, {"Name": old}, type=GROUP, id=f"{old} {new}")
            for old, new in ((x, swap), (y, x))
        ]
        orders.append(order(ChangeType.ADDED, {"Name": f"ou=Pier,{SUFFIX}"}, type=UNIT, id="pier"))
        orders.append(order(ChangeType.MODIFIED, {"Name": f"ou=Crew,ou=Pier,{SUFFIX}"}, {"Name": PEOPLE}, type=UNIT))
        orders.append(order(ChangeType.MODIFIED, {"Surname": "Moved"}, {"Name": ada["Name"]}, id="ada"))
        orders.append(add("Bob", "bob", Manager=ada, Groups_add=[{"Name": x}]))
        orders.append(add("Eve", "eve", Groups_add=[{"Name": y}]))
        executed(server, *orders)
        crew = f"ou=Crew,ou=Pier,{SUFFIX}"
        content = server.dump()
        assert content[f"cn=Ada,{crew}"]["sn"] == [b"Moved"]
        assert content[f"cn=Bob,{crew}"]["manager"] == [f"cn=Ada,{crew}".encode()]
        assert content[f"cn=Bob,{crew}"]["memberof"] == [swap.encode()]
        assert content[f"cn=Eve,{crew}"]["memberof"] == [x.encode()]

    def test_one_failure_stops_nobody_else(self, server: Slapd) -> None:
        orders = [add(f"N{n}", str(n), **({"Surname": None} if n % 10 == 0 else {})) for n in range(100)]
        results = fulfil(server, *orders)
        failed = {id for id, each in results.items() if each.outcome is Outcome.ERRORED}
        assert failed == {str(n) for n in range(0, 100, 10)}
        assert len([dn for dn in server.dump() if dn.startswith("cn=N")]) == 90

    def test_a_server_that_dies_is_unreachable_and_a_second_run_finishes(self, server: Slapd) -> None:
        orders = [add(f"N{n}", str(n)) for n in range(500)]
        seen: list[Result] = []
        with pytest.raises(Unreachable):
            for result in connector(settings(server.uri)).fulfil(iter(orders), TYPES):
                seen.append(result)
                if len(seen) == 20:
                    server.kill()
        server.start()
        there = {dn: entry for dn, entry in server.dump().items() if dn.startswith("cn=N")}
        assert {f"cn=N{result.order},{PEOPLE}" for result in seen} <= there.keys()
        assert len(there) < 500
        executed(server, *orders)
        content = {dn: entry for dn, entry in server.dump().items() if dn.startswith("cn=N")}
        assert len(content) == 500
        assert there.items() <= content.items(), "what was there already was written again"

    def test_a_read_only_account_is_refused_by_the_servers_word(self, server: Slapd) -> None:
        message = refused(server, add("Ada"), login=READER, password=Secret(READER_PASSWORD))
        assert "insufficientAccessRights (50)" in message
