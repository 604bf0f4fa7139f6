"""A recurrent network that captions images."""

from builtins import object, range

import numpy as np
from layers import *
from rnn_layers import *


class CaptioningRNN(object):
    """From features of an image to words."""

    def __init__(
        self,
        word_to_idx,
        input_dim=512,
        wordvec_dim=128,
        hidden_dim=128,
        cell_type="rnn",
        dtype=np.float32,
    ):
        if cell_type not in {"rnn"}:
            raise ValueError('Invalid cell_type "%s"' % cell_type)
        self.cell_type = cell_type
        self.dtype = dtype
        self.word_to_idx = word_to_idx
        self.idx_to_word = {i: w for w, i in word_to_idx.items()}
        self.params = {}
        vocab_size = len(word_to_idx)
        self._null = word_to_idx["<NULL>"]
        self._start = word_to_idx.get("<START>", None)
        self._end = word_to_idx.get("<END>", None)

        self.params["W_embed"] = np.random.randn(vocab_size, wordvec_dim)
        self.params["W_embed"] /= 100
        self.params["W_proj"] = np.random.randn(input_dim, hidden_dim)
        self.params["W_proj"] /= np.sqrt(input_dim)
        self.params["b_proj"] = np.zeros(hidden_dim)
        self.params["Wx"] = np.random.randn(wordvec_dim, hidden_dim)
        self.params["Wx"] /= np.sqrt(wordvec_dim)
        self.params["Wh"] = np.random.randn(hidden_dim, hidden_dim)
        self.params["Wh"] /= np.sqrt(hidden_dim)
        self.params["b"] = np.zeros(hidden_dim)
        self.params["W_vocab"] = np.random.randn(hidden_dim, vocab_size)
        self.params["W_vocab"] /= np.sqrt(hidden_dim)
        self.params["b_vocab"] = np.zeros(vocab_size)
        for k, v in self.params.items():
            self.params[k] = v.astype(self.dtype)

    def loss(self, features, captions):
        """Loss and gradients."""
        # Words that go in, and words that are expected
        captions_in = captions[:, :-1]
        captions_out = captions[:, 1:]
        mask = captions_out != self._null

        W_proj, b_proj = self.params["W_proj"], self.params["b_proj"]
        W_embed = self.params["W_embed"]
        Wx, Wh, b = self.params["Wx"], self.params["Wh"], self.params["b"]
        W_vocab, b_vocab = self.params["W_vocab"], self.params["b_vocab"]

        loss, grads = 0.0, {}
        h0, cache_proj = fc_forward(features, W_proj, b_proj)
        words, cache_embed = word_embedding_forward(captions_in, W_embed)
        h, cache_rnn = rnn_forward(words.transpose(1, 0, 2), h0, Wx, Wh, b)
        scores, cache_vocab = temporal_fc_forward(h.transpose(1, 0, 2), W_vocab, b_vocab)
        loss, dscores = temporal_softmax_loss(scores, captions_out, mask, verbose=False)

        dh, grads["W_vocab"], grads["b_vocab"] = temporal_fc_backward(dscores, cache_vocab)
        back = rnn_backward(dh.transpose(1, 0, 2), cache_rnn)
        dwords, dh0, grads["Wx"], grads["Wh"], grads["b"] = back
        grads["W_embed"] = word_embedding_backward(dwords.transpose(1, 0, 2), cache_embed)
        _, grads["W_proj"], grads["b_proj"] = fc_backward(dh0, cache_proj)
        return loss, grads

    def sample(self, features, max_length=30):
        """The likeliest words."""
        N = features.shape[0]
        captions = self._null * np.ones((N, max_length), dtype=np.int32)
        h, _ = fc_forward(features, self.params["W_proj"], self.params["b_proj"])
        word = np.full(N, self._start)
        for t in range(max_length):
            x, _ = word_embedding_forward(word, self.params["W_embed"])
            h, _ = rnn_step_forward(
                x, h, self.params["Wx"], self.params["Wh"], self.params["b"]
            )
            scores, _ = fc_forward(h, self.params["W_vocab"], self.params["b_vocab"])
            word = scores.argmax(axis=1)
            captions[:, t] = word
        return captions
