"""PyTorch code of a submission through the wire: values, handles, gradients, checkpoints."""

import contextlib
import io

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from grader.rpc import host, proxy, wire
from grader.suite import close, local_run

SUBMISSION = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.hidden = nn.Linear(3, width)
        self.head = nn.Linear(width, 2)

    def encode(self, x):
        return torch.tanh(self.hidden(x))

    def forward(self, x):
        return self.head(self.encode(x))

class Descent:
    def __init__(self, params, lr):
        self.params, self.lr = params, lr

    def step(self):
        with torch.no_grad():
            for p in self.params:
                p -= self.lr * p.grad

def squared(x, scale=1.0):
    return scale * (x ** 2).sum()

def detached(x):
    return (x.detach() ** 2).sum()

def noise(n):
    return torch.randn(n)

def number(x):
    return float((x ** 2).sum())
"""


def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


class Exploit:
    def __reduce__(self):
        return exec, ("open('/tmp/owned', 'w').write('x')",)


def with_code():
    """A checkpoint whose pickle runs code when it is loaded without care."""
    return saved({"hidden.weight": Exploit()})


def net(width=4):
    torch.manual_seed(1)
    return nn.ModuleDict({"hidden": nn.Linear(3, width), "head": nn.Linear(width, 2)})


FILES = {
    "net.py": SUBMISSION.encode(),
    "right.pth": saved(net().state_dict()),
    "wrapped.pth": saved({"state_dict": net().state_dict(), "epoch": 3}),
    "wide.pth": saved(net(7).state_dict()),
    "other.pth": saved({"conv.weight": torch.ones(1)}),
    "number.pth": saved(3),
    "whole.pth": saved(nn.Linear(2, 2)),
    "code.pth": with_code(),
    "empty.pth": b"",
    "text.pth": b"not a checkpoint at all",
    "view.pth": saved({"hidden.weight": torch.ones(1).expand(10**6, 10**6)}),
}


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submission")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    with contextlib.ExitStack() as stack:
        yield local_run.LocalSandboxes(dict(local_run.read_folder(folder)), stack, "torch")


@pytest.fixture
def student(sandboxes):
    session = sandboxes.guest().open(host.Bounds(30))
    yield proxy.Student(session.ask)
    session.finish()


def test_model_stays_with_the_student_and_its_values_cross(student):
    model = student.net.Net()
    assert isinstance(model, proxy.Remote)
    state = model.state_dict()
    assert sorted(state) == ["head.bias", "head.weight", "hidden.bias", "hidden.weight"]
    x = torch.randn(5, 3)
    hidden = torch.tanh(F.linear(x, state["hidden.weight"], state["hidden.bias"]))
    close(model(x), F.linear(hidden, state["head.weight"], state["head.bias"]))
    assert {n: tuple(p.shape) for n, p in model.named_parameters()}["hidden.weight"] == (4, 3)


def test_state_dict_goes_in(student):
    model, own = student.net.Net(), net()
    model.load_state_dict(own.state_dict())
    close(model.state_dict()["head.weight"], own.head.weight)


def test_optimizer_changes_the_very_parameters_it_was_given(student):
    parameter = student.put(torch.tensor([1.0, 2.0]))
    parameter.requires_grad = True
    parameter.grad = torch.tensor([10.0, 20.0])
    student.net.Descent([parameter], lr=0.1).step()
    close(parameter.value(), torch.zeros(2))


def test_gradient_of_a_function(student):
    x = torch.tensor([1.0, -2.0])
    found = student.value_and_grad(student.net.squared, x, scale=3.0)
    close(found.value, torch.tensor(15.0))
    close(found.grads[0], torch.tensor([6.0, -12.0]))
    assert found.parameters == {}


def test_gradients_of_a_model_and_of_its_method(student):
    model, x = student.net.Net(), torch.randn(5, 3)
    upstream = torch.randn(5, 2)
    found = student.value_and_grad(model, x, upstream=upstream)
    state = {n: p.requires_grad_() for n, p in model.state_dict().items()}
    leaf = x.clone().requires_grad_()
    hidden = torch.tanh(F.linear(leaf, state["hidden.weight"], state["hidden.bias"]))
    (F.linear(hidden, state["head.weight"], state["head.bias"]) * upstream).sum().backward()
    close(found.grads[0], leaf.grad)
    for name, parameter in state.items():
        close(found.parameters[name], parameter.grad, name=name)
    part = student.value_and_grad(model.encode, x, upstream=torch.ones(5, 4))
    assert part.parameters["head.weight"] is None
    assert part.parameters["hidden.weight"] is not None


def test_function_without_graph_has_no_gradient(student):
    found = student.value_and_grad(student.net.detached, torch.ones(2))
    assert found.grads == (None,)


def test_function_that_returns_a_number_says_so(student):
    with pytest.raises(host.StudentRaised, match=r"torch\.Tensor was expected, but a float"):
        student.value_and_grad(student.net.number, torch.ones(2))


def test_seed_makes_draws_repeatable(student):
    student.seed(3)
    first = student.net.noise(4)
    student.seed(3)
    close(student.net.noise(4), first, exact=True)


def test_file_is_read_and_a_missing_one_is_the_students(student):
    assert student.read_file("net.py") == FILES["net.py"]
    with pytest.raises(host.StudentRaised, match="FileNotFoundError"):
        student.read_file("predictions.csv")


@pytest.mark.parametrize("path", ["right.pth", "wrapped.pth"])
def test_checkpoint_is_loaded_into_the_students_class(student, path):
    model = student.net.Net()
    student.load_checkpoint(model, path)
    close(model.state_dict()["hidden.weight"], net().hidden.weight)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("wide.pth", r"another architecture.*other shapes for hidden\.weight \(7, 3\) instead"),
        ("other.pth", r"lacks hidden\.weight.*has unknown conv\.weight"),
        ("number.pth", "does not hold a state dict"),
        ("whole.pth", "holds a whole object of class torch.nn.modules.linear.Linear"),
        ("code.pth", "does not hold a state dict"),
        ("empty.pth", "is empty"),
        ("text.pth", "was not written by torch.save"),
        ("view.pth", r"shapes for hidden\.weight \(1000000, 1000000\) instead of \(4, 3\)"),
        ("absent.pth", "was not submitted"),
    ],
)
def test_bad_checkpoint_is_refused_with_a_reason(student, path, words):
    with pytest.raises(host.StudentRaised, match=words):
        student.load_checkpoint(student.net.Net(), path)


def test_file_larger_than_a_frame_arrives_whole(tmp_path):
    content = bytes(range(256)) * (wire.MAX_PAYLOAD_BYTES // 256) + b"end"
    (tmp_path / "net.py").write_bytes(
        b"import pathlib\ndef size(p): return pathlib.Path(p).stat().st_size\n"
    )
    (tmp_path / "big.pth").write_bytes(content)
    with contextlib.ExitStack() as stack:
        guest = local_run.LocalSandboxes(
            dict(local_run.read_folder(tmp_path)), stack, "numpy"
        ).guest()
        session = guest.open(host.Bounds(30))
        assert proxy.Student(session.ask).net.size("big.pth") == len(content)
        session.finish()
