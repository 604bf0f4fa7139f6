"""A recurrent network that writes a caption for an image.

Owns the model's parameters and its two uses: the loss of known captions, for training, and the
sampling of new ones. The layers are those of `layers.py` and `rnn_layers.py`, training is
`captioning_solver.py`'s. Letters in shapes: N captions, T words of a caption, D features of an
image, W features of a word, H hidden units, V words of the vocabulary.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import layers
import numpy as np
import numpy.typing as npt
import rnn_layers

Array: TypeAlias = npt.NDArray[Any]


class CaptioningRNN:
    """Image features become the first hidden state; each word is predicted from those before it.

    `params` maps names to arrays: W_embed (V, W) word vectors, W_proj (D, H) and b_proj (H,) from
    features to the first hidden state, Wx (W, H), Wh (H, H) and b (H,) of the recurrent cell,
    W_vocab (H, V) and b_vocab (V,) from hidden states to scores of words.
    """

    def __init__(
        self,
        word_to_idx: Mapping[str, int],
        input_dim: int = 512,
        wordvec_dim: int = 128,
        hidden_dim: int = 128,
        cell_type: str = "rnn",
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        """Draw weights from a normal distribution; biases are zero (given).

        Args:
            word_to_idx: the vocabulary: index of every word. "<NULL>", which pads short captions,
                must be there; "<START>" and "<END>" are needed for sampling only.
            input_dim: number D of features of an image.
            wordvec_dim: number W of features of a word.
            hidden_dim: number H of hidden units.
            cell_type: "rnn", the only kind there is.
            dtype: type of every parameter.

        Raises:
            ValueError: another kind of cell.
        """
        if cell_type != "rnn":
            raise ValueError(f"cell_type {cell_type!r} is not known; use 'rnn'.")
        self.cell_type = cell_type
        self.dtype = dtype
        self.idx_to_word = {index: word for word, index in word_to_idx.items()}
        self._null = word_to_idx["<NULL>"]
        self._start = word_to_idx.get("<START>")
        self._end = word_to_idx.get("<END>")
        shapes = {
            "W_proj": (input_dim, hidden_dim),
            "Wx": (wordvec_dim, hidden_dim),
            "Wh": (hidden_dim, hidden_dim),
            "W_vocab": (hidden_dim, len(word_to_idx)),
        }
        self.params: dict[str, Array] = {
            "W_embed": np.random.standard_normal((len(word_to_idx), wordvec_dim)) / 100
        }
        for name, (fan_in, fan_out) in shapes.items():
            weights = np.random.standard_normal((fan_in, fan_out))
            self.params[name] = weights / np.sqrt(fan_in)
        for name, size in (
            ("b_proj", hidden_dim),
            ("b", hidden_dim),
            ("b_vocab", len(word_to_idx)),
        ):
            self.params[name] = np.zeros(size)
        self.params = {name: value.astype(dtype) for name, value in self.params.items()}

    def loss(self, features: Array, captions: Array) -> tuple[float, dict[str, Array]]:
        """Loss of predicting every word of the captions from those before it, and its gradients.

        The words read are `captions` without their last, the words to predict are `captions`
        without their first. Places whose word to predict is <NULL> (`self._null`) do not count.

            h0     = features W_proj + b_proj
            h      = recurrent cell over the vectors of the words read, from h0
            scores = h W_vocab + b_vocab, at every time step
            loss   = temporal softmax loss: summed over time, averaged over the captions

        Args:
            features: features of the images, shape (N, D).
            captions: indices of words, integers in [0, V), shape (N, T) with T at least 2.

        Returns:
            The loss, one number, and a dict of gradients with the same keys as `params` and
            arrays of the same shapes.

        Source: homework 4, task 4b.
        """
        # TODO(task 4b): Loss of predicting every word of the captions from those before it, and its
        #     gradients.
        raise NotImplementedError("task 4b: loss is not written yet")

    def sample(self, features: Array, max_length: int = 30) -> Array:
        """The likeliest next word, again and again, from <START> on (given).

        Args:
            features: features of the images, shape (N, D).
            max_length: number of words to write.

        Returns:
            Indices of words, shape (N, max_length), <NULL> behind <END>.
        """
        p = self.params
        if self._start is None:
            raise ValueError("sampling needs '<START>' in the vocabulary")
        captions = np.full((features.shape[0], max_length), self._null)
        word = np.full(features.shape[0], self._start)
        ended = np.zeros(features.shape[0], dtype=bool)
        h = features @ p["W_proj"] + p["b_proj"]  # (N, H)
        for t in range(max_length):
            h, _ = rnn_layers.rnn_step_forward(p["W_embed"][word], h, p["Wx"], p["Wh"], p["b"])
            word = (h @ p["W_vocab"] + p["b_vocab"]).argmax(axis=1)  # (N,)
            captions[:, t] = np.where(ended, self._null, word)
            ended |= word == (-1 if self._end is None else self._end)
        return captions
