"""The page of prices is made of the figures of a check, section by section."""

from tests.acceptance import prices

PAGE = "# Title\n\nWords.\n\n## One (`one`)\n\nold\n\n## Two (`two`)\n\nkept\n"
MUTANT = "PoolUpsampleNet: batch norm before pooling"


def test_sections_are_replaced_kept_and_added() -> None:
    new = prices.renewed(PAGE, {"one": "## One (`one`)\n\nnew\n", "three": "## Three (`three`)\n"})
    assert new == (
        "# Title\n\nWords.\n\n## One (`one`)\n\nnew\n\n## Two (`two`)\n\nkept\n\n"
        "## Three (`three`)\n"
    )


def test_section_has_a_line_for_each_mutant_that_was_graded() -> None:
    figures = {
        "costs": {MUTANT: {"4.1": 0.12}},
        "mutants": {"named": {"killed": 1, "total": 1}},
        "reference": {"score": 7.0, "max": 7.0},
        "template": {"score": 0.0},
    }
    lines = prices.section("csc413_a2", figures).splitlines()
    assert lines[0].endswith("(`csc413_a2`)")
    assert lines[6:] == [f"| {MUTANT} | 4.1 0.12 (24%) | 4.1 0.15 |"]
