"""A platform made of `lti1p3platform`, which somebody else wrote, as a server on loopback."""

import json

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from joserfc import jwk
from lti1p3platform import (
    exceptions,
    ltiplatform,
    membership,
    message_launch,
    oidc_login,
    registration,
    score,
    service_connector,
)
from lti1p3platform import (
    request as requests,
)

from tests.support.lms import MEMBER, SITE, serving

PEOPLE = [
    {"user_id": f"p{n}", "roles": [f"{MEMBER}#Learner"], "email": f"p{n}@u.example"}
    for n in range(5)
]


class Asked(requests.Request):
    """A request in the library's words."""

    def build_metadata(self, request):
        return request


class Configuration(ltiplatform.LTI1P3PlatformConfAbstract):
    """One registration, of the tool under test."""

    def init_platform_config(self, **kwargs):
        self.made = kwargs["made"]

    def get_registration_by_params(self, **kwargs):
        return self.made


class Login(oidc_login.OIDCLoginAbstract):
    """The first step, which sends the browser to the tool."""

    def set_lti_message_hint(self, **kwargs):
        self._lti_message_hint = "hint-1"

    def get_redirect(self, url):
        return url


class Launch(message_launch.LTIAdvantageMessageLaunchAbstract):
    """The launch, which the browser carries to the tool."""

    def render_launch_form(self, launch_data, **kwargs):
        return launch_data


class Grades(service_connector.AssignmentsGradesService):
    """One column, `hw`, kept in memory."""

    columns: dict
    results: dict

    def find_lineitems(self, **kwargs):
        return {"content": list(self.columns.values()), "has_next": False}

    def find_lineitem(self, line_item_id):
        if line_item_id not in self.columns:
            raise exceptions.LineItemNotFoundException
        return self.columns[line_item_id]

    def create_lineitem(self, creation_data):
        number = str(len(self.columns) + 1)
        made = dict(creation_data) | {"id": f"{self.ags.lineitems_url}/{number}"}
        self.columns[number] = made
        return made

    def update_lineitem(self, update_data):
        raise NotImplementedError

    def delete_lineitem(self, line_item_id):
        raise NotImplementedError

    def update_score(self, line_item_id, score_):
        self.find_lineitem(line_item_id)
        before = self.results.get(score_["userId"])
        if before and before["timestamp"] >= score_["timestamp"]:
            return score.UpdateScoreStatus.OLD_TIMESTAMP
        score.ActivityProgress(score_["activityProgress"])
        score.GradeProgress(score_["gradingProgress"])
        self.results[score_["userId"]] = score_
        return score.UpdateScoreStatus.SUCCESS

    def get_results(self, line_item_id, **kwargs):
        return {"content": list(self.results.values()), "has_next": False}


class People(service_connector.NamesRoleProvisioningService):
    """Five people, on pages of two."""

    def get_context_by_id(self):
        return membership.Context(id="c", label="DL", title="Deep Learning")

    def get_member_data_page(self, page=1, limit=None, **kwargs):
        first = (int(page) - 1) * 2
        return {"content": PEOPLE[first : first + 2], "has_next": first + 2 < len(PEOPLE)}


class ForeignLms:
    """The platform, and what it has taken."""

    def __init__(self):
        self.columns, self.results = {}, {}
        self.url, self.stop = serving(self.app())
        key = jwk.RSAKey.generate_key(2048)
        self.made = (
            registration.Registration()
            .set_iss(self.url)
            .set_client_id("tool-7")
            .set_deployment_id("1")
            .set_oidc_login_url(f"{SITE}/lti/login")
            .set_launch_url(f"{SITE}/lti/launch")
            .set_deeplink_launch_url(f"{SITE}/lti/launch")
            .set_platform_public_key(key.as_pem(private=False).decode())
            .set_platform_private_key(key.as_pem(private=True).decode())
        )
        self.configuration = Configuration(made=self.made)
        self.configuration.get_registration()

    def knows(self, key_set):
        """The tool's keys; the library would fetch them from its address."""
        self.made.set_tool_key_set(key_set)

    def login_url(self):
        login = Login({}, self.configuration)
        login.set_lti_message_hint()
        return login.initiate_login("user-1")

    def answer(self, fields, role="Learner", *, choosing=False, **more):
        """What the browser brings to the tool after the platform's own page."""
        asked = {"method": "GET", "get_data": fields, "form_data": {}, "headers": {}}
        launch = Launch(Asked(asked), self.configuration)
        launch.set_user_data("user-1", [f"{MEMBER}#{role}"], "Ann Lee", "ann@u.example")
        launch.set_resource_link_claim("link-1", title="Homework")
        launch.set_launch_context_claim("c", context_title="Deep Learning")
        launch.set_custom_parameters_claim(more)
        launch.set_ags(f"{self.url}/columns", more.get("column"))
        launch.set_nrps(f"{self.url}/members")
        if choosing:
            launch.set_dl(f"{self.url}/back", "Choose", extra_data={"kept": 1})
        return launch.lti_launch()

    def chosen(self, token):
        """Content items of a deep linking response, checked by the library."""
        return self.configuration.validate_deeplinking_resp({"JWT": token})

    def app(self):
        lms = FastAPI()

        @lms.get("/jwks")
        def keys():
            return self.configuration.get_jwks()

        @lms.post("/token")
        async def token(request: Request):
            form = dict(await request.form())
            return self.configuration.get_access_token(form)

        @lms.get("/members")
        async def members(request: Request):
            query = {"limit": 2} | {k: int(v) for k, v in request.query_params.items()}
            service = People(await told(request, query), self.configuration, f"{self.url}/members")
            return answered(service.handle_resp(service.handle_get_members))

        @lms.api_route("/columns", methods=["GET", "POST"])
        async def columns(request: Request):
            service = await self.grades(request)
            if request.method == "POST":
                return answered(service.handle_resp(service.handle_create_lineitem))
            return answered(service.handle_resp(service.handle_get_lineitems))

        @lms.post("/columns/{number}/scores")
        async def scores(number: str, request: Request):
            service = await self.grades(request)
            return answered(service.handle_resp(service.handle_update_score, line_item_id=number))

        return lms

    async def grades(self, request):
        service = Grades(await told(request), self.configuration, f"{self.url}/columns")
        service.columns, service.results = self.columns, self.results
        return service


async def told(request, query=None):
    body = await request.body()
    return Asked(
        {
            "method": request.method,
            "get_data": {} if query is None else query,
            "form_data": {},
            "headers": {"Authorization": request.headers.get("authorization", "")},
            "content_type": request.headers.get("content-type"),
            "path": request.url.path,
            "json": json.loads(body) if body else None,
        }
    )


def answered(said):
    if said.result is None:
        return Response(status_code=said.code, content=said.message)
    result = said.result
    if isinstance(result, dict) and "content" in result:  # as its helper for Django does
        result = result["content"]
    return JSONResponse(result, said.code, media_type=said.media_type)
