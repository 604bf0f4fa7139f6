"""The JSON that gives a submission to another student.

Owns field names; decides nothing.
"""

from typing import Annotated

import pydantic

from grader.http import request_faults
from grader.service import submission_owner


class NewOwner(request_faults.SentBody):
    """Whose a submission is, and why."""

    student: Annotated[str, pydantic.Field(max_length=200, description="a login")]
    reason: Annotated[
        str, pydantic.Field(max_length=submission_owner.MAX_REASON, description="for the log")
    ]
