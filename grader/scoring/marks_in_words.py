"""What becomes of marks given by hand when results are replaced, in words. Pure.

Owns the sentences, which a regrade's page, JSON and command share. Counting is
`grader.store.regraded_marks`'s.
"""

ON_TOP = "Points here are those of the tests; marks come on top."


def sentences(kept: int, lost: int, gained: int, gone: int) -> tuple[str, ...]:
    """A sentence for each kind of which there are any; nothing where there are no marks.

    Args:
        kept: count with the old results and with the new ones.
        lost, gained: count only with the old ones, only with the new ones.
        gone: count with neither.
    """
    if not kept + lost + gained + gone:
        return ()
    said = {_lost(lost): lost, _gained(gained): gained, _gone(gone): gone}
    return (ON_TOP, *(sentence for sentence, n in said.items() if n))


def _lost(n: int) -> str:
    if n == 1:
        return (
            "1 mark counts only with the old results, because tests grade its task in the new ones."
        )
    return (
        f"{n} marks count only with the old results, because tests grade their tasks in the new "
        "ones."
    )


def _gained(n: int) -> str:
    return f"{n} mark{' counts' if n == 1 else 's count'} only with the new results."


def _gone(n: int) -> str:
    if n == 1:
        return "1 mark is for a task that the homework no longer has and counts with neither."
    return f"{n} marks are for a task that the homework no longer has and count with neither."
