"""How the tests are shared out when several processes run them, as `make test` has it.

A file stays in one process, because its fixtures are dear: a service, a database, warm sandboxes.
The checks of the suites are minutes each and share nothing, so each is dealt on its own, and they
begin; then the order is that of `testpaths`, long ones first, so that no process is left alone with
one at the end.
"""

import pytest

ALONE = "test_suite_quality.py"


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: ALONE not in item.nodeid)  # they begin


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadFileScheduling  # only where pytest-xdist asks

    class Sharing(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return nodeid if ALONE in nodeid else super()._split_scope(nodeid)

    config.option.loadscopereorder = False
    return Sharing(config, log)
