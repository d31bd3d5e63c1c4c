"""Free text: no control characters, no tricks with direction, no identity numbers."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import Refused
from campaigns.text import free, holds_identity_number

#: The example of GB 11643-1999 and one that ends in X; invented, their check digits are right.
VALID = ("11010519491231002X", "440524188001010014")
WRONG = ("110105194912310021", "440524188001010015", "11010519491231002x1", "1101051949123100")


def full_width(text: str) -> str:
    """The same in full-width digits and letters."""
    return "".join(chr(ord(c) + 0xFEE0) for c in text)


@pytest.mark.parametrize("number", VALID)
@pytest.mark.parametrize(
    "around", ["{}", "身份证{}。", "n. {}, seen", "({})", "{}\n{}", "汉字{}汉字", "ID{}", "{}号"]
)
def test_an_identity_number_with_a_right_check_digit_is_refused(number: str, around: str) -> None:
    for written in (number, number.lower(), full_width(number)):
        text = around.replace("{}", written)
        assert holds_identity_number(text)
        with pytest.raises(Refused) as refused:
            free(text, "note")
        (found,) = refused.value.faults
        assert (found.code, found.field) == ("identity_number", "note")
        assert written not in str(refused.value)


def test_an_identity_number_written_in_parts_is_found() -> None:
    for text in ("110105 19491231 002X", "440524-18800101-0014", "440524 188001010014"):
        assert holds_identity_number(text)


@pytest.mark.parametrize(
    "breaker", ["\u200b", "\u200d", "\u2060", "\ufeff", "\x00", "\u202e", "\u00ad"]
)
def test_an_identity_number_is_found_behind_characters_that_nobody_sees(breaker: str) -> None:
    with pytest.raises(Refused, match="identity_number"):
        free(breaker.join(VALID[0]), "note")


@pytest.mark.parametrize("text", [*WRONG, "1" + VALID[0], VALID[1] + "5", "510115123456789012345"])
def test_other_long_numbers_pass(text: str) -> None:
    assert free(text, "note") == text


def test_text_is_trimmed_and_has_one_kind_of_line_end() -> None:
    assert free("  一\r\n二\r三\n ", "note") == "一\n二\n三"
    assert free("", "note") == ""
    assert free(" \n\u3000 ", "note") == ""


def test_control_characters_and_marks_of_direction_are_dropped() -> None:
    assert free("a\x00b\x1b[31mc\x7f\x85", "note") == "ab[31mc"
    assert free("a\u202eb\u2066c\u2069\u200e\u200fd", "note") == "abcd"
    assert free("a\ud800b", "note") == "ab"


def test_text_that_is_too_long_is_refused_with_its_length() -> None:
    assert free("字" * 500, "note") == "字" * 500
    with pytest.raises(Refused) as refused:
        free("字" * 501, "note")
    (found,) = refused.value.faults
    assert (found.code, dict(found.values)) == ("text_too_long", {"limit": 500, "length": 501})
    with pytest.raises(Refused):
        free("abc", "note", 2)


@given(st.text(max_size=400))
def test_whatever_comes_can_be_stored_and_is_stable(text: str) -> None:
    stored = free(text, "note")
    assert stored.encode().decode() == stored
    assert all(c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"} for c in stored)
    assert free(stored, "note") == stored
