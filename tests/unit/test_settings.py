"""Settings from the environment and from files."""

import dataclasses
import re
from pathlib import Path

import pytest

from grader import errors, settings


def test_file_variable_gives_the_file_without_its_last_newline(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("pass word\n")
    found = settings.from_environment({"GRADER_DATABASE_PASSWORD_FILE": str(secret)})
    assert found.database_password == "pass word"


def test_any_setting_may_come_by_file(tmp_path):
    number = tmp_path / "port"
    number.write_text("81")
    assert settings.from_environment({"GRADER_PORT_FILE": str(number)}).port == 81


def test_missing_file_is_named():
    with pytest.raises(errors.OperatorError, match=r"GRADER_METRICS_TOKEN_FILE names /nowhere/x"):
        settings.from_environment({"GRADER_METRICS_TOKEN_FILE": "/nowhere/x"})


def test_value_and_file_at_once_are_refused(tmp_path):
    given = {"GRADER_PORT": "1", "GRADER_PORT_FILE": str(tmp_path / "x")}
    with pytest.raises(errors.OperatorError, match="set one"):
        settings.from_environment(given)


def test_unknown_file_variable_is_refused():
    with pytest.raises(errors.OperatorError, match="GRADER_PROT_FILE: no such setting"):
        settings.from_environment({"GRADER_PROT_FILE": "x"})


def test_what_compose_reads_is_no_unknown_setting():
    compose = (Path(__file__).parents[2] / "docker-compose.yml").read_text()
    read = set(re.findall(r"\$\{(GRADER_\w+)", compose))
    ours = {f"GRADER_{field.name.upper()}" for field in dataclasses.fields(settings.Settings)}
    assert read - ours == settings.DEPLOYMENT_VARIABLES
    settings.from_environment(dict.fromkeys(settings.DEPLOYMENT_VARIABLES, "x"))


def test_secrets_do_not_stand_in_the_words_of_settings():
    chosen = settings.Settings(database_password="hunter2", metrics_token="hunter3")
    assert "hunter" not in repr(chosen)


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("GRADER_PORT", "abc", "GRADER_PORT='abc': write a whole number from 0 to 65535"),
        ("GRADER_PORT", "99999", "GRADER_PORT=99999: write a whole number from 0 to 65535"),
        ("GRADER_WORKERS", "-1", "write a whole number from 0 up"),
        ("GRADER_POOL_SIZE", "2.5", "write a whole number from 0 up"),
        ("GRADER_MAX_ATTEMPTS", "0", "write a whole number from 1 up"),
        ("GRADER_RETENTION_DAYS", "-30", "write a whole number from 0 up"),
        ("GRADER_ROLE", "boss", "write one of all, api, worker"),
        ("GRADER_LOG_FORMAT", "xml", "write one of text, json"),
        (
            "GRADER_TRUSTED_PROXIES",
            "10.0.0.0/99",
            "'10.0.0.0/99' is neither an address nor a network",
        ),
    ],
)
def test_value_out_of_range_is_refused_with_the_range(variable, text, said):
    with pytest.raises(errors.OperatorError, match=re.escape(said)):
        settings.from_environment({variable: text})


def test_flag_out_of_range_is_refused_as_well():
    with pytest.raises(errors.OperatorError, match="GRADER_PORT=80000"):
        settings.chosen(port=80000)


def test_misspelt_variable_is_answered_with_the_nearest():
    with pytest.raises(errors.OperatorError, match=r"did you mean GRADER_PORT\?"):
        settings.from_environment({"GRADER_PROT": "1"})
