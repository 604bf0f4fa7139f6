"""What students may change of a team, and the files that staff import."""

import datetime

import pytest

from grader import errors
from grader.course import team_table, teams

ANN, BOB, CID = (teams.TeamMember(i, name) for i, name in enumerate(("ann", "bob", "cid"), 1))
GONE = teams.TeamMember(4, "dora", active=False)
NOW = datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC)


def place(member, *others, submissions=0, number=1, sent=()):
    team = teams.Team(number, (member, *others), submissions) if others else None
    return teams.TeamPlace(member, team, (), tuple(sent))


def test_member_who_dropped_leaves_a_place_free():
    teams.require_invitable(place(ANN, GONE), place(BOB), 2)
    with pytest.raises(errors.Conflict, match="complete"):
        teams.require_invitable(place(ANN, CID), place(BOB), 2)


def test_classmate_of_the_same_team_is_not_invited_again():
    with pytest.raises(errors.Conflict, match="in your team already"):
        teams.require_invitable(place(ANN, BOB), place(BOB, ANN), 3)


def test_invitations_without_an_answer_are_bounded():
    sent = [teams.TeamInvitation(ANN, BOB, NOW)] * teams.MOST_INVITATIONS
    with pytest.raises(errors.Conflict, match="withdraw one"):
        teams.require_invitable(place(ANN, sent=sent), place(CID), 2)


def test_who_is_alone_in_a_team_may_join_another():
    teams.require_joinable(place(ANN, GONE), place(BOB, number=2), 2)
    with pytest.raises(errors.Conflict, match="leave it first"):
        teams.require_joinable(place(ANN, CID), place(BOB, number=2), 2)
    with pytest.raises(errors.Conflict, match="only the course staff"):  # they cannot leave it
        teams.require_joinable(place(ANN, GONE, submissions=1), place(BOB), 2)


def test_team_is_named_by_its_members():
    team = teams.Team(1, (ANN, BOB))
    assert team.title == "ann + bob"
    assert teams.TeamMember(1, "ann", "Ann Lee").shown_name == "Ann Lee (ann)"


def test_list_says_what_is_wrong_with_each_team():
    listed = {"Team 1": ["ann", "bob"], "Team Omega": ["cid"], "Team 3": ["bob", "dan"]}
    assert teams.faults(list(listed.items())) == [
        "Team Omega: only cid is in it; a team has 2 to 50 people.",
        "Team 3: bob is in an earlier team of the list.",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"ann,bob\ncid,dan,eli\n",
        b"\xef\xbb\xbfann;bob\r\n\r\ncid;dan;eli",
        b"team,login\n1,ann\n1,bob\n2,cid\n2,dan\n2,eli\n,zed\n",
        b"name,login_id,sections,group_name\nAnn,ann,A,x\nBob,bob,A,x\n"
        b"C,cid,B,y\nD,dan,B,y\nE,eli,B,y\nZ,zed,B\n",
        b'[["ann", "bob"], ["cid", "dan", "eli"]]',
        b'{"teams": [{"members": ["ann", "bob"]}, '
        b'{"members": [{"login": "cid"}, {"login": "dan"}, {"login": "eli"}]}]}',
        "ann,bob\ncid,dan,eli\n".encode("utf-16"),
    ],
)
def test_teams_are_read_from_every_form(data):
    found = [team.members for team in team_table.read(data)]
    assert found == [("ann", "bob"), ("cid", "dan", "eli")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no team"),
        (b"\n\n", "no team"),
        (b"team,who\n1,ann\n", "columns is missing"),
        (b"[1, 2]", "Write JSON as"),
        (b'{"groups": []}', "Write JSON as"),
        (b"[", "not JSON"),
        (b"\xff\x00\xfe", "UTF-8"),
        (b'ann,"bob\n', "not CSV"),
    ],
)
def test_what_is_no_list_of_teams_is_refused(data, words):
    with pytest.raises(errors.UploadRefused, match=words):
        team_table.read(data)


def test_list_has_bounds(monkeypatch):
    monkeypatch.setattr(team_table, "MAX_BYTES", 10)
    with pytest.raises(errors.UploadRefused, match="larger than"):
        team_table.read(b"ann,bob\ncid,dan\n")
    monkeypatch.undo()
    monkeypatch.setattr(team_table, "MAX_TEAMS", 1)
    with pytest.raises(errors.UploadRefused, match="at most 1 teams"):
        team_table.read(b"ann,bob\ncid,dan\n")
