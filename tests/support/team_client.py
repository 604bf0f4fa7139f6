"""A client of the API for a homework with teams: who forms one, and what a table says."""

from grader.service import accounts
from tests.support.course_client import ASSIGNMENT, Staffed

TEAM = f"{ASSIGNMENT}/team"
TEAMS = f"{ASSIGNMENT}/teams"


class Teamed(Staffed):
    """A course with a homework for teams of two, and three more students."""

    def __init__(self, store, uploads, course):
        super().__init__(store, uploads, course)
        for name in ("cid", "dan", "eli"):
            self.tokens[name] = accounts.add_user(store, name, "student")
        self.tokens["tim"] = accounts.add_user(store, "tim", "ta")
        self.teamed()

    def teamed(self, schedule="", size=2):
        self.rubric(f"[schedule]\npublished = true\n{schedule}\n[team]\nsize = {size}\n")

    def invite(self, who, login):
        return self.send("POST", f"{TEAM}/invitations", who, login=login)

    def answer(self, who, login, word="accept"):
        return self.send("POST", f"{TEAM}/invitations/{login}/{word}", who)

    def form(self, *names):
        """A team, by invitation; a submission is the work of all of them."""
        first, *others = names
        for name in others:
            assert self.invite(first, name).status_code == 201
            answer = self.answer(name, first)
            assert answer.status_code == 200, answer.text
        return answer.json()["team"]["id"]

    def team(self, who):
        return self.get(TEAM, who).json()

    def members(self, who):
        team = self.team(who)["team"]
        return [one["login"] for one in team["members"]] if team else None

    def make(self, *names, who="eve"):
        return self.send("POST", TEAMS, who, members=list(names))

    def bring(self, data, query="", who="eve"):
        files = {"file": ("teams.csv", data)}
        path = f"{TEAMS}/import{query}"
        return self.client.post(path, files=files, headers=self.headers(who))
