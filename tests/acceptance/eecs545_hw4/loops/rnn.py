"""Homework 4: the captioning network, built on the layers; word vectors looked up in a loop."""

import numpy as np
import rnn_layers
from layers import fc_backward, fc_forward


class CaptioningRNN:
    def __init__(
        self,
        word_to_idx,
        input_dim=512,
        wordvec_dim=128,
        hidden_dim=128,
        cell_type="rnn",
        dtype=np.float32,
    ):
        self.null = word_to_idx["<NULL>"]
        vocabulary = len(word_to_idx)
        sizes = {
            "W_embed": (vocabulary, wordvec_dim),
            "W_proj": (input_dim, hidden_dim),
            "b_proj": (hidden_dim,),
            "Wx": (wordvec_dim, hidden_dim),
            "Wh": (hidden_dim, hidden_dim),
            "b": (hidden_dim,),
            "W_vocab": (hidden_dim, vocabulary),
            "b_vocab": (vocabulary,),
        }
        self.params = {k: (0.1 * np.random.randn(*s)).astype(dtype) for k, s in sizes.items()}

    def loss(self, features, captions):
        p, read, wanted = self.params, captions[:, :-1], captions[:, 1:]
        h0, proj = fc_forward(features, p["W_proj"], p["b_proj"])
        vectors = np.array([[p["W_embed"][word] for word in caption] for caption in read])
        h, run = rnn_layers.rnn_forward(np.moveaxis(vectors, 1, 0), h0, p["Wx"], p["Wh"], p["b"])
        hidden = np.moveaxis(h, 0, 1)
        scores, vocab = rnn_layers.temporal_fc_forward(hidden, p["W_vocab"], p["b_vocab"])
        loss, dscores = rnn_layers.temporal_softmax_loss(scores, wanted, wanted != self.null)
        grads = {"W_embed": np.zeros(p["W_embed"].shape)}
        back, grads["W_vocab"], grads["b_vocab"] = rnn_layers.temporal_fc_backward(dscores, vocab)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = rnn_layers.rnn_backward(
            np.moveaxis(back, 1, 0), run
        )
        for t, n in np.ndindex(*dx.shape[:2]):
            grads["W_embed"][read[n, t]] += dx[t, n]
        _, grads["W_proj"], grads["b_proj"] = fc_backward(dh0, proj)
        return loss, grads
