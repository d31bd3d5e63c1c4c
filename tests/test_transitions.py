"""Every transition x every state x everybody: what the table allows works, everything else is
refused and changes nothing."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from campaigns import register, titles
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.history import Event
from campaigns.pages.application import create_app
from tests.cast import Cast
from tests.conftest import Site, Time, settings_for
from tests.transitions import (
    NOBODY,
    NOW,
    PEOPLE,
    SECOND,
    STAYS,
    Act,
    Cell,
    Sent,
    Subject,
    World,
    id_of,
    last,
)
from tests.transitions.campaigns import CAMPAIGN
from tests.transitions.enrolments import ENROLMENT
from tests.transitions.incidents import INCIDENT
from tests.transitions.items import ITEM
from tests.transitions.rounds import ROUND
from tests.transitions.stage import Stage
from tests.transitions.titles import TITLE
from tests.visiting import meanwhile

SUBJECTS = (CAMPAIGN, ITEM, ENROLMENT, TITLE, INCIDENT, ROUND)
CASES = [(subject, name) for subject in SUBJECTS for name in subject.states]
#: Forms of which the table says nothing, by what they change instead of a state.
ELSEWHERE = {
    "a person's own account and what she has read": (
        *("account.change_email", "account.change_password", "account.language"),
        *("account.logout", "account.make_token", "account.revoke_token", "account.sign_in"),
        *("account.want_digest", "inbox.read", "inbox.read_all"),
    ),
    "drafts that nobody else sees": (
        *("setup.agree", "setup.choose", "setup.create", "setup.explain"),
        *("standards.criteria.add", "standards.criteria.remove", "standards.criteria.save"),
        *("standards.drafts.begin", "standards.drafts.create", "standards.drafts.describe"),
        *("standards.drafts.discard", "standards.drafts.publish", "standards.examples.remove"),
        *("standards.examples.upload", "standards.sections.add", "standards.sections.remove"),
        *("standards.sections.rename", "standards.sheets.apply", "standards.sheets.check"),
        "standards.sheets.drop",
    ),
    "the register and the calendar": (
        *("changes.close", "changes.count", "changes.enter", "changes.merge", "changes.move"),
        *("changes.rename", "changes.split", "imports.apply", "imports.resume", "imports.send"),
        *("workdays.correct", "workdays.remove", "incident_kinds.add", "incident_kinds.change"),
    ),
    "what lies beside an item before it is sent": (
        *("evidence.different", "evidence.upload", "evidence.use", "fitting.attach"),
        *("uploads.create", "uploads.instead"),
    ),
    "who does the work, and with which words and columns": (
        *("handovers.end", "handovers.hand_over", "handovers.lend", "review.retire"),
        *("profiles.change", "profiles.create", "profiles.remove"),
    ),
}
#: What a refusal is answered with.
REFUSED = {403, 404, 409, 422}


@dataclass
class Here:
    """A subject in one of its states, where everybody tries everything."""

    stage: Stage
    subject: Subject
    state: str
    world: World
    kept: Path
    digest: str
    #: The last event before anybody tried, and what it says of its state itself.
    since: int
    stood: str

    def refused(self, act: Act) -> Iterator[str]:
        """What is wrong with how those are refused to whom the table does not allow the act."""
        url, sent = self._form(act)
        for username in self._tries(act):
            answer = self.stage.send(username, url, sent)
            is_stranger = username == NOBODY and not act.public
            if answer.status_code not in ({303} if is_stranger else {*REFUSED, act.stale}):
                yield self._wrong(act, username, f"not refused: {answer.status_code}")
                self.stage.put_back(self.kept)
        yield from self._unchanged(act)

    def allowed(self, act: Act) -> Iterator[str]:
        """What is wrong with what becomes of the act where the table allows it."""
        cell = act.cells.get(self.state, Cell(""))
        after = self.stood if cell.after == STAYS else cell.after
        people = sorted(cell.who)
        yield from self._forged(act, people[:1])
        url, sent = self._form(act)
        for username in people:
            answer = self.stage.send(username, url, sent)
            with self.stage.looking():
                found = self.subject.stands(self.world), told(self.since)
                if username == people[0]:
                    # Who does it makes no difference to the counters.
                    counted = [*recount.check(), *titles.check(), *register.check()]
                    yield from (self._wrong(act, username, each) for each in counted)
            if answer.status_code != 303 or found != (after, list(cell.tells or act.tells)):
                yield self._wrong(act, username, f"{answer.status_code} {found}")
            self.stage.put_back(self.kept)

    def _forged(self, act: Act, people: Sequence[str]) -> Iterator[str]:
        """What is wrong with the answers to a form without its token, and to one of an old page."""
        for username in people:
            url, sent = self._form(act)
            answer = self.stage.send(username, url, sent, token=False)
            if answer.status_code != 400:
                yield self._wrong(act, username, f"without a token {answer.status_code}")
            if act.stale:
                answer = self.stage.send(username, url, self._form(act, behind=1)[1])
                if answer.status_code != act.stale:
                    yield self._wrong(act, username, f"from an old page {answer.status_code}")
            yield from self._unchanged(act)

    def _unchanged(self, act: Act) -> Iterator[str]:
        if self.stage.digest() != self.digest:
            yield self._wrong(act, "one of those refused", "something changed")
            self.stage.put_back(self.kept)

    def _tries(self, act: Act) -> list[str]:
        """To whom the act is refused here, of those who may be told apart by the state."""
        cell = act.cells.get(self.state)
        if cell is not None:
            return [each for each in PEOPLE if each not in cell.who]
        roles = self.stage.roles(act)
        return [each for each, role in PEOPLE.items() if role in roles and each not in SECOND]

    def _form(self, act: Act, behind: int = 0) -> tuple[str, Sent]:
        """Where the form of an act goes, and what it holds on a page that is so far behind."""
        self.world.behind = behind
        with self.stage.looking():
            return self.stage.url(act, act.path(self.world)), act.fields(self.world)

    def _wrong(self, act: Act, username: str, what: str) -> str:
        return f"{act.name}, {self.subject.name} {self.state}, {username}: {what}"


def brought(stage: Stage, time: Time, subject: Subject, name: str) -> Here:
    """A subject in a state, and a copy of the database with it."""
    state = subject.states[name]
    world = World(stage.site.cast, time, state.key)
    if subject.name not in stage.grounds:
        stage.put_back(stage.grounds[""])
        with meanwhile(stage.site):
            subject.ground(world)
        stage.grounds[subject.name] = stage.keep(subject.name)
    stage.put_back(stage.grounds[subject.name])
    with meanwhile(stage.site):
        state.reach(world)
    with stage.looking():
        since, stood = id_of(last(Event)), subject.stands(world)
    return Here(stage, subject, name, world, stage.keep("state"), stage.digest(), since, stood)


def told(since: int) -> list[str]:
    """What the history has told since an event, refused attempts left out."""
    query = sa.select(Event.verb).where(Event.id > since, Event.verb != "denied")
    return list(db.session.scalars(query.order_by(Event.id)))


@pytest.fixture(scope="module")
def stage(template: tuple[Path, Cast], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everybody is signed in, on the day of the table."""
    folder = tmp_path_factory.mktemp("stage")
    shutil.copy(template[0], folder / "campaigns.db")
    found = Stage(Site(create_app(settings_for(folder)), template[1], folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("campaigns.clock.now", lambda: NOW)
        found.invite()
    yield found
    found.let_go()


def test_every_form_is_in_the_table_or_said_to_change_no_state(stage: Stage) -> None:
    app = stage.site.app
    posted = {each.endpoint for each in app.url_map.iter_rules() if "POST" in (each.methods or ())}
    in_table = {act.endpoint for subject in SUBJECTS for act in subject.acts}
    elsewhere = {each for endpoints in ELSEWHERE.values() for each in endpoints}
    assert posted == in_table | elsewhere
    assert not in_table & elsewhere


def test_every_cell_is_of_a_state_and_of_people_that_there_are() -> None:
    for subject in SUBJECTS:
        for act in subject.acts:
            assert set(act.cells) <= set(subject.states), act.name
            assert act.cells, act.name
            assert all(cell.who <= set(PEOPLE) for cell in act.cells.values()), act.name


@pytest.mark.parametrize(
    ("subject", "name"), CASES, ids=[f"{subject.name}: {name}" for subject, name in CASES]
)
def test_what_the_table_allows_works_and_all_else_is_refused(
    stage: Stage, time: Time, subject: Subject, name: str
) -> None:
    time.now = NOW
    here = brought(stage, time, subject, name)
    wrong = [each for act in subject.acts for each in (*here.refused(act), *here.allowed(act))]
    assert not wrong, "\n".join(wrong)
