"""Problem 1 (b) to (d) against `torch.optim`; one property per test."""

from dataclasses import dataclass

import torch

from grader.suite import close, differ, given, task
from grader.suite import strategies as st

ORACLES = {
    "Adagrad": torch.optim.Adagrad,
    "RMSprop": torch.optim.RMSprop,
    "Adam": torch.optim.Adam,
}


# States may be kept in float32, and where eps stands has a test of its own.
RTOL = 1e-5


@dataclass(frozen=True)
class Walk:
    """Some parameters and, for every step, a gradient of each."""

    starts: list  # of tensors
    gradients: list  # of lists of tensors


@st.composite
def walks(draw, steps=12):
    """Three parameters of different shapes; gradients of changing size, some elements 0."""
    a, b, c = draw(st.shapes(a=(1, 4), b=(1, 3), c=(2, 5)))
    return walk_of([(), (a,), (b, c)], steps, draw(st.SEEDS), draw(st.integers(-1, 2)))


def walk_of(shapes, steps, seed, exponent=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)

    def normal(shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    def gradient(shape):
        """Each element is 0 or so large that the default eps does not show beside it."""
        size = 10.0**exponent * (0.5 + torch.rand((), generator=generator, dtype=torch.float64))
        kept = torch.rand(shape, generator=generator) > 0.1
        z = normal(shape)
        return (size * (z + z.sign()) * kept).to(dtype)

    starts = [normal(shape).to(dtype) for shape in shapes]
    return Walk(starts, [[gradient(shape) for shape in shapes] for _ in range(steps)])


def put(student, starts):
    """Parameters that live with the submission."""
    held = [student.put(start) for start in starts]
    for p in held:
        p.requires_grad = True
    return held


def take(optimizer, params, gradients):
    """One step for each list of gradients."""
    for step in gradients:
        for p, gradient in zip(params, step, strict=True):
            p.grad = gradient
        optimizer.step()


def expected_of(kind, walk, **options):
    params = [start.clone().requires_grad_() for start in walk.starts]
    take(ORACLES[kind](params, **options), params, walk.gradients)
    return params


def check(student, kind, walk, **options):
    """The submission's optimizer ends where PyTorch's does."""
    held = put(student, walk.starts)
    take(getattr(student.optimizers, kind)(held, **options), held, walk.gradients)
    for k, (p, expected) in enumerate(zip(held, expected_of(kind, walk, **options), strict=True)):
        close(p.value(), expected, name=f"parameter {k}", rtol=RTOL)


def ends_of(student, kind, walk, params=None, **options):
    """Where the submission's optimizer takes parameters, and that each has moved at all."""
    held = put(student, walk.starts)
    make = getattr(student.optimizers, kind)
    take(make(params(held) if params else held, **options), held, walk.gradients)
    ends = [p.value() for p in held]
    for k, (end, start) in enumerate(zip(ends, walk.starts, strict=True)):
        differ(end, start, f"Parameter {k} did not move.")
    return ends


# What follows is no matter of the formula, so a submission is compared with itself.


def check_defaults(student, kind, **announced):
    walk = walk_of([(4, 3), (2,)], 10, 1, 0, torch.float32)
    expected = ends_of(student, kind, walk, **announced)
    for k, end in enumerate(ends_of(student, kind, walk)):
        close(end, expected[k], name=f"parameter {k} under the defaults", rtol=RTOL)


def check_none(student, kind):
    walk = walk_of([(3, 2)], 4, 5)
    (expected,) = ends_of(student, kind, walk, lr=0.1)
    start = torch.tensor([1.0, -2.0], dtype=torch.float64)
    held = put(student, [start, *walk.starts])
    steps = [[None, *step] for step in walk.gradients]
    take(getattr(student.optimizers, kind)(held, lr=0.1), held, steps)
    close(held[0].value(), start, name="the parameter without gradient", exact=True)
    close(held[1].value(), expected, name="the parameter after it", rtol=RTOL)


def check_zero_grad(student, kind):
    walk = walk_of([(3,), (2, 2)], 1, 6)
    held = put(student, walk.starts)
    optimizer = getattr(student.optimizers, kind)(held)
    for p, gradient in zip(held, walk.gradients[0], strict=True):
        p.grad = gradient
    optimizer.zero_grad()
    for k, p in enumerate(held):
        left = p.grad
        if left is not None:
            close(left, 0 * walk.gradients[0][k], name=f"gradient {k} afterwards", exact=True)


def check_nothing_shared(student, kind):
    """Two optimizers in turns, the second one made when the first has taken steps."""
    walks = [walk_of([(2, 3)], 6, seed) for seed in (7, 8)]
    alone = [ends_of(student, kind, walk, lr=0.1) for walk in walks]
    held = [put(student, walk.starts) for walk in walks]
    make = getattr(student.optimizers, kind)
    first = make(held[0], lr=0.1)
    take(first, held[0], walks[0].gradients[:3])
    second = make(held[1], lr=0.1)
    for k in range(3, 6):
        take(second, held[1], walks[1].gradients[2 * k - 6 : 2 * k - 4])
        take(first, held[0], walks[0].gradients[k : k + 1])
    for name, (end,), (p,) in zip(("first", "second"), alone, held, strict=True):
        close(p.value(), end, name=f"the {name} optimizer's parameter", rtol=RTOL)


def check_generator(student, kind):
    """What can be walked through once, as `model.parameters()`."""
    walk = walk_of([(2, 3), (2,)], 2, 14)
    expected = ends_of(student, kind, walk, lr=0.1)
    once = student.module("builtins").iter
    for k, end in enumerate(ends_of(student, kind, walk, once, lr=0.1)):
        close(end, expected[k], name=f"parameter {k}", rtol=RTOL)


def check_leaf(student, kind):
    """A parameter that `step` replaces or ties to the graph cannot be trained any further."""
    walk = walk_of([(2, 3)], 2, 9)
    (p,) = held = put(student, walk.starts)
    take(getattr(student.optimizers, kind)(held, lr=0.1), held, walk.gradients)
    differ(p.value(), walk.starts[0], "The parameter did not move.")
    close(p.requires_grad, True, name="requires_grad after the step", exact=True)
    close(p.is_leaf, True, name="is_leaf after the step", exact=True)
    close(p.grad, walk.gradients[-1][0], name="the gradient after the step", exact=True)


def check_no_gradient_no_step(student, kind):
    """0 / (0 + eps) is 0, not NaN; elsewhere the optimizer moves."""
    ends_of(student, kind, walk_of([(3,)], 2, 10))
    start = torch.tensor([1.0, -2.0, 3.0])
    (p,) = held = put(student, [start])
    take(getattr(student.optimizers, kind)(held), held, [[torch.zeros(3)]] * 2)
    close(p.value(), start, name="the parameter", exact=True)


FOLLOWS = "Compare with torch.optim at home, over ten steps and with several parameters."
DEFAULTS = "The defaults stand in the signature; do not change them."
EPS = "eps is added to the root, not to what is under it."
NONE = "Skip what has no gradient: `if p.grad is None: continue`."
CLEARED = "zero_grad sets every gradient to None or to 0."
SHARED = "Keep the state in the object (self), not in the class or the module."
WALKED = "model.parameters() is a generator: make a list of it first."
IN_PLACE = "Change p in place, inside torch.no_grad(); `p = p - ...` makes another tensor."


@task("1b", facet="formula", weight=3, hint=FOLLOWS)
@given(walk=walks(), lr=st.sampled_from([0.3, 0.02]), max_examples=12)
def test_adagrad_ends_where_pytorch_does(student, walk, lr):
    check(student, "Adagrad", walk, lr=lr)


@task("1b", facet="defaults", hint=DEFAULTS)
def test_adagrads_defaults_are_those_of_the_signature(student):
    check_defaults(student, "Adagrad", lr=0.01, eps=1e-10)


@task("1b", facet="formula", hint="float32, which models are in, is as good as float64.")
def test_adagrad_in_float32_ends_where_pytorch_does(student):
    check(student, "Adagrad", walk_of([(4, 3), (2,)], 10, 1, 0, torch.float32), lr=0.1)


@task("1b", facet="eps", hint=EPS)
def test_adagrads_eps_is_beside_the_root(student):
    check(student, "Adagrad", walk_of([(3, 2)], 5, 2), lr=0.1, eps=0.5)


@task("1b", facet="missing", hint=NONE)
def test_adagrad_skips_parameter_without_gradient(student):
    check_none(student, "Adagrad")


@task("1b", facet="cleared", hint=CLEARED)
def test_adagrad_clears_gradients(student):
    check_zero_grad(student, "Adagrad")


@task("1b", facet="own", hint=SHARED)
def test_two_adagrads_share_nothing(student):
    check_nothing_shared(student, "Adagrad")


@task("1b", facet="generator", hint=WALKED)
def test_adagrad_takes_a_generator(student):
    check_generator(student, "Adagrad")


@task("1b", facet="leaf", hint=IN_PLACE)
def test_adagrad_keeps_parameter_and_gradient(student):
    check_leaf(student, "Adagrad")


@task("1b", facet="zero", hint="0 / (0 + eps) is 0.")
def test_adagrad_stays_where_the_gradient_is_zero(student):
    check_no_gradient_no_step(student, "Adagrad")


@task(
    "1b",
    facet="formula",
    hint="The total never falls: under equal gradients step t is lr / sqrt(t) long.",
)
def test_adagrads_steps_shrink_with_the_root_of_time(student):
    (p,) = held = put(student, [torch.zeros(2, dtype=torch.float64)])
    optimizer = student.optimizers.Adagrad(held, lr=0.5)
    gradient = torch.tensor([3.0, -0.01], dtype=torch.float64)
    for t in range(1, 6):
        before = p.value()
        take(optimizer, held, [[gradient]])
        close(p.value() - before, -0.5 * gradient.sign() / t**0.5, name=f"step {t}", rtol=RTOL)


@task("1c", facet="formula", weight=3, hint=FOLLOWS)
@given(walk=walks(), alpha=st.sampled_from([0.9, 0.99, 0.5]), max_examples=12)
def test_rmsprop_ends_where_pytorch_does(student, walk, alpha):
    check(student, "RMSprop", walk, lr=0.03, alpha=alpha)


@task("1c", facet="defaults", hint=DEFAULTS)
def test_rmsprops_defaults_are_those_of_the_signature(student):
    check_defaults(student, "RMSprop", lr=0.01, alpha=0.99, eps=1e-8)


@task("1c", facet="formula", hint="float32, which models are in, is as good as float64.")
def test_rmsprop_in_float32_ends_where_pytorch_does(student):
    check(student, "RMSprop", walk_of([(4, 3), (2,)], 10, 1, 0, torch.float32), lr=0.02)


@task("1c", facet="eps", hint=EPS)
def test_rmsprops_eps_is_beside_the_root(student):
    check(student, "RMSprop", walk_of([(3, 2)], 5, 2), lr=0.1, eps=0.5)


@task("1c", facet="missing", hint=NONE)
def test_rmsprop_skips_parameter_without_gradient(student):
    check_none(student, "RMSprop")


@task("1c", facet="cleared", hint=CLEARED)
def test_rmsprop_clears_gradients(student):
    check_zero_grad(student, "RMSprop")


@task("1c", facet="own", hint=SHARED)
def test_two_rmsprops_share_nothing(student):
    check_nothing_shared(student, "RMSprop")


@task("1c", facet="generator", hint=WALKED)
def test_rmsprop_takes_a_generator(student):
    check_generator(student, "RMSprop")


@task("1c", facet="leaf", hint=IN_PLACE)
def test_rmsprop_keeps_parameter_and_gradient(student):
    check_leaf(student, "RMSprop")


@task("1c", facet="zero", hint="0 / (0 + eps) is 0.")
def test_rmsprop_stays_where_the_gradient_is_zero(student):
    check_no_gradient_no_step(student, "RMSprop")


@task("1c", facet="formula", hint="Each element is divided by a root of its own.")
def test_rmsprop_leaves_the_span_of_the_equations(student):
    """Of all solutions gradient descent from 0 finds the shortest, in the span; RMSprop another."""
    row, start = torch.tensor([4.0, 1.0], dtype=torch.float64), torch.zeros(2).double()
    (p,) = held = put(student, [start])
    oracle = start.clone().requires_grad_()
    theirs = torch.optim.RMSprop([oracle], lr=0.01)
    optimizer = student.optimizers.RMSprop(held, lr=0.01)
    for _ in range(60):  # of the equation 4 a + b = 1
        take(optimizer, held, [[(row @ p.value() - 1) * row]])
        take(theirs, [oracle], [[((row @ oracle - 1) * row).detach()]])
    shortest = row / (row @ row)
    close(bool((oracle - shortest).abs().max() > 0.05), True, name="another than the shortest")
    close(p.value(), oracle, name="the solution", rtol=1e-5)


@task("1d", facet="correction", weight=3, hint=FOLLOWS)
@given(walk=walks(), betas=st.sampled_from([(0.9, 0.999), (0.5, 0.8)]), max_examples=12)
def test_adam_ends_where_pytorch_does(student, walk, betas):
    check(student, "Adam", walk, lr=0.03, betas=betas)


@task("1d", facet="defaults", hint=DEFAULTS)
def test_adams_defaults_are_those_of_the_signature(student):
    check_defaults(student, "Adam", lr=1e-3, betas=(0.9, 0.999), eps=1e-8)


@task("1d", facet="correction", hint="float32, which models are in, is as good as float64.")
def test_adam_in_float32_ends_where_pytorch_does(student):
    check(student, "Adam", walk_of([(4, 3), (2,)], 10, 1, 0, torch.float32), lr=0.02)


@task("1d", facet="eps", hint=EPS)
def test_adams_eps_is_beside_the_root_in_late_steps(student):
    """Where nothing is left of the corrections."""
    walk = walk_of([(2, 3)], 60, 22)
    (p,) = held = put(student, walk.starts)
    optimizer = student.optimizers.Adam(held, lr=0.1, betas=(0.5, 0.5), eps=0.5)
    m = v = torch.zeros(2, 3, dtype=torch.float64)
    for t, step in enumerate(walk.gradients):
        before = p.value()
        take(optimizer, held, [step])
        m, v = (m + step[0]) / 2, (v + step[0] ** 2) / 2
        if t > 40:
            close(p.value() - before, -0.1 * m / (v.sqrt() + 0.5), name=f"step {t}", rtol=RTOL)


@task("1d", facet="correction", hint="Algorithm 1 adds eps to the root of the corrected v_hat.")
def test_adams_eps_is_beside_the_corrected_root(student):
    check(student, "Adam", walk_of([(3, 2)], 5, 2), lr=0.1, eps=0.5)


@task("1d", facet="missing", hint=NONE)
def test_adam_skips_parameter_without_gradient(student):
    check_none(student, "Adam")


@task("1d", facet="cleared", hint=CLEARED)
def test_adam_clears_gradients(student):
    check_zero_grad(student, "Adam")


@task("1d", facet="own", hint=SHARED)
def test_two_adams_share_nothing(student):
    check_nothing_shared(student, "Adam")


@task("1d", facet="generator", hint=WALKED)
def test_adam_takes_a_generator(student):
    check_generator(student, "Adam")


@task("1d", facet="leaf", hint=IN_PLACE)
def test_adam_keeps_parameter_and_gradient(student):
    check_leaf(student, "Adam")


@task("1d", facet="zero", hint="0 / (0 + eps) is 0.")
def test_adam_stays_where_the_gradient_is_zero(student):
    check_no_gradient_no_step(student, "Adam")


@task("1d", facet="correction", hint="t counts the steps, not the parameters.")
def test_adams_clock_ticks_once_per_step(student):
    check(student, "Adam", walk_of([(2,)] * 5, 3, 12), lr=0.1)


@task(
    "1d",
    facet="averages",
    hint="The root of v has the unit of m, so that of the gradients does not matter.",
)
def test_adams_path_does_not_depend_on_the_gradients_unit(student):
    walk, paths = walk_of([(2, 3)], 8, 13), []
    ends_of(student, "Adam", walk, lr=0.1)
    for unit in (1.0, 64.0):
        (p,) = held = put(student, walk.starts)
        optimizer = student.optimizers.Adam(held, lr=0.1, eps=1e-30)
        take(optimizer, held, [[g * unit for g in step] for step in walk.gradients])
        paths.append(p.value())
    close(paths[1], paths[0], name="the parameter under gradients 64 times as large", rtol=RTOL)
