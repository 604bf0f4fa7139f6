"""A module that the sandbox lacks costs only the code that uses it."""

import contextlib

import pytest

from grader.rpc import host, proxy
from grader.suite import local_run

# `nosuch_*` are names of no installed package, as others are in the sandbox.
FILES = {
    "bars": """
        import tqdm.notebook
        import tqdm.notebook as bars
        from tqdm.notebook import tqdm as bar, trange

        def counted(): return [*bar([1]), *trange(2), *bars.tqdm([3]), *bars.tnrange(1)]
        def by_package(): return [x for x in tqdm.notebook.tqdm_notebook([4])]
        """,
    "plain": """
        import nosuch_tqdm
        import nosuch_wandb as wandb
        import nosuch_a.b.c
        import nosuch_a.d as ad
        from nosuch_bar import bar
        from nosuch_star import *
        import google.nosuch_colab

        def right(): return 4
        def by_module(): return nosuch_tqdm.trange(3)
        def by_alias(): wandb.log({})
        def by_member(): return list(bar(range(3)))
        def by_loop():
            for x in bar: pass
        def by_depth(): return nosuch_a.b.c.f(1)
        def by_depth_alias(): return ad.f(1)
        def by_with():
            with bar: pass
        def by_number(): return 1 + bar
        def by_float(): return float(bar)
        def by_instance(): return isinstance(1, bar)
        def by_colab(): return google.nosuch_colab.drive
        def copied():
            import copy
            return copy.deepcopy(bar)
        def codec(): return bytes([130]).decode("cp437")  # Python imports it with keywords
        def keywords():
            return __import__("os.path", globals(), fromlist=["join"]).join("a", "b")
        def inside():
            import nosuch_local
        def inside_from():
            from nosuch_bar import bar
        def again():
            import nosuch_tqdm
        """,
    "top": """
        import nosuch_numba as nb
        import nosuch_lightning as pl
        from nosuch_types import Float
        from nosuch_colab import drive
        import nosuch_names

        drive.mount("/content/drive")
        TYPE = Float["batch", 3] | None
        model = nosuch_names.create("x").eval()
        SCALE = 2 * nosuch_names.scale

        @nb.njit(cache=True)
        def fast(x): return x

        class Net(pl.LightningModule):
            act = nosuch_names.Act()
            def forward(self, x): return x
            @staticmethod
            def helper(x): return x + 1

        class Keyed(pl.Base, key=3): pass

        def annotated(x: Float["n", 3]) -> nosuch_names.Out: return x
        def right(default=model): return 4
        def by_decorator(): return fast(1)
        def by_class(): return Net()
        def by_static(): return Net.helper(1)
        def by_value(): return model(1)
        def by_scale(): return SCALE + 1
        def exists(): return hasattr(nb, "__version__")
        """,
    "guarded": """
        import contextlib, importlib.util
        import nosuch_tqdm as first
        try:
            import nosuch_tqdm
        except ImportError:
            nosuch_tqdm = None
        try:
            from nosuch_bar import bar
        except ModuleNotFoundError as exc:
            bar = exc.name
        with contextlib.suppress(ImportError):
            import nosuch_third
        try:
            import nosuch_fourth
        except ImportError:
            pass
        else:
            FOURTH = True
        if importlib.util.find_spec("nosuch_tqdm"):
            raise RuntimeError("it is not there")

        def tqdm_is(): return nosuch_tqdm
        def bar_is(): return bar
        def third_is(): return "nosuch_third" in globals()
        def fourth_is(): return "FOURTH" in globals()
        """,
    "misspelt": "import layrs\nW = 3",
    "relative": "from .layers import W",
    "own_broken": "import broken_import\nW = 3",
    "broken_import": "import helprs",
    "layers": "W = 3",
    "helpers": "W = 3",
    "wrong_submodule": "import layers.deep",
}


def dedented(text):
    lines = text.strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] for line in lines).encode() + b"\n"


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submission")
    for name, text in FILES.items():
        (folder / f"{name}.py").write_bytes(dedented(text))
    with contextlib.ExitStack() as stack:
        yield local_run.LocalSandboxes(dict(local_run.read_folder(folder)), stack, "numpy")


@pytest.fixture
def student(sandboxes):
    session = sandboxes.guest().open(host.Bounds(30))
    yield proxy.Student(session.ask)
    session.finish()


@pytest.mark.parametrize("module", ["plain", "top"])
def test_code_that_uses_no_missing_module_is_right(student, module):
    assert student.module(module).right() == 4


@pytest.mark.parametrize(
    ("module", "function", "used"),
    [
        ("plain", "by_module", "nosuch_tqdm.trange"),
        ("plain", "by_alias", "nosuch_wandb.log"),
        ("plain", "by_member", "nosuch_bar.bar"),
        ("plain", "by_loop", "nosuch_bar.bar"),
        ("plain", "by_depth", "nosuch_a.b"),
        ("plain", "by_depth_alias", "nosuch_a.d.f"),
        ("plain", "by_with", "nosuch_bar.bar"),
        ("plain", "by_number", "nosuch_bar.bar"),
        ("plain", "by_float", "nosuch_bar.bar"),
        ("plain", "by_instance", "nosuch_bar.bar"),
        ("top", "by_decorator", "nosuch_numba.njit"),
        ("top", "by_class", "nosuch_lightning.LightningModule"),
        ("top", "by_value", "nosuch_names.create.eval"),
        ("top", "by_scale", "nosuch_names.scale"),
    ],
)
def test_use_of_a_missing_module_names_it_and_the_line(student, module, function, used):
    with pytest.raises(host.StudentRaised) as raised:
        getattr(student.module(module), function)()
    said = raised.value
    assert said.type_name == "ModuleNotFoundError"
    assert f"this line uses {used}, which the sandbox does not have" in said.message
    if function != "by_decorator":  # called by the test itself
        assert said.frames[-1].function == function


@pytest.mark.parametrize("function", ["inside", "inside_from", "again"])
def test_import_in_a_function_raises_there(student, function):
    with pytest.raises(host.StudentRaised, match="No module named 'nosuch_") as raised:
        getattr(student.plain, function)()
    assert "the sandbox does not have" not in raised.value.message


@pytest.mark.parametrize(("function", "value"), [("codec", "\u00e9"), ("keywords", "a/b")])
def test_import_by_a_call_with_keywords_is_python_s_own(student, function, value):
    """So `zipfile`, and with it `numpy.load`, find the codec of old archives."""
    assert getattr(student.plain, function)() == value


def test_bars_of_a_notebook_are_those_of_a_terminal(student):
    pytest.importorskip("tqdm", reason="it comes with the sandbox")
    assert student.bars.counted() == [1, 0, 1, 3, 0]
    assert student.bars.by_package() == [4]


def test_class_on_top_of_a_missing_one_keeps_what_needs_no_object(student):
    assert student.top.by_static() == 2
    assert student.top.exists() is False


@pytest.mark.parametrize(
    ("function", "value"),
    [("tqdm_is", None), ("bar_is", "nosuch_bar"), ("third_is", False), ("fourth_is", False)],
)
def test_guarded_import_fails_as_in_python(student, function, value):
    assert getattr(student.guarded, function)() == value


@pytest.mark.parametrize(
    ("module", "error"),
    [
        ("misspelt", "No module named 'layrs'"),
        ("relative", "attempted relative import"),
        ("own_broken", "No module named 'helprs'"),
        ("wrong_submodule", "No module named 'layers.deep'"),
    ],
)
def test_own_modules_fail_with_the_real_error(student, module, error):
    with pytest.raises(host.StudentRaised, match=error):
        student.module(module).W.value()


def test_stand_in_can_be_copied(student):
    assert "MissingMember" in repr(student.plain.copied())
