"""The inbox: what a person is told of, and what of it she has read."""

from datetime import datetime

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import notices
from campaigns.errors import NotFound, Refused, fault
from campaigns.notices import source
from campaigns.pages import access, answers, paging, waiting
from campaigns.pages.notices import told
from campaigns.permissions import Permission
from campaigns.settings import PAGE_ROWS

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/inbox")
@access.permits(Permission.SIGNED_IN)
def inbox() -> ResponseReturnValue:
    """The notices of a person, the latest first."""
    actor, page = access.actor(), paging.asked()
    found = notices.listed(actor, offset=page.offset, limit=page.limit)
    several = len(source.audience(actor).units) > 1
    return answers.show(
        "inbox/inbox.html",
        notices=[(each, told(each, several=several)) for each in found[:PAGE_ROWS]],
        page=page,
        more=len(found) > PAGE_ROWS,
        until=max((each.at for each in found), default=None),
        number=notices.unread(actor),
        errands=waiting.of_office(),
    )


@blueprint.post("/inbox/read")
@access.permits(Permission.SIGNED_IN)
@answers.form_of(inbox)
def read() -> ResponseReturnValue:
    """Opens what a notice is about; it is read then."""
    actor = access.actor()
    try:
        notice = notices.find(actor, request.form.get("key", ""))
    except NotFound:
        raise Refused(fault("notice_gone")) from None
    notices.mark_read(actor, notice)
    return answers.go(told(notice, several=False).url)


@blueprint.post("/inbox/read-all")
@access.permits(Permission.SIGNED_IN)
@answers.form_of(inbox)
def read_all() -> ResponseReturnValue:
    """Everything that the person was shown is read."""
    notices.mark_all_read(access.actor(), _shown())
    return answers.go(url_for("inbox.inbox"), said="all_read")


def _shown() -> datetime:
    try:
        until = datetime.fromisoformat(request.form.get("until", ""))
        if until.tzinfo is not None:
            return until
    except ValueError:
        pass
    raise Refused(fault("form_expired"))
