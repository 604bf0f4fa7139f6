"""Launch, choice and access with Open edX's own LTI 1.3 classes, in an environment of their own.

Their pins are not ours, so this runs only where `OPENEDX_PYTHON` names an interpreter with
lti-consumer-xblock 11.4.4, Django 5.2 and cryptography.
"""

import json
import os
import subprocess
import urllib.parse

import httpx
import pytest
from joserfc import jwk

from grader.lti import platforms, service_access
from grader.service import lti_platforms
from grader.store import lti_platforms as stored
from tests.support.lms import SITE, Classroom, Lms, field

PYTHON = os.environ.get("OPENEDX_PYTHON", "")
pytestmark = pytest.mark.skipif(
    not PYTHON, reason="OPENEDX_PYTHON names no interpreter with lti-consumer-xblock and Django 5.2"
)


@pytest.fixture(scope="module")
def edx():
    from tests.support import running_service

    script = running_service.ROOT / "tests" / "support" / "openedx_lms.py"
    process = subprocess.Popen([PYTHON, script, SITE], stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(10)
    process.stdout.close()


@pytest.fixture(scope="module")
def lms():
    running = Lms()
    yield running
    running.stop()


@pytest.fixture
def room(store, uploads, course, lms, edx):
    made = Classroom(store, uploads, course, lms, register=False)
    given = platforms.Registration(
        edx, "passport-1", f"{edx}/auth", f"{edx}/token", f"{edx}/jwks", deployments=("1",)
    )
    stored.add(store, given, "test")
    (key,) = made.browser.get("/lti/jwks").json()["keys"]
    pem = jwk.RSAKey.import_key(key).as_pem(private=False).decode()
    httpx.post(f"{edx}/knows", content=json.dumps({"pem": pem}))
    assert come(made, edx, "student").status_code == 403
    made.accept()
    return made


def come(room, edx, role, **more):
    login = httpx.get(f"{edx}/login", params={"role": role, **more}).json()["url"]
    left = room.browser.get(login.removeprefix(SITE), follow_redirects=False)
    assert left.status_code == 302, left.text
    fields = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(left.headers["location"]).query))
    sent = httpx.get(f"{edx}/auth", params={**fields, "role": role}).json()
    return room.bring(fields["state"], sent["id_token"])


def test_student_of_open_edx_is_signed_in(room, edx):
    assert come(room, edx, "student").headers["location"] == "/"
    assert room.who() == ("ann", "student")


def test_teacher_of_open_edx_chooses_a_homework(room, edx):
    answer = come(room, edx, "instructor", type="LtiDeepLinkingRequest")
    form = {"ticket": field(answer, "ticket"), "homework": "hw"}
    page = room.browser.post("/lti/choose", data=form)
    said = httpx.post(f"{edx}/choice", content=json.dumps({"JWT": field(page, "JWT")})).json()
    assert [one["custom"] for one in said["items"]] == [{"homework": "hw"}]


def test_open_edx_takes_our_proof_of_identity(room):
    (platform,) = lti_platforms.every(room.services)
    access = lti_platforms.access(room.services, platform)
    assert access.known.access_token(platform, access.key, [service_access.SCORES])
