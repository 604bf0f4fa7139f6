"""A term's data: its people, two homeworks as they are published, and what students submit.

Shared by the test that plays the term in a browser and the one that plays it by HTTP alone. The
story: the reference and a hidden test of `hw1` take the lower of two middle values for the median,
where the handout asks for their mean; a third version fixes both.
"""

from grader.assignment import bundle

COURSE = "dl-2027"
TITLE = "Deep Learning"
ROSTER = """\
login,name,email,role,section
ann,Ann Lee,ann@u.example,student,A
bob,Bob Ray,bob@u.example,student,A
cleo,Cleo Diaz,cleo@u.example,student,B
dan,Dan Ek,dan@u.example,student,B
tim,Tim Ta,tim@u.example,TA,
tess,Tess Ta,tess@u.example,TA,
"""
STUDENTS = ("ann", "bob", "cleo", "dan")
MARKERS = ("tess", "tim")
RUBRIC = ("Says when they differ", "Has a plot")

MANIFEST = """\
slug = "hw1"
title = "Summary statistics"
course = "Deep Learning"
total_points = 14

[submission]
required = ["stats.py"]
optional = ["report.pdf"]

[schedule]
time_zone = "America/Chicago"
due = 2030-02-01T23:59:00-06:00
late = { percent = 10, cutoff_h = 720 }

[[task]]
id = "1a"
title = "Mean"
points = 4
one_visibility = "students see all of it"

[[task]]
id = "1b"
title = "Median"
points = 6
one_visibility = "nothing else of it is to be seen"

[[task]]
id = "2"
title = "When do they differ?"
points = 4
kind = "manual"
rubric = [
  { text = "Says when they differ", points = 3 },
  { text = "Has a plot", points = 1 },
]
"""
TYPO = ("points = 6", "piont = 6")
PUBLIC = '''\
"""What students also get."""

from grader.suite import close, task


@task("1a", hint="Divide by how many numbers there are.")
def test_mean_of_three(student):
    close(student.stats.mean([1.0, 2.0, 6.0]), 3.0)
'''
HIDDEN = '''\
"""What students never see."""

from grader.suite import close, task


@task("1b")
def test_median_of_an_odd_count(student):
    close(student.stats.median([9.0, 1.0, 2.0]), 2.0)


@task("1b")
def test_median_of_an_even_count(student):
    close(student.stats.median([4.0, 1.0, 2.0, 10.0]), 2.0)
'''
FIXED = ("10.0]), 2.0)", "10.0]), 3.0)")
MEAN = "def mean(x):\n    return sum(x) / len(x)\n\n\n"
MEDIAN = """\
def median(x):
    x, middle = sorted(x), len(x) // 2
    return x[middle] if len(x) % 2 else (x[middle - 1] + x[middle]) / 2
"""
LOWER = "def median(x):\n    return sorted(x)[(len(x) - 1) // 2]\n"
TEMPLATE = "def mean(x):\n    ...\n\n\ndef median(x):\n    ...\n"

MANIFEST_2 = """\
slug = "hw2"
title = "Spread"
course = "Deep Learning"
total_points = 5

[submission]
required = ["spread.py"]

[team]
size = 2

[[task]]
id = "1"
title = "Range"
points = 5
one_visibility = "students see all of it"
"""
PUBLIC_2 = '''\
"""What students also get."""

from grader.suite import close, task


@task("1")
def test_spread_is_largest_less_smallest(student):
    close(student.spread.spread([3.0, 1.0, 8.0]), 7.0)
'''
SPREAD = "def spread(x):\n    return max(x) - min(x)\n"

TEAM = ("ann", "cleo")  # for hw2; the second accepts and submits

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\xff"
# Who submits what for hw1: the mean as asked; only Bob's median is the lower one.
WORK = {
    "ann": {"stats.py": (MEAN + MEDIAN).encode(), "report.pdf": PDF + b"\n% Ann"},
    "bob": {"stats.py": (MEAN + LOWER).encode(), "report.pdf": PDF + b"\n% Bob"},
    "cleo": {"stats.py": (MEAN.replace("len(x)", "2") + MEDIAN).encode()},
    "dan": {"stats.py": (MEDIAN + MEAN).encode(), "report.pdf": PDF + b"\n% Dan"},
}
# Points of the tests, by the first version that students see and by the fixed one.
BEFORE = {"ann": 7, "bob": 10, "cleo": 3, "dan": 7}
GRADES = {"ann": 14, "bob": 13, "cleo": 9, "dan": 13}  # at the end, with marks
AFTER = {"ann": 10, "bob": 7, "cleo": 6, "dan": 10}


def hw1(*, typo: bool = False, fixed: bool = False) -> bytes:
    """The first homework as one zip: with a typo in its manifest, as given out, or fixed."""
    files = {
        "tests/suites/hw1/assignment.toml": MANIFEST.replace(*TYPO) if typo else MANIFEST,
        "tests/suites/hw1/public/test_mean.py": PUBLIC,
        "tests/suites/hw1/hidden/test_median.py": HIDDEN.replace(*FIXED) if fixed else HIDDEN,
        "reference/hw1/stats.py": MEAN + (MEDIAN if fixed else LOWER),
        "student_template/hw1/stats.py": TEMPLATE,
    }
    return _bundle("hw1", files)


def hw2(manifest: str = MANIFEST_2) -> bytes:
    """The second homework as one zip."""
    files = {
        "tests/suites/hw2/assignment.toml": manifest,
        "tests/suites/hw2/public/test_spread.py": PUBLIC_2,
        "reference/hw2/spread.py": SPREAD,
        "student_template/hw2/spread.py": "def spread(x):\n    ...\n",
    }
    return _bundle("hw2", files)


def _bundle(slug: str, files: dict[str, str]) -> bytes:
    return bundle.Bundle(slug, {name: text.encode() for name, text in files.items()}).content()
