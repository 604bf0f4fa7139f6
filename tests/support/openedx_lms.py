"""Open edX's LTI 1.3 classes as a server, in an environment of their own.

Run as `python openedx_lms.py SITE` by an interpreter that has lti-consumer-xblock 11.4.4, Django
5.2 and cryptography; prints its address when ready. It imports nothing of ours.
"""

import http.server
import json
import sys
import urllib.parse

import django
from django.conf import settings

SITE = sys.argv[1]
settings.configure(
    SECRET_KEY="x",
    PLATFORM_NAME="edX",
    LMS_ROOT_URL=SITE,
    LMS_BASE="lms.example",
    FEATURES={},
    USAGE_ID_PATTERN=".*",
    INSTALLED_APPS=[
        *("django.contrib.contenttypes", "django.contrib.auth", "waffle", "django_filters"),
        "rest_framework",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    USE_TZ=True,
)
django.setup()

from cryptography.hazmat.primitives import serialization  # noqa: E402  # after the settings
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402
from lti_consumer.data import Lti1p3LaunchData  # noqa: E402
from lti_consumer.lti_1p3 import consumer  # noqa: E402

KEY = rsa.generate_private_key(65537, 2048).private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.NoEncryption(),
)


class Platform(http.server.BaseHTTPRequestHandler):
    """One passport of one block."""

    tool = None
    sent = None

    def do_GET(self):
        path, _, query = self.path.partition("?")
        fields = dict(urllib.parse.parse_qsl(query))
        if path == "/jwks":
            self.answer(self.tool.get_public_keyset())
        elif path == "/login":
            data = Lti1p3LaunchData(
                user_id="7",
                user_role=fields["role"],
                config_id="c",
                resource_link_id="block-v1:U+DL+type@lti_consumer+block@1",
                message_type=fields.get("type", "LtiResourceLinkRequest"),
            )
            self.answer({"url": self.tool.prepare_preflight_url(data)})
        elif path == "/auth":
            self.tool.set_user_data("7", fields.pop("role"), "Ann Lee", "ann@u.example")
            self.tool.set_resource_link_claim("block-v1:U+DL+type@lti_consumer+block@1")
            self.tool.set_context_claim("course-v1:U+DL+2026", context_title="Deep Learning")
            self.answer(self.tool.generate_launch_request(fields))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.path == "/knows":
            type(self).tool = made(self.server.url, json.loads(body)["pem"])
            self.answer({})
        elif self.path == "/token":
            self.answer(self.tool.access_token(dict(urllib.parse.parse_qsl(body))))
        elif self.path == "/choice":
            token = json.loads(body)["JWT"]
            self.answer({"items": self.tool.check_and_decode_deep_linking_token(token)})

    def answer(self, document):
        content = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Say nothing."""


def made(url, tool_key):
    tool = consumer.LtiAdvantageConsumer(
        iss=url,
        lti_oidc_url=f"{SITE}/lti/login",
        lti_launch_url=f"{SITE}/lti/launch",
        client_id="passport-1",
        deployment_id="1",
        rsa_key=KEY.decode(),
        rsa_key_id="k",
        redirect_uris=[f"{SITE}/lti/launch"],
        tool_key=tool_key,
    )
    tool.enable_deep_linking(f"{SITE}/lti/launch", f"{url}/back")
    tool.enable_ags(f"{url}/columns", allow_programmatic_grade_interaction=True)
    return tool


server = http.server.HTTPServer(("127.0.0.1", 0), Platform)
server.url = f"http://127.0.0.1:{server.server_port}"
print(server.url, flush=True)  # noqa: T201  # read by the test
server.serve_forever()
