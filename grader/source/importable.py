"""What submissions may import in the sandbox: names, versions, and which imports have no answer.

Owns the table of the image's packages (the image itself is made from `.ci/sandbox.txt`; a test
keeps the two together) and finding the imports of a module that nothing there satisfies. What is
said about these is `intake.missing_imports`'s; the sandbox itself stands in for them, see
`rpc.missing_modules`.
"""

import ast
import difflib
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

_ADDED: Final = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[\w,-]+\])?==[A-Za-z0-9.!+*_-]+(?: as [A-Za-z_]\w*)?"
)
REQUIREMENTS: Final = "requirements.txt"
SIMILAR: Final = 0.8  # of difflib: "layrs" is "layers", "tqdm" is nothing else


class Package(NamedTuple):
    """A distribution in the image."""

    name: str
    version: str
    module: str


PACKAGES: Final = (
    Package("einops", "0.8.2", "einops"),
    Package("h5py", "3.16.0", "h5py"),
    Package("matplotlib", "3.11.2", "matplotlib"),
    Package("msgspec", "0.22.0", "msgspec"),
    Package("numpy", "2.4.6", "numpy"),
    Package("pandas", "3.1.1", "pandas"),
    Package("pyyaml", "6.0.4", "yaml"),
    Package("requests", "2.34.2", "requests"),
    Package("safetensors", "0.8.0", "safetensors"),
    Package("scikit-learn", "1.9.1", "sklearn"),
    Package("scipy", "1.17.1", "scipy"),
    Package("seaborn", "0.13.2", "seaborn"),
    Package("six", "1.17.0", "six"),
    Package("tensorboard", "2.21.0", "tensorboard"),
    Package("torch", "2.13.0", "torch"),
    Package("torchinfo", "1.8.0", "torchinfo"),
    Package("torchmetrics", "1.9.0", "torchmetrics"),
    Package("torchvision", "0.28.0", "torchvision"),
    Package("tqdm", "4.70.1", "tqdm"),
)
# What comes with them: there, but nothing that a course would tell its students to use.
_WITH_THEM: Final = frozenset(
    {
        *("PIL", "absl", "certifi", "charset_normalizer", "cloudpickle", "contourpy", "cycler"),
        *("dateutil", "filelock", "fontTools", "fsspec", "functorch", "google.protobuf", "grader"),
        *("idna", "isympy", "jinja2", "joblib", "kiwisolver", "lightning_utilities", "markdown"),
        *("markupsafe", "mpl_toolkits", "mpmath", "narwhals", "networkx", "packaging", "pylab"),
        *("pyparsing", "setuptools", "stage", "sympy", "threadpoolctl", "torchgen", "tzdata"),
        *("typing_extensions", "urllib3", "werkzeug"),
    }
)
# Of the standard library, but made for a screen or for Windows.
_NOT_THERE: Final = frozenset(
    {
        *("_tkinter", "ensurepip", "idlelib", "lib2to3", "msilib", "msvcrt", "nt", "tkinter"),
        *("turtle", "turtledemo", "winreg", "winsound"),
    }
)
# Of a submission's own module with such a name the sandbox would find the other.
TAKEN: Final = frozenset(
    sys.stdlib_module_names - _NOT_THERE
    | {package.module for package in PACKAGES}
    | {name for name in _WITH_THEM if "." not in name}
)
# Modules that are not called like their package, of packages that courses add.
_MODULES: Final = {
    "beautifulsoup4": "bs4",
    "opencv-contrib-python-headless": "cv2",
    "opencv-python": "cv2",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "python-dateutil": "dateutil",
    "scikit-image": "skimage",
    "umap-learn": "umap",
} | {package.name: package.module for package in PACKAGES}


@dataclass(frozen=True, slots=True)
class Unsatisfied:
    """An import at the top of a module that nothing in the sandbox answers.

    Attributes:
        similar: a file of the submission that may be meant; empty if none.
    """

    line: int
    module: str
    similar: str = ""


def modules(added: Sequence[str] = ()) -> list[str]:
    """What a course may tell its students to import, sorted.

    Args:
        added: the assignment's own packages, as in its manifest.
    """
    return sorted(
        {package.module for package in PACKAGES} | set(map(module_of, added)), key=str.lower
    )


def fault(packages: Sequence[str]) -> str:
    """Why an assignment cannot add these packages; empty if it can."""
    for added in packages:
        found = _ADDED.fullmatch(added)
        if found is None:
            return (
                f"{added!r} is not NAME==VERSION, or NAME==VERSION as MODULE where the module is "
                "not called like its package. A version makes the image the same next year."
            )
        if found["name"].lower() in {package.name for package in PACKAGES}:
            return f"{added!r} is in the image already, in one version for all assignments."
    return ""


def requirement_of(added: str) -> str:
    """A line of an assignment's packages as pip takes it."""
    return added.partition(" ")[0]


def module_of(added: str) -> str:
    """The module that a line brings: `timm` of `timm==1.0.9`, `x` of `x-headless==2 as x`."""
    requirement, _, said = added.partition(" as ")
    name = re.sub(r"[-_.]+", "-", requirement.partition("==")[0]).lower()
    return said or _MODULES.get(name, name.replace("-", "_"))


def requirements(added: Sequence[str]) -> bytes:
    """A `requirements.txt` of the packages that an assignment adds, for its students."""
    lines = (f"{requirement_of(each)}  # import {module_of(each)}\n" for each in added)
    return "".join(lines).encode()


def added_by(text: str) -> list[str]:
    """What `requirements` was made of, as `modules` takes it."""
    found = re.findall(r"^(\S+)  # import (\w+)$", text, re.MULTILINE)
    return [f"{requirement} as {module}" for requirement, module in found]


def unsatisfied(
    tree: ast.Module, own: Collection[str], added: Sequence[str] = ()
) -> list[Unsatisfied]:
    """Imports at the top of a module that fail in the sandbox, one for each line and module.

    Imports in functions cost only whoever calls these, and what stands in a `try` or a `with` has
    an answer to a failure, so neither is listed.

    Args:
        own: names of the modules and packages that the submission itself has.
    """
    known = {*sys.stdlib_module_names - _NOT_THERE, *_WITH_THEM, *modules(added)}
    found = dict.fromkeys(
        (line, _missing_part(name))
        for line, name in _imported(tree.body)
        if not _is_known(name, known) and name.partition(".")[0] not in own
    )
    return [Unsatisfied(line, name, similar(name, own)) for line, name in found]


def similar(module: str, own: Collection[str]) -> str:
    """The submission's own module that a name may be a misspelling of; empty if none."""
    first = module.partition(".")[0]
    return next(iter(difflib.get_close_matches(first, sorted(own), 1, SIMILAR)), "")


def relative(tree: ast.Module) -> Iterator[int]:
    """Lines of relative imports at the top of a module; in one without a package they fail."""
    for node in _statements(tree.body):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno


def _imported(body: Sequence[ast.stmt]) -> Iterator[tuple[int, str]]:
    """(line, dotted module or member) of absolute imports."""
    for node in _statements(body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """All that runs when a module is imported, but for what stands in a `try` or a `with`."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.For | ast.While):
            yield from _statements([*node.body, *node.orelse])
        elif isinstance(node, ast.ClassDef):
            yield from _statements(node.body)


def _is_known(name: str, known: Collection[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:n]) in known for n in range(1, len(parts) + 1))


def _missing_part(name: str) -> str:
    """`tqdm` of `tqdm.auto`; of a namespace that others share, as `google.colab`, two parts."""
    parts = name.split(".")
    shared = any(each.startswith(parts[0] + ".") for each in _WITH_THEM)
    return ".".join(parts[: 2 if shared else 1])
