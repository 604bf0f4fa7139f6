"""What people write to each other: messages, annotations. What a text must be to be kept.

Owns the rule and its words. Does not own which texts there are, nor who may write them.
"""

from grader import errors


def checked(text: str, what: str, most: int) -> str:
    """The text without space around it.

    Args:
        what: names the text in a sentence: "a message".
        most: characters that it may have.

    Raises:
        NotValid: there is nothing in it, or it is too long.
    """
    said = text.strip()
    if not said:
        raise errors.NotValid("Write what you want to say.")
    if len(said) > most:
        raise errors.NotValid(
            f"{what.capitalize()} has at most {most} characters; yours has {len(said)}."
        )
    return said
