"""Tasks 4b and 4c, the captioning network: against its definition; and does it learn?"""

import itertools

import numpy as np
import pytest

from grader.suite import close, oracles, task
from grader.suite import strategies as st

WORDS = {"<NULL>": 0, "<START>": 1, "<END>": 2, "cat": 3, "dog": 4}
V, D, W, H = len(WORDS), 4, 3, 2  # words, image features, features of a word, hidden units
SHAPES = {
    "W_embed": (V, W),
    "W_proj": (D, H),
    "b_proj": (H,),
    "Wx": (W, H),
    "Wh": (H, H),
    "b": (H,),
    "W_vocab": (H, V),
    "b_vocab": (V,),
}
FEATURES = st.fill((3, D), 7)
CAPTIONS = np.array([[1, 3, 4, 3, 2], [1, 4, 2, 4, 3], [1, 3, 3, 2, 4]])
PADDED = np.array([[1, 3, 4, 3, 2], [1, 4, 2, 0, 0], [1, 3, 3, 2, 0]])
# Parameters may be float32, the type by default.
TOLERANCES = {"rtol": 1e-4, "atol": 1e-5}


def weights():
    """Parameters of the small model."""
    return {name: st.fill(shape, i) for i, (name, shape) in enumerate(SHAPES.items())}


def loss_of(params, features, captions):
    """One caption after the other, one word after the other."""
    total = 0.0
    for image, caption in zip(features, captions, strict=True):
        h = image @ params["W_proj"] + params["b_proj"]
        for word, following in itertools.pairwise(caption):
            x = params["W_embed"][word]
            h = np.tanh(x @ params["Wx"] + h @ params["Wh"] + params["b"])
            scores = h @ params["W_vocab"] + params["b_vocab"]
            if following != WORDS["<NULL>"]:
                total += np.log(np.exp(scores).sum()) - scores[following]
    return np.asarray(total / len(captions))


def answer(student, params, captions=CAPTIONS):
    """Loss and gradients of the submission's model with these parameters."""
    model = student.rnn.CaptioningRNN(WORDS, input_dim=D, wordvec_dim=W, hidden_dim=H)
    for name, value in params.items():
        model.params[name] = value
    return model.loss(FEATURES, captions)


@task(
    "4b",
    facet="loss",
    hint="Read words 0 to T-2, predict words 1 to T-1.",
)
def test_loss_matches_definition(student):
    params = weights()
    loss, _ = answer(student, params)
    close(loss, loss_of(params, FEATURES, CAPTIONS), name="the loss", **TOLERANCES)


@task("4b", facet="padding", hint="<NULL> is no word to predict: the mask leaves it out.")
def test_padding_does_not_count(student):
    params = weights()
    loss, _ = answer(student, params, PADDED)
    close(loss, loss_of(params, FEATURES, PADDED), name="the loss", **TOLERANCES)


@task(
    "4b",
    cases="gradients",
    facet="gradients",
    hint="Every forward step has its backward step, in the opposite order.",
)
@pytest.mark.parametrize("name", SHAPES)
def test_gradient_matches_central_differences(student, name):
    params = weights()
    _, grads = answer(student, params)
    assert name in grads, f"grads has the keys {sorted(grads)}, but no {name}"
    expected = oracles.numeric_gradient(
        lambda w: loss_of(params | {name: w}, FEATURES, CAPTIONS), params[name], np.ones(())
    )
    close(grads[name], expected, name=f"grads[{name!r}]", **TOLERANCES)


@task("4c", hint="First make every test of 4b pass: with right gradients, the model learns this.")
def test_three_captions_are_learned_by_heart(student):
    model = student.rnn.CaptioningRNN(WORDS, input_dim=D, wordvec_dim=8, hidden_dim=16)
    shapes = [(V, 8), (D, 16), (16,), (8, 16), (16, 16), (16,), (16, V), (V,)]
    params = {name: 0.2 * st.fill(shape, 1) for name, shape in zip(SHAPES, shapes, strict=True)}
    for _ in range(50):
        for name in SHAPES:
            model.params[name] = params[name]
        loss, grads = model.loss(FEATURES, PADDED)
        for name in SHAPES:
            params[name] = params[name] - 0.2 * grads[name]
    assert loss < 0.5, f"after 50 steps of gradient descent the loss is {loss:.3f}, not below 0.5"
