"""A small LMS on loopback, which says what each test has it say, and a browser between the two."""

import dataclasses
import html
import re
import threading
import time
import urllib.parse

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.testclient import TestClient
from joserfc import jwk, jwt

from grader.lti import connections, platforms, transport
from grader.notify import channels
from grader.service import accounts, adapters, lti_courses, lti_scores
from grader.store import lti_platforms as stored
from grader.web import site
from tests.support.course_client import Course

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBER = "http://purl.imsglobal.org/vocab/lis/v2/membership"
PERSON = "http://purl.imsglobal.org/vocab/lis/v2/institution/person"
SITE = "http://testserver"
SCOPES = [
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
]
ROSTER_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


def serving(app):
    """A running server of an application: its address, and what stops it."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)

    def stop():
        server.should_exit = True
        thread.join(5)

    return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", stop


def new_key(kid):
    return jwk.RSAKey.generate_key(2048, parameters={"kid": kid})


class Lms:
    """An LMS with one course, which can be told to lie."""

    def __init__(self):
        self.key = new_key("k1")
        self.other_key = new_key("k1")
        self.url, self.stop = serving(self.app())
        self.reset()

    def reset(self):
        self.keys = [self.key.as_dict(private=False)]
        self.client_id, self.deployment, self.context = "tool-1", "1", "course-1"
        self.people = []
        self.page_size = 0
        self.columns = {}
        self.query = ""  # of a column's address, as Moodle has one
        self.scores = []
        self.replies = []  # status codes for the next scores, instead of taking them
        self.after_taking = False  # the score is taken, and only the answer is lost
        self.token_requests = []
        self.granted = None
        self.asked = []
        self.registered = []

    def registration(self, **changes):
        given = platforms.Registration(
            self.url,
            self.client_id,
            f"{self.url}/auth",
            f"{self.url}/token",
            f"{self.url}/jwks",
            name="Campus",
        )
        return dataclasses.replace(given, **changes)

    def services(self, column=True):
        grades = {"scope": SCOPES, "lineitems": f"{self.url}/columns"}
        if column:
            grades["lineitem"] = f"{self.url}/columns/1{self.query}"
            self.columns.setdefault("1", {"id": grades["lineitem"], "label": "HW"})
        return {
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": grades,
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": f"{self.url}/members",
                "service_versions": ["2.0"],
            },
        }

    def claims(self, nonce, /, **changes):
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
            "sub": "u-1",
            "name": "Ann Lee",
            "email": "ann@u.example",
            f"{CLAIM}message_type": "LtiResourceLinkRequest",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}deployment_id": self.deployment,
            f"{CLAIM}target_link_uri": f"{SITE}/lti/launch",
            f"{CLAIM}roles": [f"{MEMBER}#Learner", f"{PERSON}#Instructor"],
            f"{CLAIM}context": {"id": self.context, "title": "Deep Learning"},
            f"{CLAIM}resource_link": {"id": "link-1", "title": "Homework"},
            **self.services(),
        }
        return {k: v for k, v in (claims | changes).items() if v is not None}

    def signed(self, claims, key=None, header=None):
        head = {"alg": "RS256", "kid": "k1", **(header or {})}
        head = {k: v for k, v in head.items() if v is not None}
        return jwt.encode(head, claims, key or self.key)

    def app(self):
        lms = FastAPI()
        for add_routes in (
            self._add_keys,
            self._add_roster,
            self._add_columns,
            self._add_scores,
            self._add_registration,
        ):
            add_routes(lms)
        return lms

    def _add_keys(self, lms):
        @lms.get("/jwks")
        def keys():
            self.asked.append("/jwks")
            return {"keys": self.keys}

        @lms.post("/token")
        async def token(request: Request):
            form = dict(await request.form())
            self.token_requests.append(form)
            scope = form["scope"] if self.granted is None else self.granted
            said = {"access_token": "secret-1", "token_type": "bearer", "expires_in": 3600}
            return said | {"scope": scope}

    def _add_roster(self, lms):
        @lms.get("/members")
        def members(request: Request, page: int = 1):
            assert request.headers["authorization"] == "Bearer secret-1"
            size = self.page_size or len(self.people) or 1
            part = self.people[(page - 1) * size : page * size]
            head = {"Content-Type": "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"}
            if page * size < len(self.people):
                head["Link"] = (
                    f'<{self.url}/members?page=1>; rel="first", '
                    f"<{self.url}/members?page={page + 1}>; rel=next"
                )
            return JSONResponse({"id": "x", "members": part}, headers=head)

    def _add_columns(self, lms):
        @lms.get("/columns")
        def columns():
            return list(self.columns.values())

        @lms.post("/columns")
        async def make(request: Request):
            assert request.headers["content-type"] == "application/vnd.ims.lis.v2.lineitem+json"
            number = str(len(self.columns) + 1)
            made = {**await request.json(), "id": f"{self.url}/columns/{number}{self.query}"}
            self.columns[number] = made
            return JSONResponse(made, 201)

    def _add_scores(self, lms):
        @lms.post("/columns/{number}/scores")
        async def score(number: str, request: Request):
            assert request.headers["authorization"] == "Bearer secret-1"
            assert request.headers["content-type"] == "application/vnd.ims.lis.v1.score+json"
            sent = await request.json()
            self.asked.append(str(request.url).removeprefix(self.url))
            reply = self.replies.pop(0) if self.replies else 0
            if reply and not self.after_taking:
                return Response(status_code=reply)
            before = [one for one in self.scores if one["userId"] == sent["userId"]]
            if before and before[-1]["timestamp"] >= sent["timestamp"]:
                return JSONResponse({"error": "a later score is there"}, 409)
            self.scores.append(sent)
            return Response(status_code=reply or 204)

        @lms.get("/columns/{number}/results")
        def results():
            newest = {one["userId"]: one for one in self.scores}  # everybody's, as Open edX does
            return [
                {
                    "userId": user,
                    "resultScore": one["scoreGiven"],
                    "resultMaximum": one["scoreMaximum"],
                }
                for user, one in newest.items()
            ]

    def _add_registration(self, lms):
        @lms.get("/.well-known/openid-configuration")
        def describe():
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/auth",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "registration_endpoint": f"{self.url}/register",
                "https://purl.imsglobal.org/spec/lti-platform-configuration": {
                    "product_family_code": "campus"
                },
            }

        @lms.post("/register")
        async def register(request: Request):
            sent = await request.json()
            self.registered.append((request.headers.get("authorization"), sent))
            tool = "https://purl.imsglobal.org/spec/lti-tool-configuration"
            return sent | {"client_id": "made-1", tool: {"deployment_id": "9"}}


class Classroom(Course):
    """Our service, connected with an LMS, and a browser that goes between them."""

    def __init__(self, store, uploads, course, lms, *, site_url=SITE, register=True):
        super().__init__(store, uploads, course)
        self.lms = lms
        app = self.client.app
        self.services = app.state.services = dataclasses.replace(
            app.state.services,
            views=adapters.views(),
            channels=channels.Channels(site=site_url),
            lti=connections.LmsConnections(transport.Transport(plain=True, limit_s=5)),
        )
        self.app = app
        self.tokens["root"] = accounts.add_user(store, "root", "admin")
        site.install(app, b"k" * 32, over_tls=site_url.startswith("https"))
        self.site_url = site_url
        self.registrar = lti_scores.Registrar(self.services)
        with store.transaction() as connection:
            connection.execute("UPDATE users SET email = name || '@u.example' WHERE name <> 'root'")
        if register:
            stored.add(store, lms.registration(), "test")
        self.browser = self.new_browser()

    def new_browser(self):
        return TestClient(self.app, base_url=self.site_url, raise_server_exceptions=False)

    def login(self, browser=None, headers=None, **changes):
        asked = {
            "iss": self.lms.url,
            "client_id": self.lms.client_id,
            "login_hint": "hint/1 &=",
            "lti_message_hint": '{"cmid": 1}',
            "target_link_uri": f"{SITE}/lti/launch",
        } | changes
        asked = {k: v for k, v in asked.items() if v is not None}
        return (browser or self.browser).get(
            "/lti/login", params=asked, headers=headers or {}, follow_redirects=False
        )

    def asked(self, answer):
        """What the browser brings to the LMS."""
        assert answer.status_code == 302, answer.text
        where = urllib.parse.urlsplit(answer.headers["location"])
        return dict(urllib.parse.parse_qsl(where.query))

    def bring(self, state, token, browser=None, headers=None, **more):
        return (browser or self.browser).post(
            "/lti/launch",
            data={"state": state, "id_token": token, **more},
            headers=headers or {},
            follow_redirects=False,
        )

    def launch(self, browser=None, headers=None, **changes):
        asked = self.asked(self.login(browser))
        token = self.lms.signed(self.lms.claims(asked["nonce"], **changes))
        return self.bring(asked["state"], token, browser, headers)

    def accept(self):
        """Let people enter by every course that a launch has come from."""
        root = accounts.find(self.store, self.tokens["root"]).within("main")
        for one in lti_courses.every(self.services, root):
            lti_courses.accept(self.services, root, one.id)

    def role(self, name):
        """What somebody is in the course; None who is not there, or has dropped it."""
        row = self.store.one(
            "SELECT role FROM enrolments e JOIN users u ON u.id = e.user_id"
            " WHERE u.name = %(name)s AND course = 'main' AND state = 'active'",
            name=name,
        )
        return row and row["role"]

    def connected(self):
        """After a first launch, which waits, and the instructor's yes."""
        assert self.launch().status_code == 403
        self.accept()
        return self

    def who(self, browser=None):
        text = (browser or self.browser).get("/").text
        found = re.search(r'<li class="who">(.*?) <small>\((\w+)\)', text)
        return found.groups() if found else None


def sentence(answer):
    """What a page says that something did not work."""
    found = re.search(r"<h1>That did not work</h1>\s*<p>(.*?)</p>", answer.text, re.DOTALL)
    assert found, answer.text
    return html.unescape(found[1])


def field(answer, name):
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, answer.text
    return html.unescape(found[1])
