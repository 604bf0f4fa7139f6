"""Forget one person: account, submissions, uploads, reports.

Owns the sentence about it. A name is found in any spelling. The statements are `store.erasure`'s.
Backups made before still hold the data; a restore of one is followed by forgetting again.
"""

from grader.course import person_names
from grader.service import accounts, grade_archives
from grader.store import blobs, database
from grader.store import erasure as stored

# A younger one may belong to an upload that is just being accepted; the hourly sweep takes it.
YOUNG_S = 60.0


def require(store: database.Database, name: str) -> None:
    """Do nothing if there is such a person; asked before the question whether they go.

    Raises:
        AccountError: there is none.
    """
    if not any(stored.knows(store, one) for one in (name, person_names.normal(name))):
        raise accounts.AccountError(f"There is no user {name!r}.")


def forget(store: database.Database, uploads: blobs.Blobs, name: str) -> str:
    """Delete a person and all that is theirs; a sentence about it.

    Raises:
        AccountError: there is no such user.
        StoreUnavailable: the database or the uploads cannot be reached; to be called again.
    """
    gone = stored.forget(store, name) or stored.forget(store, person_names.normal(name))
    if gone is None:
        raise accounts.AccountError(f"There is no user {name!r}.")
    grade_archives.forget(store, {name, person_names.normal(name), *gone.labels})
    deleted = sum(uploads.delete(blob, YOUNG_S) for blob in gone.blobs)
    later = len(gone.blobs) - deleted
    rest = f" ({later} young ones go within the day)" if later else ""
    return (
        f"Deleted the user, {gone.submissions} submissions and {deleted} uploads{rest}. "
        "Backups made before still hold them."
    )
