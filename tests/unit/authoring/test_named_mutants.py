"""What a mistake in `mutants.toml` is called, and that all mutants are looked at."""

import pytest

from grader import errors, models
from grader.assignment import manifest
from grader.authoring import named_mutants
from tests.support import fakes_service as fakes

REFERENCE = models.FileTree({"layers.py": b"x = 1\ny = 1\n"})
FITS = {"name": "slip", "file": "layers.py", "tasks": ("1a",), "find": "x = 1", "replace": "x = 2"}


def faults_of(tmp_path, *mutants):
    rubric = manifest.load(fakes.course(tmp_path), fakes.SLUG).manifest
    specs = [named_mutants.NamedMutant(**(FITS | changes)) for changes in mutants]
    with pytest.raises(errors.SuiteError) as refused:
        named_mutants.check(specs, REFERENCE, rubric)
    return str(refused.value).splitlines()


def test_mutant_that_fits_is_fine(tmp_path):
    rubric = manifest.load(fakes.course(tmp_path), fakes.SLUG).manifest
    named_mutants.check([named_mutants.NamedMutant(**FITS)], REFERENCE, rubric)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tasks": ("1b",)}, "no automatic task is called '1b'; did you mean `1a`?"),
        ({"fair": {"1b": 1.0}}, "no automatic task is called '1b'; did you mean `1a`?"),
        ({"file": "layer.py"}, "the reference has no file 'layer.py'; did you mean `layers.py`?"),
        ({"find": "z"}, "its `find` stands 0 times in layers.py, not once; copy it with its"),
        ({"find": " = 1"}, "its `find` stands 2 times in layers.py, not once; include more"),
    ],
)
def test_mutant_that_does_not_fit_is_told_what_would(tmp_path, changes, said):
    (found,) = faults_of(tmp_path, changes)
    assert found.startswith("mutant 'slip': ")
    assert said in found


def test_all_mutants_that_do_not_fit_are_named_at_once(tmp_path):
    assert len(faults_of(tmp_path, {"find": "z"}, {}, {"file": "layer.py"})) == 2


def test_unknown_key_is_named_with_its_mutant_and_the_nearest_key(tmp_path):
    path = tmp_path / "mutants.toml"
    path.write_text('[[mutant]]\nname = "slip"\nfile = "a.py"\ntasks = []\nreplacement = "x"\n')
    with pytest.raises(errors.SuiteError, match='mutant "slip": there is no field `replacement`; '):
        named_mutants.load(path)
