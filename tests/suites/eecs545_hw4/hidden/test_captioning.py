"""Tasks 4b and 4c against PyTorch and autograd; does the network learn captions by heart?"""

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

# Which parameters a mistake in one part of the backward pass would spoil.
PARTS = {
    "words": ("W_embed",),
    "features": ("W_proj", "b_proj"),
    "cell": ("Wx", "Wh", "b"),
    "vocabulary": ("W_vocab", "b_vocab"),
}
NAMES = [name for part in PARTS.values() for name in part]
WORDS = {"<NULL>": 0, "<START>": 1, "<END>": 2, "a": 3, "b": 4, "c": 5, "d": 6}
D, W, H = 5, 3, 4  # image features, features of a word, hidden units
# Parameters may be float32, the type by default.
TOLERANCES = {"rtol": 1e-4, "atol": 1e-5}


def weights(w=W, h=H):
    """Parameters for seven words, of w features each, and h hidden units."""
    shapes = [(7, w), (D, h), (h,), (w, h), (h, h), (h,), (h, 7), (7,)]
    return {name: st.fill(s, i) for i, (name, s) in enumerate(zip(NAMES, shapes, strict=True))}


def example(n, t, null=0, seed=0, padded=False):
    """Features of n images, and a caption of t words for each; the later ones may be padded."""
    captions = np.random.default_rng(seed).integers(0, 7, (n, t))
    captions[captions == null] = (null + 1) % 7
    for row, caption in enumerate(captions if padded else ()):
        caption[max(2, t - row) :] = null
    return st.fill((n, D), seed + 9), captions


def model_with(student, params, words):
    """The submission's model, holding these parameters."""
    model = student.rnn.CaptioningRNN(words, input_dim=D, wordvec_dim=W, hidden_dim=H)
    for name, value in params.items():
        model.params[name] = value
    return model


def oracle(params, features, captions, null=0):
    """Loss and the gradients by name, in float64."""
    p = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
    words = torch.tensor(captions)
    h, loss = torch.tensor(features) @ p["W_proj"] + p["b_proj"], torch.zeros(())
    for t in range(words.shape[1] - 1):
        h = torch.tanh(p["W_embed"][words[:, t]] @ p["Wx"] + h @ p["Wh"] + p["b"])
        scores = h @ p["W_vocab"] + p["b_vocab"]
        loss = loss + functional.cross_entropy(
            scores, words[:, t + 1], ignore_index=null, reduction="sum"
        ) / len(words)
    loss.backward()
    return loss.item(), {name: leaf.grad.numpy() for name, leaf in p.items()}


def check(student, case, names=NAMES, words=WORDS):
    """Compare the loss and some of the gradients."""
    params = weights()
    expected_loss, expected = oracle(params, *case, words["<NULL>"])
    loss, grads = model_with(student, params, words).loss(*case)
    close(loss, expected_loss, name="the loss", **TOLERANCES)
    for name in names:
        assert name in grads, f"grads has the keys {sorted(grads)}, but no {name}"
        close(grads[name], expected[name], name=f"grads[{name!r}]", **TOLERANCES)


@task("4b", facet="loss", hint="Summed over time, averaged over the captions (not over the words).")
@given(sizes=st.shapes(N=(2, 4), T=(2, 6)), max_examples=10)
def test_loss_matches_pytorch(student, sizes):
    check(student, example(*sizes), names=())


@task(
    "4b",
    cases="gradients",
    facet="gradients",
    hint="Every forward step has its backward step, in the opposite order.",
)
@pytest.mark.parametrize("part", PARTS)
@given(sizes=st.shapes(N=(2, 4), T=(2, 6)), max_examples=8)
def test_gradients_match_autograd(student, part, sizes):
    check(student, example(*sizes), PARTS[part])


@task("4b", facet="padding", hint="<NULL> is no word to predict: it counts nowhere.")
@pytest.mark.parametrize("names", [(), NAMES], ids=["loss", "gradients"])
@given(sizes=st.shapes(N=(2, 4), T=(3, 6)), max_examples=8)
def test_padded_captions_match_pytorch(student, names, sizes):
    check(student, example(*sizes, padded=True), names)


@task("4b", facet="null", hint="<NULL> is whatever index the vocabulary gives it, not always 0.")
def test_null_may_have_any_index(student):
    words = {"a": 0, "b": 1, "<END>": 2, "c": 3, "<NULL>": 4, "d": 5, "<START>": 6}
    check(student, example(4, 6, null=4, padded=True), words=words)


@task("4b", facet="null", hint="<START> and <END> are needed for sampling only.")
def test_vocabulary_may_lack_start_and_end(student):
    words = {word.strip("<>"): index for word, index in WORDS.items() if index}
    check(student, example(3, 5), words=words | {"<NULL>": 0})


@task(
    "4b",
    facet="state",
    hint="`loss` reads features, captions and parameters; it changes none of them.",
)
def test_loss_changes_nothing(student):
    params, (features, captions) = weights(), example(3, 5)
    model, sent = model_with(student, params, WORDS), [student.put(features), student.put(captions)]
    loss, _ = model.loss(*sent)
    expected, _ = oracle(params, features, captions)
    close(loss, expected, name="the loss", **TOLERANCES)  # who does nothing changes nothing
    close(sent[0].value(), features, name="features after the call", exact=True)
    close(sent[1].value(), captions, name="captions after the call", exact=True)
    for name, value in params.items():
        close(model.params[name] * 1.0, value, name=f"params[{name!r}] after", **TOLERANCES)


@task("4c", hint="First make every test of 4b pass: with right gradients, the model learns this.")
def test_captions_of_four_images_are_learned_by_heart(student):
    features, captions = example(4, 6, seed=5, padded=True)
    model = student.rnn.CaptioningRNN(WORDS, input_dim=D, wordvec_dim=10, hidden_dim=20)
    params = {name: 0.2 * value for name, value in weights(10, 20).items()}
    for _ in range(60):
        for name in NAMES:
            model.params[name] = params[name]
        loss, grads = model.loss(features, captions)
        for name in NAMES:
            params[name] = params[name] - 0.2 * grads[name]
    assert loss < 0.5, f"after 60 steps of gradient descent the loss is {loss:.3f}, not below 0.5"
