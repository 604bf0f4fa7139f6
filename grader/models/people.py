"""What somebody is in a course, and what a token is for.

Owns the names of roles and scopes; what each may do is of `course.permissions`.
"""

import enum


class Role(enum.StrEnum):
    """What a token's owner may do."""

    STUDENT = "student"
    TA = "ta"
    INSTRUCTOR = "instructor"
    ADMIN = "admin"
    CI = "ci"


class Scope(enum.StrEnum):
    """What a token may be used for, within what its owner may do."""

    ALL = "all"
    READ = "read"
    SUBMIT = "submit"  # reading, and handing in
