"""The pages as part of the application: their routers, static files, sessions and templates.

Owns the putting together; each page is in a module named as its template.
"""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from grader.web import (
    assignment,
    assignments,
    audit,
    batch,
    batches,
    bulk_operation,
    chart_cache,
    compare,
    course_settings,
    courses,
    dashboard,
    extensions,
    files,
    gradebook,
    hosted_notebook,
    lms,
    lti,
    marking,
    messages,
    oidc,
    pair,
    person,
    public_test,
    publish,
    quality,
    queue,
    regrade,
    regraded,
    regrades,
    rendering,
    requests,
    retention,
    roster,
    rubric,
    schedule,
    sent_scores,
    sessions,
    sign_in,
    signed_in_first,
    similarity,
    student,
    submission,
    submission_owner,
    submission_requests,
    submissions,
    team,
    teams,
    tokens,
    unmarked,
    version,
    versions,
    waiting,
)

ROUTERS = (
    sign_in.router,
    assignments.router,
    assignment.router,
    submission.router,
    submission_owner.router,
    files.router,
    compare.router,
    public_test.router,
    hosted_notebook.router,
    dashboard.router,
    submissions.router,
    quality.router,
    batches.router,
    regrades.router,
    batch.router,
    regrade.router,
    regraded.router,
    bulk_operation.router,
    queue.router,
    courses.router,
    course_settings.router,
    retention.router,
    roster.router,
    person.router,
    tokens.router,
    extensions.router,
    team.router,
    teams.router,
    schedule.router,
    publish.router,
    versions.router,
    version.router,
    gradebook.router,
    audit.router,
    similarity.router,
    pair.router,
    marking.router,
    student.router,
    unmarked.router,
    rubric.router,
    requests.router,
    sent_scores.router,
    lms.router,
    lti.router,
    submission_requests.router,
    messages.router,
    waiting.router,
)


def install(
    app: FastAPI,
    session_key: bytes,
    provider: oidc.Provider | None = None,
    *,
    over_tls: bool = False,
    notebook_host: str = "",
) -> None:
    """Add the pages to the application.

    Args:
        provider: that people may sign in with, beside tokens.
        over_tls: every cookie is for encrypted connections only.
        notebook_host: where the template's notebook can be opened; see `hosted_notebook`.
    """
    app.state.sessions = sessions.Sessions(session_key)
    app.add_middleware(signed_in_first.SignedInFirst)
    rendering.install(app)
    hosted_notebook.install(app, notebook_host)
    oidc.install(app, session_key, provider, over_tls=over_tls)
    app.mount("/static", StaticFiles(directory=rendering.FOLDER / "static"), name="static")
    app.state.figures = chart_cache.Remembered()
    for router in ROUTERS:
        app.include_router(router)
