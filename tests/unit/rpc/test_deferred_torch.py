"""What PyTorch imports in passing is loaded when it is used, and then works as ever."""

import subprocess
import sys
import textwrap

import pytest

START = """
import importlib, sys, warnings
import torch
from grader.rpc import deferred_torch
assert deferred_torch.COMPILER not in sys.modules, "already loaded: nothing is tested"
deferred_torch.install()
net = torch.nn.Linear(3, 1)
with torch.no_grad():  # the same each time, and far from where a step no longer helps
    net.weight.fill_(1.0)

def is_loaded(name):
    return not deferred_torch._is_deferred(name)

def loss():
    return net(torch.ones(4, 3)).pow(2).mean()

def step(optimizer):
    optimizer.zero_grad()
    loss().backward()
    optimizer.step()
"""


def run(body: str) -> None:
    """Each in an interpreter of its own: what is imported is what is tested."""
    program = textwrap.dedent(START) + textwrap.dedent(body)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_training_loads_no_compiler() -> None:
    run("""
    for kind in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad"):
        optimizer = getattr(torch.optim, kind)(net.parameters(), lr=0.01)
        before = float(loss())
        step(optimizer)
        optimizer.load_state_dict(optimizer.state_dict())
        optimizer.add_param_group({"params": [torch.ones(2, requires_grad=True)]})
        assert float(loss()) != before, kind
    assert not is_loaded(deferred_torch.COMPILER)
    """)


def test_backward_from_a_gradient_loads_no_symbols() -> None:
    run("""
    x = torch.ones(3, requires_grad=True)
    (2 * x).backward(torch.ones(3))
    assert x.grad.tolist() == [2, 2, 2]
    try:
        (2 * x).backward(torch.ones(4))
    except RuntimeError as exc:
        assert "Mismatch in shape" in str(exc), exc
    else:
        raise SystemExit("a gradient of another shape passed")
    assert not is_loaded(deferred_torch.SYMBOLS)
    """)


def test_symbols_are_compared_by_the_real_module() -> None:
    run("""
    symbols = importlib.import_module(deferred_torch.SYMBOLS)
    assert symbols.sym_eq(2, 2) and not symbols.sym_eq(2, 3)
    assert is_loaded(deferred_torch.SYMBOLS)
    assert sys.modules[deferred_torch.SYMBOLS].ShapeEnv is symbols.ShapeEnv
    """)


def test_compiled_function_after_training_gives_what_it_gave() -> None:
    run("""
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    step(optimizer)
    expected = loss().detach()
    compiled = torch.compile(loss, backend="eager", fullgraph=True)
    assert torch.equal(compiled(), expected)
    assert is_loaded(deferred_torch.COMPILER)
    torch.compile(step, backend="eager")(optimizer)
    assert float(loss()) < float(expected)
    """)


def test_loaded_compiler_leaves_alone_what_it_would_have() -> None:
    run("""
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    ours = torch.optim.Optimizer.add_param_group.__wrapped__.__dynamo_disable
    import torch._dynamo
    torch._dynamo.config
    theirs = torch.optim.Optimizer.add_param_group.__wrapped__.__dynamo_disable
    assert theirs is not ours and theirs._torchdynamo_disable
    """)


@pytest.mark.parametrize(
    "first",
    [
        "import torch._dynamo.config",
        "from torch._dynamo.backends.registry import lookup_backend",
        "torch.compiler.reset()",
        "torch.compiler.disable(loss)()",
        "from torch.utils import checkpoint as c; c.checkpoint(loss, use_reentrant=False)",
    ],
)
def test_first_use_loads_each_module_once(first: str) -> None:
    run(f"""
    {first}
    assert is_loaded(deferred_torch.COMPILER)
    import torch._dynamo.config
    real = sys.modules["torch._dynamo"]
    assert torch._dynamo is real
    assert torch._dynamo.config is sys.modules["torch._dynamo.config"] is real.convert_frame.config
    assert real.config.__spec__.name == "torch._dynamo.config"
    assert real.config.__spec__.origin.endswith("config.py"), real.config.__spec__
    """)


def test_walk_over_all_modules_loads_nothing() -> None:
    run("""
    import inspect, unittest
    with unittest.TestCase().assertWarns(UserWarning):
        warnings.warn("seen")
    inspect.getmodule(inspect.currentframe())
    deferred_torch.install()
    assert importlib.util.find_spec("torch._dynamo").origin.endswith("__init__.py")
    assert not is_loaded(deferred_torch.COMPILER) and not is_loaded(deferred_torch.SYMBOLS)
    """)
