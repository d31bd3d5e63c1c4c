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


class TooMuch(Refused):
    """More than may be sent; ``again_in`` are the seconds until it may, None when never."""

    def __init__(self, *faults: Fault, again_in: int | None = None) -> None:
        super().__init__(*faults)
        self.again_in = again_in


class Stale(CampaignError):
    """Somebody else was quicker: the thing has changed since the page was opened."""
