import pathlib

pathlib.Path("/tmp/hostile-was-here").write_text("conftest")


def pytest_runtest_makereport(item, call):
    call.excinfo = None
