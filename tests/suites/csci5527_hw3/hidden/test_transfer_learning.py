"""Problem 4 (a): exactly what learns, what is kept, and how training goes; a property per test."""

import itertools

import pytest
import torch
from torch.nn import functional as F

from grader.suite import WrongAnswer, close, given, task
from grader.suite import strategies as st

IMAGES = torch.rand((4, 3, 8, 9), generator=torch.Generator().manual_seed(7))


def same(a, b):
    return a.shape == b.shape and bool((a == b).all())


def holds(values, wanted):
    """Whether one of these tensors has the same elements."""
    return any(same(value, wanted) for value in values)


def built(student, strategy, classes=3):
    """The backbone's first parameters by name, the new model, and each parameter's gradient."""
    net = student.stage.Backbone()
    before = {name: p.clone() for name, p in dict(iter(net.named_parameters())).items()}
    model = student.transfer_learning.build_model(net, classes, strategy)
    found = student.value_and_grad(model, IMAGES, upstream=torch.ones(4, classes))
    return before, model, found.parameters


def body_of(parameters):
    return {name: p for name, p in parameters.items() if not name.startswith("fc.")}


@task("4a", facet="kept", hint="Freezing keeps the pretrained values.")
@pytest.mark.parametrize("strategy", ["freeze", "finetune"])
def test_pretrained_body_is_kept(student, strategy):
    before, model, _ = built(student, strategy)
    after = list(dict(iter(model.named_parameters())).values())
    for name, value in body_of(before).items():
        close(holds(after, value), True, name=f"{name} is still there", exact=True)


@task(
    "4a", facet="freeze", hint="The loop that freezes must not come after the new head is in place."
)
def test_new_head_learns_when_the_rest_is_frozen(student):
    before, model, gradients = built(student, "freeze")
    values = dict(iter(model.named_parameters()))
    learning = [name for name, gradient in gradients.items() if gradient is not None]
    close(len(learning) >= 1, True, name="the head learns", exact=True)
    for name in learning:
        close(holds(body_of(before).values(), values[name]), False, name=f"{name} is frozen")


@task(
    "4a",
    facet="freeze",
    hint="requires_grad must be False for the whole backbone, its norms included.",
)
def test_whole_body_is_frozen(student):
    before, model, gradients = built(student, "freeze")
    values = dict(iter(model.named_parameters()))
    frozen = [values[name] for name, gradient in gradients.items() if gradient is None]
    for name, value in body_of(before).items():
        close(holds(frozen, value), True, name=f"{name} is frozen", exact=True)


@task("4a", facet="kept", hint="With finetune and scratch, every parameter requires a gradient.")
@pytest.mark.parametrize("strategy", ["finetune", "scratch"])
def test_everything_learns_otherwise(student, strategy):
    before, _, gradients = built(student, strategy)
    close(len(gradients) >= len(before), True, name="all parameters are there", exact=True)
    for name, gradient in gradients.items():
        close(gradient is not None, True, name=f"{name} learns", exact=True)


@task("4a", facet="head", hint="The old head classifies something else; it must go.")
@pytest.mark.parametrize("strategy", ["freeze", "finetune"])
def test_old_head_is_gone(student, strategy):
    before, model, _ = built(student, strategy)
    values = dict(iter(model.named_parameters())).values()
    close(holds(values, before["fc.weight"]), False, name="the old head is there", exact=True)


@task(
    "4a", facet="scratch", hint="scratch keeps the architecture but none of the pretrained weights."
)
def test_no_weight_is_left_from_scratch(student):
    before, model, _ = built(student, "scratch")
    for name, value in dict(iter(model.named_parameters())).items():
        close(holds(before.values(), value), False, name=f"{name} is pretrained", exact=True)
        if value.ndim > 1:
            close(bool(value.std() > 0), True, name=f"{name} is random", exact=True)


@task(
    "4a",
    facet="scratch",
    hint="Running statistics are learned from the old images; reset them, too.",
)
def test_no_statistic_is_left_from_scratch(student):
    net = student.stage.Backbone()
    model = student.transfer_learning.build_model(net, 2, "scratch")
    state = model.state_dict()
    (mean,) = [value for name, value in state.items() if name.endswith("running_mean")]
    (variance,) = [value for name, value in state.items() if name.endswith("running_var")]
    close(mean, torch.zeros(4), name="the running mean", exact=True)
    close(variance, torch.ones(4), name="the running variance", exact=True)


@task(
    "4a",
    facet="refused",
    hint="A misspelt strategy should raise ValueError and not pass for another one.",
)
def test_unknown_strategy_is_refused(student):
    net = student.stage.Backbone()
    try:
        student.transfer_learning.build_model(net, 2, "thaw")
    except Exception as exc:
        if getattr(exc, "type_name", "") != "ValueError":
            raise
    else:
        raise WrongAnswer("strategy 'thaw': a ValueError was expected, but a model came back")


# -- class weights -------------------------------------------------------------------------------


@task("4a", facet="scale", hint="Equal counts, equal weights: 1 each, since their mean is 1.")
@given(count=st.integers(1, 400), classes=st.integers(2, 5), max_examples=10)
def test_equal_counts_weigh_one_each(student, count, classes):
    weights = student.transfer_learning.class_weights([count] * classes)
    close(weights, torch.ones(classes), name="the weights", exact_dtype=True)


@task("4a", facet="order", hint="Sorted by count, the weights must fall.")
@given(counts=st.tuples(*[st.integers(1, 60)] * 4), max_examples=15)
def test_weights_fall_as_counts_grow(student, counts):
    counts = [sum(counts[: k + 1]) for k in (2, 0, 3, 1)]
    weights = student.transfer_learning.class_weights(counts)
    by_count = [float(weights[k]) for k in sorted(range(4), key=lambda k: counts[k])]
    falls = all(a > b > 0 for a, b in itertools.pairwise(by_count))
    close(falls, True, name=f"for counts {counts}, rarer classes weigh more", exact=True)


# -- training ------------------------------------------------------------------------------------


def points(count, features=5, classes=2):
    """Points that no classifier tells apart entirely, and labels."""
    generator = torch.Generator().manual_seed(11)
    labels = torch.arange(count) % classes
    noise = torch.randn((count, features), generator=generator)
    return noise + (labels - (classes - 1) / 2)[:, None], labels


def train(student, model, data, epochs, lr, weights, size=6):
    loader = student.stage.loader(*data, size)
    return student.transfer_learning.train_model(model, loader, epochs, lr, weights)


@task("4a", facet="freeze", hint="Only parameters that require a gradient go to the optimizer.")
def test_frozen_parameters_keep_every_bit(student):
    net = student.stage.Backbone()
    before = body_of({n: p.clone() for n, p in dict(iter(net.named_parameters())).items()})
    model = student.transfer_learning.build_model(net, 2, "freeze")
    head = [
        p for p in dict(iter(model.named_parameters())).values() if not holds(before.values(), p)
    ]
    train(student, model, (IMAGES, torch.tensor([0, 1, 1, 0])), 2, 0.1, torch.ones(2), 2)
    after = list(dict(iter(model.named_parameters())).values())
    for name, value in before.items():
        close(holds(after, value), True, name=f"{name} is unchanged", exact=True)
    close(all(holds(after, p) for p in head), False, name="the head is unchanged", exact=True)


@task("4a", facet="modes", hint="Call model.train() before the epochs.")
def test_training_is_done_in_training_mode(student):
    model = student.stage.Watched(5, 2)
    model.eval()
    train(student, model, points(18), 2, 0.01, torch.ones(2))
    modes = model.modes()
    close(len(modes) >= 6, True, name="the model sees every batch", exact=True)
    close(all(modes), True, name="training mode in every batch", exact=True)


@task("4a", facet="modes", hint="Call model.eval() after the last epoch.")
def test_model_is_ready_to_predict_afterwards(student):
    model = student.stage.Watched(5, 2)
    train(student, model, points(12), 1, 0.01, torch.ones(2))
    close(model.training, False, name="training mode afterwards", exact=True)


@task("4a", facet="gradients", hint="Clear the gradients of the last batch before backward.")
def test_each_batch_starts_with_no_gradient(student):
    model = student.stage.Watched(5, 3)
    train(student, model, points(24, classes=3), 2, 0.05, torch.ones(3))
    left = torch.tensor(model.record())
    close(left, torch.zeros(8), name="gradients left over, batch after batch", exact=True)


@task(
    "4a",
    facet="history",
    hint="One number per epoch: the mean over its batches of the weighted cross-entropy.",
)
@pytest.mark.parametrize("weights", [None, (1.0, 1.0, 1.0), (0.2, 1.9, 0.9)])
def test_history_holds_the_mean_objective(student, weights):
    """Under learning rate 0 the model stays, so every epoch has the same objective."""
    model, (x, y) = student.stage.Watched(5, 3), points(20, classes=3)
    scores, size = model(x), 5
    weight = None if weights is None else torch.tensor(weights)
    losses = [
        F.cross_entropy(scores[k : k + size], y[k : k + size], weight) for k in range(0, 20, size)
    ]
    history = train(student, model, (x, y), 3, 0.0, weight, size)
    close(torch.tensor(history), torch.stack(losses).mean().expand(3), name="the history")


@task(
    "4a", facet="training", hint="Give the weights to the loss: CrossEntropyLoss(weight=weights)."
)
@pytest.mark.parametrize("heavy", [0, 1])
def test_heavy_class_wins_where_points_are_alike(student, heavy):
    x, y = torch.ones(12, 5), torch.arange(12) % 2
    weights = torch.tensor([1.8, 0.2] if heavy == 0 else [0.2, 1.8])
    model = student.stage.Watched(5, 2)
    history = train(student, model, (x, y), 40, 0.05, weights)
    close(bool(history[-1] < history[0]), True, name="the objective falls", exact=True)
    close(model(x[:1]).argmax(), heavy, name="the class predicted", exact=True)


@task(
    "4a",
    facet="training",
    hint="`epochs` says how often the loader is walked through; one step for each batch.",
)
def test_loader_is_walked_through_once_per_epoch(student):
    model = student.stage.Watched(5, 2)
    history = train(student, model, points(15), 3, 0.01, torch.ones(2), 4)
    close(len(history), 3, name="numbers in the history", exact=True)
    close(len(model.record()), 12, name="backward passes", exact=True)


@task(
    "4a", facet="training", hint="`lr` says how far a step goes; 0 leaves everything in its place."
)
def test_learning_rate_is_used(student):
    moved = {}
    for lr in (0.0, 0.001, 0.1):
        student.seed(5)
        model = student.stage.Watched(5, 2)
        before = model.state_dict()["head.weight"]
        train(student, model, points(12), 1, lr, torch.ones(2))
        moved[lr] = float((model.state_dict()["head.weight"] - before).norm())
    close(moved[0.0], 0.0, name="the way under learning rate 0", exact=True)
    close(moved[0.1] > moved[0.001] > 0, True, name="a larger rate goes further", exact=True)
