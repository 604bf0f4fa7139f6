"""The doctor looks: what it finds is afterwards as it was."""

from grader import app, settings
from grader.cli import doctor


def test_new_data_folder_stays_unmade(tmp_path):
    chosen = settings.Settings(data_dir=tmp_path / "data")
    assert "`grader serve` makes a database" in doctor.database(chosen)
    assert not chosen.data_dir.exists()


def test_database_of_another_release_keeps_its_schema(server_url):
    chosen = settings.Settings(database_url=f"{server_url} dbname=template1")
    assert doctor.database(chosen) == "a server of its own"
    with app.store_as_it_is(chosen) as store:
        assert store.one("SELECT to_regclass('users') AS users") == {"users": None}
