"""Homework 4: the captioning network, batch first, one step after the other; float32 throughout."""

import numpy as np
from layers import fc_backward, fc_forward, single
from rnn_layers import (
    rnn_step_backward,
    rnn_step_forward,
    temporal_fc_backward,
    temporal_fc_forward,
    temporal_softmax_loss,
)


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
        self.vocabulary, self.null = word_to_idx, word_to_idx["<NULL>"]
        V, D, W, H = len(word_to_idx), input_dim, wordvec_dim, hidden_dim
        uniform = np.random.default_rng().uniform
        self.params = {
            "W_embed": uniform(-0.1, 0.1, (V, W)),
            "W_proj": uniform(-0.1, 0.1, (D, H)),
            "b_proj": np.zeros((H,)),
            "Wx": uniform(-0.1, 0.1, (W, H)),
            "Wh": uniform(-0.1, 0.1, (H, H)),
            "b": np.zeros((H,)),
            "W_vocab": uniform(-0.1, 0.1, (H, V)),
            "b_vocab": np.zeros((V,)),
        }
        self.params = {k: np.array(v, dtype) for k, v in self.params.items()}

    def loss(self, features, captions):
        p = {k: single(v) for k, v in self.params.items()}
        h, project = fc_forward(features, p["W_proj"], p["b_proj"])
        vectors = np.eye(len(p["W_embed"]), dtype=np.float32)[captions[:, :-1]]  # one-hot
        words, embed = temporal_fc_forward(vectors, p["W_embed"], np.zeros(1))
        hs, steps = [], []
        for t in range(words.shape[1]):
            h, step = rnn_step_forward(words[:, t], h, p["Wx"], p["Wh"], p["b"])
            hs.append(h)
            steps.append(step)
        scores, vocab = temporal_fc_forward(np.stack(hs, 1), p["W_vocab"], p["b_vocab"])
        target = captions[:, 1:]
        loss, dscores = temporal_softmax_loss(scores, target, target != self.null)
        grads = {k: np.zeros_like(v) for k, v in p.items()}
        dhs, grads["W_vocab"], grads["b_vocab"] = temporal_fc_backward(dscores, vocab)
        dwords, carry = np.empty_like(words), np.float32(0)
        for t in reversed(range(len(steps))):
            dwords[:, t], carry, dWx, dWh, db = rnn_step_backward(dhs[:, t] + carry, steps[t])
            grads["Wx"] += dWx
            grads["Wh"] += dWh
            grads["b"] += db
        grads["W_embed"] = temporal_fc_backward(dwords, embed)[1]
        _, grads["W_proj"], grads["b_proj"] = fc_backward(carry, project)
        return loss, grads
