"""JUnit XML as the programs read it that people have: the published tools themselves.

Each must find both tests, which one failed, why in its first line, and times that are numbers.
"""

import json
import subprocess

import pytest

from grader.exchange import junit
from tests.support import fakes_service as fakes
from tests.support import peers

FIRST_LINE = "nul"  # of what went wrong with `test_two`
LIMIT_S = 240


@pytest.fixture(scope="module")
def xml(tmp_path_factory):
    path = tmp_path_factory.mktemp("junit") / "report.xml"
    path.write_text(junit.to_xml(fakes.report()))
    return path


@pytest.fixture(scope="module")
def python():
    return peers.python("junitparser", "junit2html", "xunitparserx")


@pytest.fixture(scope="module")
def npm():
    return peers.npm(
        "junit-report-merger",
        "junit-to-ctrf",
        "test-results-parser",
        "junit-cli-report-viewer",
        "xunit-viewer",
    )


def run(*words, **options):
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT_S,
        **options,
    )
    assert "NaN" not in done.stdout
    return done.stdout


def test_junitparser(python, xml):
    code = (
        "import json, sys, junitparser as j; x = j.JUnitXml.fromfile(sys.argv[1]);"
        "print(json.dumps([x.tests, x.failures, x.time, [[c.name, c.time, [r.message for r in "
        "c.result]] for s in x for c in s]]))"
    )
    tests, failures, seconds, cases = json.loads(run(python / "python", "-c", code, xml))
    assert (tests, failures, seconds) == (2, 1, 0)
    assert cases[0] == ["test_one", 0, []]
    assert cases[1][2][0].startswith(FIRST_LINE)


def test_xunitparserx(python, xml):
    code = (
        "import json, sys, xunitparserx as x; found, _ = x.parse(open(sys.argv[1]));"
        "print(json.dumps([[c.methodname, c.result, c.time.total_seconds(), c.message] "
        "for c in found]))"
    )
    one, two = json.loads(run(python / "python", "-c", code, xml))
    assert one == ["test_one", "success", 0, None]
    assert (two[1], two[3].startswith(FIRST_LINE)) == ("failure", True)


def test_junit2html(python, xml, tmp_path):
    page = tmp_path / "report.html"
    run(python / "junit2html", xml, page)
    text = page.read_text()
    assert "NaN" not in text
    assert all(word in text for word in ("test_one", "test_two", FIRST_LINE))


def test_junit_report_merger(npm, xml, tmp_path):
    merged = tmp_path / "merged.xml"
    run(npm / ".bin/jrm", merged, xml)
    text = merged.read_text()
    assert '<testsuites tests="2" failures="1" errors="0" skipped="0" time="0' in text
    assert f'message="{FIRST_LINE}' in text


def test_junit_to_ctrf(npm, xml, tmp_path):
    converted = tmp_path / "ctrf.json"
    run(npm / ".bin/junit-to-ctrf", xml, "-o", converted)
    results = json.loads(converted.read_text())["results"]
    assert (results["summary"]["passed"], results["summary"]["failed"]) == (1, 1)
    one, two = results["tests"]
    assert (one["duration"], two["message"].startswith(FIRST_LINE)) == (0, True)


def test_test_results_parser(npm, xml):
    code = "const {parse} = require('test-results-parser');" + (
        f"console.log(JSON.stringify(parse({{type: 'junit', files: [{json.dumps(str(xml))}]}})))"
    )
    found = json.loads(run("node", "-e", code, cwd=npm.parent))
    assert (found["total"], found["passed"], found["failed"], found["duration"]) == (2, 1, 1, 0)
    one, two = found["suites"][0]["cases"]
    assert (one["status"], two["status"]) == ("PASS", "FAIL")
    assert two["failure"].startswith(FIRST_LINE)


def test_junit_cli_report_viewer(npm, xml):
    shown = run(npm / ".bin/junit-cli-report-viewer", xml)
    assert "Total number of failed tests: 1" in shown
    assert "test_two (0.000)" in shown


def test_xunit_viewer(npm, xml, tmp_path):
    shown = run(npm / ".bin/xunit-viewer", "-r", xml, "-o", tmp_path / "page.html", "-c")
    assert "1 failure, 1 passed" in shown
    assert FIRST_LINE in shown
