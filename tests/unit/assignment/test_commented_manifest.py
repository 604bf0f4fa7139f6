"""The commented manifest names every key, and is a manifest itself."""

import re

import msgspec
import pytest

from grader import errors
from grader.assignment import commented_manifest, lateness, manifest, schedule

TABLES = (
    *(manifest.Manifest, manifest.SubmissionRules, manifest.Part, manifest.Task),
    *(manifest.RubricItem, manifest.Policy, manifest.Rule, manifest.Environment),
    *(manifest.Limits, manifest.Feedback, schedule.Schedule, lateness.Late),
)


def keys(text):
    return set(re.findall(r"^(?:# )?\[*([\w.]+)(?:\]| = )", text, re.MULTILINE))


def test_every_key_of_the_schema_is_there():
    found = {name.rpartition(".")[2] for name in keys(commented_manifest.text())}
    assert {field for table in TABLES for field in table.__struct_fields__} <= found


def test_it_is_a_manifest_as_it_stands(tmp_path):
    text = commented_manifest.text().encode()
    assert manifest.parse(text, tmp_path).task[0].id == "1a"


def test_it_decodes_with_every_optional_key_too():
    text = re.sub(r"^# (?=\[|\w+ = )", "", commented_manifest.text(), flags=re.MULTILINE)
    whole = msgspec.toml.decode(text, type=manifest.Manifest)
    assert whole.schedule.late.cutoff_h == 120
    assert whole.policy.rule[0].kind == "call"
    assert whole.task[0].facets == {"forward": 60, "backward": 40}


def test_values_that_are_allowed_and_meanings_are_told():
    text = commented_manifest.text()
    assert "one of import, call, output, signature, missing" in text
    assert "wall seconds the submission may use in one test" in text
    assert "in which days begin" in text


def test_word_of_the_commented_manifest_is_the_one_that_faults_name(tmp_path):
    text = commented_manifest.text().replace('runtime = "numpy"', 'runtime = "numpi"')
    text = text.replace("# runtime", "runtime")
    with pytest.raises(errors.SuiteError, match=r"did you mean `numpy`\? Possible: numpy, torch"):
        manifest.parse(text.encode(), tmp_path)
