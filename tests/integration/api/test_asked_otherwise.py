"""Requests as people really send them: with a slash, without a header, without a file name."""

import pytest

from tests.support.api_client import FILES, UPLOAD, Api, problem


@pytest.fixture
def api(store, uploads, course):
    return Api(store, uploads, course)


def test_upload_to_the_path_with_a_slash_is_taken(api):
    answer = api.client.post(
        f"{UPLOAD}/", files=FILES, headers=api.headers("ann"), follow_redirects=False
    )
    assert answer.status_code == 202


def test_multipart_is_known_in_any_case(api):
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="layers.py"\r\n\r\nok\r\n'
    headers = {"Content-Type": "Multipart/Form-Data; boundary=b"} | api.headers("ann")
    answer = api.client.post(UPLOAD, content=body + b"--b--\r\n", headers=headers)
    assert answer.status_code == 202


def test_part_without_a_file_name_says_how_curl_sends_one(api):
    answer = api.client.post(UPLOAD, files={"file": (None, "hw.zip")}, headers=api.headers("ann"))
    assert "-F files=@hw.zip" in problem(answer, 422)["detail"]


def test_json_without_its_content_type_says_so(api):
    answer = api.client.post(
        "/api/users/ann/tokens", content=b'{"days": 1}', headers=api.headers("ann")
    )
    (reason,) = problem(answer, 422)["reasons"]
    assert "Content-Type: application/json" in reason


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/assignments", "/openapi.json"])
def test_head_is_answered_as_get_is(api, path):
    headers = api.headers("ann")
    answer = api.client.head(path, headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == api.get(path).headers["content-type"]


def test_refused_extension_speaks_of_no_upload(api):
    answer = api.client.put(
        "/api/assignments/hw/extensions/ann",
        json={"due": "2030-01-01T00:00:00Z", "reason": "ill"},
        headers=api.headers("eve"),
    )
    body = problem(answer, 422)
    assert "upload" not in body["detail"]
    assert "due date" in body["detail"]


def test_misspelt_field_gives_no_token_of_the_widest_scope(api):
    answer = api.client.post(
        "/api/users/ann/tokens", json={"scop": "read"}, headers=api.headers("ann")
    )
    (reason,) = problem(answer, 422)["reasons"]
    assert "did you mean `scope`?" in reason
    assert len(api.get("/api/users/ann/tokens").json()["tokens"]) == 1


def test_every_body_refuses_what_it_does_not_know(api):
    described = api.client.get("/openapi.json").json()
    schemas = described["components"]["schemas"]
    bodies = {
        one["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for path in described["paths"].values()
        for one in path.values()
        if "application/json" in one.get("requestBody", {}).get("content", {})
    }
    assert len(bodies) > 20
    assert {n: schemas[n].get("additionalProperties") for n in bodies} == dict.fromkeys(
        bodies, False
    )


def test_misspelt_parameter_is_refused_with_the_nearest_that_exists(api):
    answer = api.get("/api/audit?assigment=hw", "eve")
    (reason,) = problem(answer, 422)["reasons"]
    assert "`assigment` in the address is not known here; did you mean `assignment`?" in reason


def test_parameter_of_a_route_without_any_is_refused(api):
    (reason,) = problem(api.get("/api/messages?limit=1"), 422)["reasons"]
    assert "`limit` in the address is not known here" in reason


@pytest.mark.parametrize("due", [1e12, 5, True, None, "tomorrow", "2030-01-01"])
def test_extension_without_a_whole_date_is_told_how_one_is_written(api, due):
    answer = api.client.put(
        "/api/assignments/hw/extensions/ann", json={"due": due}, headers=api.headers("eve")
    )
    (reason,) = problem(answer, 422)["reasons"]
    assert reason.startswith("`due` must")
    assert "like 2026-" in reason
