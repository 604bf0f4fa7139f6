"""Captions of images as arrays of word indices (given).

Owns reading `coco_captioning/`, a small made-up caption set for when it is not there, minibatches,
and turning indices back into words. Data is a dict:

    train_captions, val_captions      indices of words, (number of captions, T)
    train_image_idxs, val_image_idxs  which image a caption belongs to, (number of captions,)
    train_features, val_features      features of the images, (number of images, D)
    word_to_idx, idx_to_word          the vocabulary as a dict and as a list
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Data: TypeAlias = dict[str, Any]

FOLDER = Path("coco_captioning")
SPLITS = ("train", "val")
COLOURS = ("red", "green", "blue", "white")
THINGS = ("cat", "dog", "bus", "kite", "boat")
PLACES = ("indoors", "on the grass", "by the sea")


def load_coco_data(folder: Path = FOLDER) -> Data:
    """Captions and features (reduced by PCA) of the course's COCO selection.

    Args:
        folder: the unzipped coco_captioning.zip.

    Raises:
        FileNotFoundError: the folder or one of its files is not there.
        ImportError: h5py, which reads these files, is not installed.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}/ is not here. Download coco_captioning.zip (the course page has the link), "
            "unzip it in this folder, and do not upload it with your code."
        )
    try:
        import h5py  # type: ignore[import-not-found, unused-ignore]  # optional
    except ImportError as exc:
        raise ImportError("reading the COCO files needs h5py: pip install h5py") from exc
    data: Data = {}
    with h5py.File(folder / "coco2014_captions.h5") as captions:
        data |= {name: np.asarray(values) for name, values in captions.items()}
    for split in SPLITS:
        with h5py.File(folder / f"{split}2014_vgg16_fc7_pca.h5") as features:
            data[f"{split}_features"] = np.asarray(features["features"])
    data |= json.loads((folder / "coco2014_vocab.json").read_text())
    return data


def make_small_data(seed: int = 0) -> Data:
    """A made-up stand-in: every combination of a colour, a thing and a place is one image.

    Features are random codes of the three, so captions can be told from them.
    """
    rng = np.random.default_rng(seed)
    phrases = [(c, t, p) for c in COLOURS for t in THINGS for p in PLACES]
    sentences = [f"<START> a {c} {t} {p} <END>".split() for c, t, p in phrases]
    vocabulary = sorted({word for sentence in sentences for word in sentence})
    idx_to_word = ["<NULL>", *vocabulary]
    word_to_idx = {word: index for index, word in enumerate(idx_to_word)}
    captions = np.full((len(sentences), max(map(len, sentences))), word_to_idx["<NULL>"])
    for row, sentence in zip(captions, sentences, strict=True):
        row[: len(sentence)] = [word_to_idx[word] for word in sentence]
    codes = {name: rng.standard_normal(16) for name in (*COLOURS, *THINGS, *PLACES)}
    features = np.array([np.concatenate([codes[part] for part in phrase]) for phrase in phrases])
    data: Data = {"word_to_idx": word_to_idx, "idx_to_word": idx_to_word}
    order = rng.permutation(len(sentences))
    for split, chosen in zip(SPLITS, (order[10:], order[:10]), strict=True):
        data[f"{split}_captions"] = captions[chosen]
        data[f"{split}_features"] = features[chosen]
        data[f"{split}_image_idxs"] = np.arange(len(chosen))
    return data


def sample_coco_minibatch(
    data: Mapping[str, Any], batch_size: int = 100, split: str = "train"
) -> tuple[Array, Array, Array]:
    """Captions drawn at random, the features of their images, and the images' indices."""
    chosen = np.random.choice(len(data[f"{split}_captions"]), batch_size)
    images = data[f"{split}_image_idxs"][chosen]
    return data[f"{split}_captions"][chosen], data[f"{split}_features"][images], images


def decode_captions(captions: Array, idx_to_word: Sequence[str]) -> list[str]:
    """Indices as sentences: up to <END>, without <NULL> and <START>.

    Args:
        captions: indices, shape (N, T), or (T,) for one caption.
        idx_to_word: the vocabulary as a list.
    """
    sentences = []
    for row in np.atleast_2d(captions):
        words = [idx_to_word[index] for index in row]
        words = words[: words.index("<END>")] if "<END>" in words else words
        sentences.append(" ".join(w for w in words if w not in ("<NULL>", "<START>")))
    return sentences
