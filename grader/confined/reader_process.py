"""The confined process that reads what strangers sent: the only one that inflates and parses it.

Owns what it does for each task, and what a student's own text is. What it is asked and may use is
`confined.reader_protocol`'s, what it gives up `confined.rights`'s. What is alike is
`grader.course.similarity`'s, what an upload may be `grader.intake`'s.

Theory of operation
    It is forked for each task from a preloaded template (`confined.template_process`), reads the
    task, which its parent wrote, gives up its rights, and only then reads the first byte of an
    upload. An answer that does not come, whatever the reason, is the parent's to explain.
"""

import hashlib
import socket
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from grader import errors, wording
from grader.assignment import manifest as assignments
from grader.confined import fork_loop, reader_protocol, rights
from grader.course import similarity
from grader.intake import bulk_archive, pdf_pages, source_rules, uploads
from grader.source import ipython_cells, notebook

MAX_SOURCE: Final = 400_000  # characters of one work that are compared
MAX_SHOWN: Final = 2_000_000  # characters of one upload that a page shows

Upload = tuple[str, bytes]  # a name, and the stored bytes


def serve(requests: socket.socket) -> None:
    """Fork readers until the parent hangs up."""
    ipython_cells.prepare()
    fork_loop.serve(requests, _work)


def _work(start: fork_loop.Start) -> None:
    """One task, from its first frame to the end of its answer."""
    with start.channel, start.channel.makefile("rb") as source:
        task = reader_protocol.decode_task(next(_frames(source)))
        bounds = reader_protocol.bounds(task)
        if isinstance(task, reader_protocol.CompareWorks):
            similarity.prepare()
        if isinstance(task, reader_protocol.CountPages):
            pdf_pages.prepare()
        rights.enter((), start.scratch, bounds.cpu_s, bounds.memory_bytes)
        for answer in answers(task, _uploads(source)):
            body = reader_protocol.encode(answer)
            start.channel.sendall(reader_protocol.LENGTH.pack(len(body)))
            start.channel.sendall(body)


def _frames(source: BinaryIO) -> Iterator[bytes]:
    while head := source.read(reader_protocol.LENGTH.size):
        yield source.read(*reader_protocol.LENGTH.unpack(head))


def _uploads(source: BinaryIO) -> Iterator[Upload]:
    """The uploads of the stream, each read when it is asked for."""
    frames = _frames(source)
    for name in frames:
        yield name.decode(), next(frames)


def answers(
    task: reader_protocol.ReaderTask, sent: Iterator[Upload]
) -> Iterator[reader_protocol.ReaderAnswer]:
    """The frames of an answer, the last one included."""
    try:
        yield from _answers(task, sent)
        yield reader_protocol.AnswerEnd()
    except errors.UploadRefused as exc:
        yield reader_protocol.ReadingRefused(exc.reasons)
    except errors.SuiteError as exc:
        yield reader_protocol.SuiteAtFault(str(exc))


def _answers(
    task: reader_protocol.ReaderTask, sent: Iterator[Upload]
) -> Iterator[reader_protocol.ReaderAnswer]:
    match task:
        case reader_protocol.ReadUpload(rules):
            tree = uploads.unpack(next(sent)[1], rules.manifest, rules.template)
            yield reader_protocol.UploadRead(source_rules.check(rules, tree))
        case reader_protocol.SplitArchive():
            for work in bulk_archive.split(next(sent)[1]):
                yield reader_protocol.StudentFiles(work)
        case reader_protocol.CompareWorks(manifest, skeleton, template):
            yield _compare(manifest, skeleton, _texts(sent, manifest, template))
        case reader_protocol.JoinWorks(manifest, template):
            known = _texts(sent, manifest, template).items()
            yield reader_protocol.WorksJoined(
                {name: text for name, text in known if text is not None}
            )
        case reader_protocol.ListFiles(manifest, template):
            yield reader_protocol.FilesListed(list(_unpacked(next(sent)[1], manifest, template)))
        case reader_protocol.TakeFile() | reader_protocol.CountPages():
            yield _of_one_file(task, next(sent)[1])
        case reader_protocol.ShowFiles(manifest, template):
            yield _shown(_looked_into(next(sent)[1], manifest, template))
        case reader_protocol.TryRights(home):
            yield reader_protocol.RightsTried(rights.attempts(home))


def _of_one_file(
    task: reader_protocol.TakeFile | reader_protocol.CountPages, upload: bytes
) -> reader_protocol.FileTaken | reader_protocol.PagesCounted:
    content = _unpacked(upload, task.manifest, task.template).get(task.path, b"")
    if isinstance(task, reader_protocol.CountPages):
        return reader_protocol.PagesCounted(pdf_pages.count(content))
    return reader_protocol.FileTaken(content)


def _compare(
    manifest: assignments.Manifest, skeleton: Mapping[str, str], texts: Mapping[str, str | None]
) -> reader_protocol.WorksCompared:
    given = _skeleton({name: text.encode() for name, text in skeleton.items()})
    # The borders between files are the skeleton's, too.
    own = {name: text for name, text in given.items() if name in manifest.submission.wanted}
    works = [similarity.Source(name, text) for name, text in texts.items() if text is not None]
    pairs = similarity.compare(works, [*given.values(), "".join(own.values())])
    return reader_protocol.WorksCompared(
        compared=len(works),
        unreadable=[name for name, text in texts.items() if text is None],
        pairs=[_pair(pair) for pair in pairs],
    )


def _pair(pair: similarity.Pair) -> reader_protocol.AlikeWorks:
    regions = [[list(lines) for lines in of_one] for of_one in pair.regions]
    return reader_protocol.AlikeWorks(list(pair.names), list(pair.share), regions)


def _texts(
    sent: Iterator[Upload], manifest: assignments.Manifest, template: reader_protocol.Template
) -> dict[str, str | None]:
    return {name: _text(_unpacked(data, manifest, template), manifest) for name, data in sent}


def _skeleton(files: Mapping[str, bytes]) -> dict[str, str]:
    """What every student was given, by module: a notebook as its cells."""
    modules = {notebook.module_of(name) for name in files if name.endswith(notebook.SUFFIX)}
    whole = notebook.translate(files, modules).files
    return {name: _joined(name, whole) for name in sorted(whole) if name.endswith(".py")}


def _text(files: Mapping[str, bytes], manifest: assignments.Manifest) -> str | None:
    """The student's own Python files as one text; None when intake refuses the upload."""
    python = [name for name in sorted(files) if name.endswith(".py")]
    own = set(manifest.submission.wanted)
    chosen = [name for name in python if name in own] or python
    return "".join(_joined(name, files) for name in chosen)[:MAX_SOURCE] if python else None


def _unpacked(
    data: bytes, manifest: assignments.Manifest, template: reader_protocol.Template
) -> Mapping[str, bytes]:
    try:
        return uploads.unpack(data, manifest, template).files
    except Exception:  # whatever it is, it is in this upload; the others must be read
        return {}


def _shown(files: Mapping[str, bytes]) -> reader_protocol.FilesShown:
    """Texts and the sizes of everything else; of a notebook its cells, as tracebacks name them."""
    made = notebook.made(files)
    own = {path: body for path, body in files.items() if path not in made}
    decoded = {path: _decoded(body) for path, body in own.items()}
    texts, room = {}, MAX_SHOWN
    for path, text in decoded.items():
        if text is not None and len(text) <= room:
            texts[path] = text
            room -= len(text)
    others = {path: _other(body) for path, body in own.items() if path not in texts}
    return reader_protocol.FilesShown(texts, others)


def _other(body: bytes) -> reader_protocol.OtherFile:
    return reader_protocol.OtherFile(len(body), hashlib.sha256(body).hexdigest())


def _decoded(body: bytes) -> str | None:
    """The text of a file that is one, its invisible characters shown."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else wording.visible(text, keep="\n\t\r")


def _looked_into(
    data: bytes, manifest: assignments.Manifest, template: reader_protocol.Template
) -> Mapping[str, bytes]:
    """The files of an upload, as they are where what they hold is refused."""
    if found := _unpacked(data, manifest, template):
        return found
    try:
        return uploads.contents(data, manifest)
    except Exception:  # nobody knows what is in it; there is nothing to show
        return {}


def _joined(path: str, files: Mapping[str, bytes]) -> str:
    """What a student wrote of a module below a line with its name: of a notebook the cells.

    Lines end as copydetect counts them. Nothing stands behind their ends: at each line that holds
    spaces alone its lexer looks through all that follow.
    """
    whole = "".join(
        f"# {name}\n{body.decode('utf-8', 'replace')}\n"
        for name, body in notebook.origins(path, files).items()
    )
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")[:MAX_SOURCE].split("\n")
    return "\n".join(line.rstrip() for line in lines)
