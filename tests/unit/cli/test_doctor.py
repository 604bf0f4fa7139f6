"""What the doctor says of a machine that is not in order."""

import shutil
import time

import pytest

from grader import errors, settings
from grader.cli import doctor
from grader.sandbox import cgroup, selftest


def test_clock_that_was_never_set_is_found():
    with pytest.raises(errors.OperatorError, match="set it"):
        doctor.clock(0.0)
    assert doctor.clock(time.time())


def test_full_disk_is_found_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(errors.OperatorError, match="--data or TMPDIR"):
        doctor.disk(tmp_path / "not" / "yet" / "there")


def test_data_folder_that_is_a_file_is_found_with_what_to_do(tmp_path):
    (tmp_path / "data").touch()
    with pytest.raises(errors.OperatorError, match="name another with --data"):
        doctor.disk(tmp_path / "data")


def test_room_is_measured_where_the_folder_will_be(tmp_path):
    assert str(tmp_path) in doctor.disk(tmp_path / "data")


def test_clocks_that_are_apart_are_found():
    doctor.skew("engine", time.time())
    with pytest.raises(errors.OperatorError, match="60 s away"):
        doctor.skew("engine", time.time() - 60)


@pytest.mark.parametrize(
    ("found", "engine", "ok", "said"),
    [
        ("", "28.5.2", True, "none found"),
        ("1.29.2", "20.10.24+dfsg1", True, "Compose 1.29.2"),
        ("1.29.2", "26.1.5+dfsg1", False, "COMPOSE_API_VERSION=1.44"),
        ("2.26.1-4", "29.0.0", True, "Compose 2.26.1-4"),
    ],
)
def test_compose_that_does_not_fit_the_engine_is_found(found, engine, ok, said):
    finding = doctor.compose(found, engine)
    assert (finding.ok, finding.needed) == (ok, False)
    assert said in finding.said


@pytest.mark.parametrize(
    ("busy", "ok"), [(doctor.BUSY_TRIES - 1, True), (doctor.BUSY_TRIES, False)]
)
def test_machine_without_a_processor_to_spare_is_asked_a_few_times(monkeypatch, busy, ok):
    answers = [errors.MachineBusy("no processor to spare")] * busy + [
        cgroup.Readable(memory=True, cpu=True, peak=True)
    ] * ok

    def verify(*_):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(selftest, "verify", verify)
    found = list(doctor._sandbox(None, settings.Settings()))
    assert (found[0].ok, answers) == (ok, [])
