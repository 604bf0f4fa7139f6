"""The JSON that gives a submission to another student.

Owns field names; decides nothing.
"""

from typing import Annotated

import pydantic

from grader.service import submission_owner


class NewOwner(pydantic.BaseModel):
    """Whose a submission is, and why."""

    model_config = pydantic.ConfigDict(extra="forbid")

    student: Annotated[str, pydantic.Field(max_length=200, description="a login")]
    reason: Annotated[
        str, pydantic.Field(max_length=submission_owner.MAX_REASON, description="for the log")
    ]
