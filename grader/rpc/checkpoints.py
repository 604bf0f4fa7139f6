"""Load a submitted checkpoint into a student's model. UNTRUSTED, as the guest that imports it.

Owns finding the state dict in a file and fitting its names to the model's. What the file is and how
it is read safely is `checkpoint_files`'s.

Theory of operation. A file may hold the state dict itself, or one or more levels down whatever its
key is called, and wrappers put their own name before each entry (`module.` of DataParallel). Every
reading of the file is compared with the names that the model has, and the one that equals them is
loaded; which it was is said in the answer. If none does, the most likely one is compared in words.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch

from grader.rpc import checkpoint_files

MAX_KEYS_SHOWN = 6
MAX_DEPTH = 3  # of dicts around the state dict, and of wrappers around the model
USUAL_KEYS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights")
COMPILED = "_orig_mod."  # torch.compile puts it before the names of each part that it compiled
AVERAGES = "n_averaged"  # AveragedModel's own count, beside the names of the model

State: TypeAlias = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a file.

    Attributes:
        entry: where in the file the tensors are, as `model`; empty at its top.
        change: what was done to the names, as the rest of a sentence; empty if nothing.
    """

    state: State
    entry: str = ""
    change: str = ""


def load(model: torch.nn.Module, path: str) -> list[str]:
    """Load a checkpoint into the student's own object.

    Returns:
        What had to be assumed, a sentence each.

    Raises:
        CheckpointError: no such file, no state dict in it, or one of another architecture.
    """
    own = model.state_dict()
    found = list(_state_dicts(checkpoint_files.read(path)))
    if not found and own:
        raise checkpoint_files.CheckpointError(
            f"{path} does not hold a state dict. {checkpoint_files.SAVE}."
        )
    readings = itertools.chain.from_iterable(_readings(each, own) for each in found)
    fitting = next((r for r in readings if r.state.keys() == own.keys()), None)
    chosen = fitting or min(found, key=_rank, default=Reading({}))
    _check_fit(own, chosen, path)
    try:
        model.load_state_dict(chosen.state)
    except RuntimeError as exc:
        reason = str(exc).strip().splitlines()[-1].strip()
        raise checkpoint_files.CheckpointError(
            f"{path} cannot be loaded into the model: {reason}"
        ) from None
    return [f"{path}: {remark}" for remark in _remarks(chosen)]


def _remarks(chosen: Reading) -> Iterator[str]:
    if chosen.entry and chosen.entry not in USUAL_KEYS:
        yield f"its entry {chosen.entry!r} was loaded."
    if chosen.change:
        yield f"loaded after {chosen.change}."


# ---- readings -----------------------------------------------------------------------------


def _state_dicts(value: Any, entry: str = "", depth: int = 0) -> Iterator[Reading]:
    """The tensors below each dict of a file, with dots between the keys that lead to them."""
    if not isinstance(value, Mapping):
        return
    if state := dict(_tensors(value)):
        yield Reading(state, entry)
    if depth < MAX_DEPTH:
        for key, inner in value.items():
            if isinstance(key, str):
                yield from _state_dicts(inner, f"{entry}.{key}" if entry else key, depth + 1)


def _tensors(
    value: Mapping[Any, Any], prefix: str = "", depth: int = 0
) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if not isinstance(key, str):
            continue
        if torch.is_tensor(inner):
            yield prefix + key, inner
        elif isinstance(inner, Mapping) and depth < MAX_DEPTH:
            yield from _tensors(inner, f"{prefix}{key}.", depth + 1)


def _readings(found: Reading, own: Mapping[str, Any]) -> Iterator[Reading]:
    """The state dict as it is, without what wrappers add to its names, with what they would."""
    yield found
    state = found.state
    if any(COMPILED in name for name in state):
        state = {name.replace(COMPILED, ""): value for name, value in state.items()}
        yield Reading(
            state, found.entry, f"{COMPILED!r} was removed from its names (torch.compile)"
        )
    state = {name: value for name, value in state.items() if name != AVERAGES}
    taken = ""
    for _ in range(MAX_DEPTH):
        if not (first := _common_part(state)):
            break
        taken += first
        state = {name.removeprefix(first): value for name, value in state.items()}
        change = f"{taken!r}, which a wrapper such as DataParallel adds, was removed from its names"
        yield Reading(state, found.entry, change)
    if first := _common_part(own):
        state = {first + name: value for name, value in found.state.items()}
        yield Reading(
            state, found.entry, f"{first!r} was put before its names, as your model has it"
        )


def _common_part(names: Mapping[str, Any]) -> str:
    """`module.` if every name begins with it; else empty."""
    firsts = {name.partition(".")[0] if "." in name else "" for name in names}
    return f"{firsts.pop()}." if len(firsts) == 1 and "" not in firsts else ""


def _rank(found: Reading) -> tuple[int, int]:
    """Small for the state dict that was most likely meant."""
    last = found.entry.rpartition(".")[2]
    usual = USUAL_KEYS.index(last) if last in USUAL_KEYS else len(USUAL_KEYS)
    return usual, found.entry.count(".")


# ---- fit ----------------------------------------------------------------------------------


def _check_fit(own: Mapping[str, Any], chosen: Reading, path: str) -> None:
    """Say which parameters do not fit, in fewer words than PyTorch."""
    state = chosen.state
    complaints = [
        *_listed("lacks", [name for name in own if name not in state]),
        *_listed("has unknown", [name for name in state if name not in own]),
        *_listed("has other shapes for", _other_shapes(own, state)),
    ]
    if complaints:
        raise checkpoint_files.CheckpointError(
            f"{path} is of another architecture than your model: it {'; it '.join(complaints)}."
        )


def _other_shapes(own: Mapping[str, Any], state: State) -> list[str]:
    """A Lazy layer takes whatever shape comes: it has none before."""
    return [
        f"{name} {tuple(state[name].shape)} instead of {tuple(mine.shape)}"
        for name, mine in own.items()
        if name in state
        and not torch.nn.parameter.is_lazy(mine)
        and state[name].shape != mine.shape
    ]


def _listed(verb: str, names: Sequence[str]) -> list[str]:
    shown = list(names[:MAX_KEYS_SHOWN])
    more = [f"and {len(names) - MAX_KEYS_SHOWN} more"] if len(names) > MAX_KEYS_SHOWN else []
    return [f"{verb} {', '.join(shown + more)}"] if names else []
