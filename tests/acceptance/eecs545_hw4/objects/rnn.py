"""Homework 4: the captioning network in one piece, time step by time step, all in float32."""

import numpy as np


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
        assert cell_type == "rnn"
        self.word_to_idx, self.dtype = dict(word_to_idx), dtype
        v, d, w, h = len(word_to_idx), input_dim, wordvec_dim, hidden_dim
        names = ["W_embed", "W_proj", "b_proj", "Wx", "Wh", "b", "W_vocab", "b_vocab"]
        shapes = [(v, w), (d, h), (h,), (w, h), (h, h), (h,), (h, v), (v,)]
        self.params = {
            name: np.random.normal(0, 0.05, shape).astype(dtype)
            for name, shape in zip(names, shapes, strict=True)
        }

    def loss(self, features, captions):
        p = {name: value.astype(self.dtype) for name, value in self.params.items()}
        features, count = features.astype(self.dtype), len(captions)
        states, errors, loss = [features @ p["W_proj"] + p["b_proj"]], [], 0.0
        for word, following in zip(captions.T[:-1], captions.T[1:], strict=True):
            drive = p["W_embed"][word] @ p["Wx"] + states[-1] @ p["Wh"] + p["b"]
            states.append(np.tanh(drive))
            logits = states[-1] @ p["W_vocab"] + p["b_vocab"]
            log_p = logits - logits.max(1, keepdims=True)
            log_p -= np.log(np.exp(log_p).sum(1, keepdims=True))
            counts = (following != self.word_to_idx["<NULL>"]).astype(self.dtype)
            loss -= (log_p[range(count), following] * counts).sum() / count
            one_hot = np.eye(logits.shape[1], dtype=self.dtype)[following]
            errors.append((np.exp(log_p) - one_hot) * counts[:, None] / self.dtype(count))
        return loss, self.gradients(p, features, captions, states, errors)

    def gradients(self, p, features, captions, states, errors):
        g = {name: np.zeros_like(value) for name, value in p.items()}
        carried = np.zeros_like(states[0])
        for t in reversed(range(len(errors))):
            g["W_vocab"] += states[t + 1].T @ errors[t]
            g["b_vocab"] += errors[t].sum(0)
            inner = (errors[t] @ p["W_vocab"].T + carried) * (1 - states[t + 1] ** 2)
            g["Wx"] += p["W_embed"][captions[:, t]].T @ inner
            g["Wh"] += states[t].T @ inner
            g["b"] += inner.sum(0)
            np.add.at(g["W_embed"], captions[:, t], inner @ p["Wx"].T)
            carried = inner @ p["Wh"].T
        g["W_proj"], g["b_proj"] = features.T @ carried, carried.sum(0)
        return g
