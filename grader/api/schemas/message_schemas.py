"""The JSON of messages and of what waits for the staff.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime

import pydantic

from grader.http import request_faults
from grader.service import messages, waiting


class MessageWish(pydantic.BaseModel):
    """One kind of message."""

    kind: str = pydantic.Field(examples=["marks"])
    words: str = pydantic.Field(examples=["A regrade that changed my points"])
    wanted: bool


class OwnMessages(pydantic.BaseModel):
    """What the caller hears of."""

    choices: list[MessageWish]
    address: str = pydantic.Field(description="where mail goes; empty where none is known")
    sends_mail: bool = pydantic.Field(description="whether this service sends mail at all")


class NewMessageChoices(request_faults.SentBody):
    """The kinds that the caller wants to hear of, and no other."""

    wanted: list[str] = pydantic.Field(max_length=50, examples=[["marks", "regrades"]])


class Unsent(pydantic.BaseModel):
    """A message that could not be sent so far, or at all."""

    kind: str
    recipient: str = pydantic.Field(description="a login, or a webhook's name")
    made_at: datetime.datetime
    tries: int
    fault: str
    given_up: bool


class Outbox(pydantic.BaseModel):
    """Messages of the service, as staff see them."""

    mail: str = pydantic.Field(description="the mail server; empty where no mail is sent")
    webhooks: list[str]
    sent: int = pydantic.Field(description="within a day")
    waiting: int
    given_up: int = pydantic.Field(description="within a day")
    unsent: list[Unsent]


class Waiting(pydantic.BaseModel):
    """Something for the staff to do."""

    words: str = pydantic.Field(examples=["submissions to mark"])
    assignment: str = pydantic.Field(description="empty where it is about none")
    n: int
    path: str = pydantic.Field(description="the page on which it is done")


class WaitingList(pydantic.BaseModel):
    """Everything that waits for the staff, the most urgent first."""

    total: int
    items: list[Waiting]


def own(settings: messages.MessageSettings) -> OwnMessages:
    """A person's settings."""
    choices = [
        MessageWish(kind=one.kind.value, words=one.words, wanted=one.wanted)
        for one in settings.choices
    ]
    return OwnMessages(choices=choices, address=settings.address, sends_mail=settings.sends_mail)


def outbox(status: messages.OutboxStatus) -> Outbox:
    """The outbox."""
    unsent = [Unsent.model_validate(one, from_attributes=True) for one in status.unsent]
    counts = status.counts
    return Outbox(
        mail=status.mail,
        webhooks=list(status.webhooks),
        sent=counts.sent,
        waiting=counts.waiting,
        given_up=counts.given_up,
        unsent=unsent,
    )


def waiting_list(items: list[waiting.WaitingItem]) -> WaitingList:
    """What waits."""
    shown = [Waiting.model_validate(one, from_attributes=True) for one in items]
    return WaitingList(total=sum(one.n for one in items), items=shown)
