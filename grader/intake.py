"""From an upload to a validated file tree, or to the reasons why not. Pure: bytes in, values out.

Owns which files an assignment accepts, the checks of Python source and the import policy.
`archive` owns the safety of the zip itself. Nothing is executed or inflated in `pack`.

Theory of operation
    web process   pack(files)   -> one zip to store, checked by its listing only
    worker        unpack(zip)   -> FileTree: inflated under count, parsed, policy applied
"""

import ast
import io
import sys
import tokenize
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from grader import archive, errors, models
from grader import assignment as assignments

MAX_SOURCE_BYTES = 1024 * 1024
EPOCH = (1980, 1, 1, 0, 0, 0)  # one date for all, so that equal files make equal bytes

# They would steer Python or pytest. Nothing here ever runs where they could; dropped all the same.
STEERING = {"conftest.py", "pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml"}
STEERING |= {"sitecustomize.py", "usercustomize.py"}
LIBRARIES = {"numpy", "torch", "scipy", "sklearn", "matplotlib", "pytest", "hypothesis", "grader"}
LIBRARIES |= {"msgspec", "torchvision", "stage"}


def pack(uploads: Sequence[tuple[str, bytes]], manifest: assignments.Manifest) -> bytes:
    """What to store of an upload: a zip as it came, or plain files packed into one.

    Args:
        uploads: (name, content) of each uploaded file.

    Raises:
        UploadRefused: the listing breaks a rule, or a required file is missing.
    """
    limit = int(manifest.submission.max_upload_mb * archive.MiB)
    if sum(len(content) for _, content in uploads) > limit:
        raise errors.UploadRefused(
            f"The upload is larger than {manifest.submission.max_upload_mb:g} MB."
        )
    zipped = [content for name, content in uploads if name.lower().endswith(".zip")]
    if zipped and len(uploads) > 1:
        raise errors.UploadRefused("Send either one zip file or single files, not both.")
    data = zipped[0] if zipped else _packed(uploads)
    kind = "zip" if zipped else "files"
    if kind not in manifest.submission.accept:
        allowed = " or ".join(manifest.submission.accept)
        raise errors.UploadRefused(f"This assignment accepts {allowed}, not {kind}.")
    inspect(data, manifest)
    return data


def _packed(uploads: Sequence[tuple[str, bytes]]) -> bytes:
    if not uploads:
        raise errors.UploadRefused("Nothing was uploaded.")
    kept = [(name, content) for name, content in uploads if not archive.is_junk(name)]
    if reasons := archive.name_reasons(name for name, _ in kept):
        raise errors.UploadRefused(reasons)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name, content in sorted(kept):
            target.writestr(zipfile.ZipInfo(name, EPOCH), content)
    return buffer.getvalue()


def inspect(data: bytes, manifest: assignments.Manifest) -> None:
    """Check a zip by its listing: safe, and nothing required is missing.

    Raises:
        UploadRefused: with every reason found.
    """
    names = [entry.name for entry in archive.entries(data)]
    _check_required(set(_relocated(names, manifest).values()), manifest)


def unpack(data: bytes, manifest: assignments.Manifest) -> models.FileTree:
    """The validated files of a stored upload.

    Raises:
        UploadRefused: with every reason found.
    """
    listed = archive.entries(data)
    place = _relocated([entry.name for entry in listed], manifest)
    _check_required(set(place.values()), manifest)
    files = {place[name]: content for name, content in archive.read(data, listed).items()}
    steering = sorted(name for name in files if _is_steering(name))
    kept = {name: files[name] for name in sorted(files) if name not in steering}
    reasons = [
        reason
        for name, content in kept.items()
        if name.endswith(".py")
        for reason in _source_reasons(name, content, manifest)
    ]
    if reasons:
        raise errors.UploadRefused(reasons)
    return models.FileTree(kept, tuple(_notes(steering, kept)))


def _relocated(names: Sequence[str], manifest: assignments.Manifest) -> dict[str, str]:
    """Where each file lies without the one folder that archives of a repository have on top."""
    tops = {name.split("/")[0] for name in names}
    wrapped = len(tops) == 1 and all("/" in name for name in names)
    if not wrapped or not set(manifest.submission.required).isdisjoint(names):
        return {name: name for name in names}
    return {name: name.split("/", 1)[1] for name in names}


def _check_required(names: set[str], manifest: assignments.Manifest) -> None:
    reasons = []
    for required in manifest.submission.required:
        if required in names:
            continue
        near = [n for n in sorted(names) if _base(n).casefold() == _base(required).casefold()]
        advice = f" You sent {archive.escape(near[0])}; rename or move it." if near else ""
        reasons.append(f"{required}: this file is required and missing.{advice}")
    if reasons:
        raise errors.UploadRefused(reasons)


def _base(name: str) -> str:
    return PurePosixPath(name).name


def _is_steering(name: str) -> bool:
    return _base(name) in STEERING


def _notes(steering: Iterable[str], files: Mapping[str, bytes]) -> Iterable[str]:
    for name in steering:
        yield f"{name}: was left out; it would change how Python or pytest starts."
    for module in sorted({name.split("/")[0].removesuffix(".py") for name in files}):
        if module in LIBRARIES or module in sys.stdlib_module_names:
            yield f"{module}: is never imported; a library of this name goes first."


def _source_reasons(name: str, content: bytes, manifest: assignments.Manifest) -> list[str]:
    """Why a Python file cannot be graded."""
    if len(content) > MAX_SOURCE_BYTES:
        return [f"{name}: is larger than 1 MiB; keep data out of source files."]
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        tree = ast.parse(content.decode(encoding), filename=name)
    except SyntaxError as exc:
        return [
            f"{name}:{exc.lineno or 1}: {archive.escape(exc.msg)}. Python cannot read the file."
        ]
    except (UnicodeDecodeError, LookupError):
        return [f"{name}: is not text in UTF-8; save it as UTF-8."]
    except (RecursionError, MemoryError, ValueError, OverflowError):
        return [f"{name}: Python cannot read the file (nested too deeply, or not text)."]
    return list(_import_reasons(name, tree, manifest.policy.forbid_imports))


def _import_reasons(name: str, tree: ast.AST, forbidden: Sequence[str]) -> Iterable[str]:
    for node in ast.walk(tree):
        imported: list[str] = []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported = [f"{node.module}.{alias.name}" for alias in node.names]
        for module in imported:
            for rule in forbidden:
                if f"{module}.".startswith(f"{rule}."):
                    line = getattr(node, "lineno", 1)
                    yield f"{name}:{line}: imports {rule}, which this assignment forbids."
