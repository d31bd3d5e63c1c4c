"""What the domain raises; ``pages.answers`` is the one place that turns it into an answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what a person sent.

    ``code`` names a sentence in ``pages.sentences``, ``field`` the form field it belongs to,
    ``values`` what the sentence mentions.
    """

    code: str
    field: str | None = None
    values: tuple[tuple[str, object], ...] = ()


def fault(code: str, field: str | None = None, **values: object) -> Fault:
    """A fault with the values that its sentence mentions."""
    return Fault(code, field, tuple(values.items()))


class CampaignError(Exception):
    """Anything the domain says no to."""


class NotFound(CampaignError):
    """Absent, or outside the person's scope: the answer is the same."""


class NotAllowed(CampaignError):
    """Visible to the person, but not hers to do. ``code`` names the sentence."""

    def __init__(self, code: str = "not_allowed") -> None:
        super().__init__(code)
        self.code = code


class Refused(CampaignError):
    """What was sent cannot be taken; the faults say why and nothing was changed."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(each.code for each in faults))
        self.faults = faults


class TooMany(CampaignError):
    """More than is fair at once. ``code`` names the sentence; it can be tried again in
    ``seconds``."""

    def __init__(self, code: str, *, seconds: int) -> None:
        super().__init__(code)
        self.code = code
        self.seconds = seconds


class Stale(CampaignError):
    """Somebody else was quicker: the thing has changed since the page was opened."""
