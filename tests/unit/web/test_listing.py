"""Numbered source, and the places in it that a message names."""

from grader.web import listing

MESSAGE = """ValueError: x < 0 & "y"
  layers.py, line 12, in forward: return x
  models/cnn.py, line 3, in <module>: import layers
  a2-code.ipynb, cell 4, line 5, in step: y = f(x)
  /usr/lib/python3/site.py, line 7, in g: h()"""


def test_places_that_a_message_names_are_found_by_file():
    assert listing.failing_lines([MESSAGE, "layers.py, line 2, in f"]) == {
        "layers.py": {12, 2},
        "models/cnn.py": {3},
        "a2-code.ipynb, cell 4": {5},
    }


def test_places_become_links_and_the_rest_is_escaped():
    text = str(listing.linked(MESSAGE, "/submissions/1/files"))
    assert "ValueError: x &lt; 0 &amp; &#34;y&#34;" in text
    assert '<a href="/submissions/1/files#layers.py:12">layers.py, line 12</a>, in forward' in text
    assert "#a2-code.ipynb_cell_4:5" in text
    assert "in &lt;module&gt;" in text
    assert text.count("<a ") == 3


def test_long_line_of_words_hides_no_place_and_takes_no_quadratic_time():
    message = "a " * 50_000 + "\n  layers.py, line 3, in f"
    assert listing.failing_lines([message]) == {"layers.py": {3}}


def test_line_has_the_anchor_that_links_lead_to():
    lines = listing.of_file("a2-code.ipynb, cell 4", "a\nb", {2})
    assert [(line.number, line.marked, line.anchor) for line in lines] == [
        (1, False, "a2-code.ipynb_cell_4:1"),
        (2, True, "a2-code.ipynb_cell_4:2"),
    ]


def test_tests_are_led_to_by_name():
    lines = listing.of_tests("@task('1')\ndef test_a(student):\n    pass\n")
    assert [line.anchor for line in lines] == ["", "test_a", ""]


def test_markup_in_a_message_stays_text():
    assert "<script>" not in listing.linked("<script>.py, line 1", "/x")
