"""Parsing in several threads, where Python 3.11 counts the depth of all trees in one place."""

import ast
import concurrent.futures
import gc
import os
import threading

import pytest

from grader.source import syntax

SOURCE = "x = " + "+".join(["f(a[1], (b, c), {d: e})"] * 400)


@pytest.fixture
def let_others_go_on():
    """A callback in Python at the garbage collector, as Hypothesis keeps one: threads switch in the
    middle of a parse.
    """

    def callback(phase, info):
        sum(range(50))

    gc.callbacks.append(callback)
    yield
    gc.callbacks.remove(callback)


def test_threads_parse_at_once(let_others_go_on):
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        trees = list(threads.map(syntax.parsed, [SOURCE] * 100))
    assert {len(tree.body) for tree in trees} == {1}


def test_child_of_a_process_that_parses_can_parse():
    stop = threading.Event()

    def parse():
        while not stop.is_set():
            syntax.parsed(SOURCE)

    thread = threading.Thread(target=parse)
    thread.start()
    try:
        for _ in range(20):
            child = os.fork()
            if not child:
                syntax.parsed("x = 1")
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        thread.join()


def test_what_is_odd_in_the_source_is_no_warning():
    assert isinstance(syntax.parsed('x = "\\d" is 1'), ast.Module)
    assert isinstance(syntax.expression('"\\d" is 1'), ast.Compare)
