"""Deep linking: a teacher chooses in the LMS which homework a new link opens.

Owns this use case. What may be chosen at all is decided by the launch (`lti_launch`), the answer's
form is `grader.lti.deep_linking`'s.
"""

from dataclasses import dataclass

from grader.lti import deep_linking, grades, launch
from grader.lti.launch import LaunchRefused
from grader.scoring import final_score
from grader.service import context, courses, lti_launch, lti_platforms


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """What the browser takes back to the platform, and where."""

    return_url: str
    token: str


def column_of(services: context.Services, slug: str, link_id: str = "") -> grades.Column:
    """A homework as a column of a gradebook.

    Raises:
        AssignmentNotFound: there is no such homework.
    """
    manifest = services.course.load(slug).manifest
    maximum = sum((task.exact_points for task in manifest.task), final_score.ZERO)
    return grades.Column(manifest.title, slug, maximum, link_id)


def choose(services: context.Services, ticket: str, homework: str) -> LinkChoice:
    """Answer with a homework; with none, that nothing was chosen.

    Raises:
        LaunchRefused: there is no such ticket, or no such homework.
    """
    content = lti_launch.take_ticket(services, ticket, lti_launch.CHOOSE)
    if homework and homework not in courses.homeworks_in(services, content["in_course"]):
        raise LaunchRefused("There is no such homework; open the choice in the LMS again.")
    platform = lti_platforms.find(services, content["platform"])
    site, items = lti_platforms.site(services), []
    if homework:
        column = column_of(services, homework)
        items = [deep_linking.item(site, column, with_column=content["accepts_line_item"])]
    asked = launch.DeepLinking(
        content["return_url"], True, content["accepts_line_item"], content["data"]
    )
    key = lti_platforms.access(services, platform).key
    token = deep_linking.response(key, platform.registration, content["deployment"], asked, items)
    return LinkChoice(asked.return_url, token)
