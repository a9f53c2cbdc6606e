from __future__ import annotations

from datetime import date

import pytest

from sanderling.text.dates.asked import asked_dates

TODAY = date(2024, 3, 14)
"""A Thursday."""

# (question, first day, last day) of the first choice, its last occurrence up to today
QUESTIONS = [
    ("What did I do on 2024-03-05?", "2024-03-05", "2024-03-05"),
    ("What did I do on 2024/03/05?", "2024-03-05", "2024-03-05"),
    ("notes 20240305", "2024-03-05", "2024-03-05"),
    ("What did I do on 5 March 2024?", "2024-03-05", "2024-03-05"),
    ("what did i do on 5 march 2024", "2024-03-05", "2024-03-05"),
    ("What did I do on the 5th of March 2024?", "2024-03-05", "2024-03-05"),
    ("What did I do on March 5th?", "2024-03-05", "2024-03-05"),
    ("What did I do on March 5, 2024?", "2024-03-05", "2024-03-05"),
    ("What did I do on Mar 5, 2024?", "2024-03-05", "2024-03-05"),
    ("Tuesday, March 5, 2024", "2024-03-05", "2024-03-05"),
    ("What did I do on 05.03.2024?", "2024-03-05", "2024-03-05"),
    ("Was war am 5.3.2024?", "2024-03-05", "2024-03-05"),
    ("Was war am 05.03.?", "2024-03-05", "2024-03-05"),
    ("Was habe ich am 5. März 2024 gemacht?", "2024-03-05", "2024-03-05"),
    ("Was habe ich am 5. März gemacht?", "2024-03-05", "2024-03-05"),
    ("What happened on 24 December?", "2023-12-24", "2023-12-24"),
    ("What happened on February 29?", "2024-02-29", "2024-02-29"),
    ("What was decided in March?", "2024-03-01", "2024-03-31"),
    ("what was decided in may", "2023-05-01", "2023-05-31"),
    ("What was decided in March 2023?", "2023-03-01", "2023-03-31"),
    ("What was decided last March?", "2023-03-01", "2023-03-31"),
    ("What was decided this January?", "2024-01-01", "2024-01-31"),
    ("What is planned for next May?", "2024-05-01", "2024-05-31"),
    ("Was wurde im Februar beschlossen?", "2024-02-01", "2024-02-29"),
    ("Was wurde letzten Januar beschlossen?", "2024-01-01", "2024-01-31"),
    ("How many sheep did we have in 2022?", "2022-01-01", "2022-12-31"),
    ("Wie viele Schafe hatten wir 2022?", "2022-01-01", "2022-12-31"),
    ("What was in week 10?", "2024-03-04", "2024-03-10"),
    ("What was in week 10 of 2023?", "2023-03-06", "2023-03-12"),
    ("Was war in KW 10?", "2024-03-04", "2024-03-10"),
    ("2024-W10", "2024-03-04", "2024-03-10"),
    ("turnover in Q1", "2024-01-01", "2024-03-31"),
    ("turnover in Q4 2023", "2023-10-01", "2023-12-31"),
    ("Umsatz im ersten Quartal 2023", "2023-01-01", "2023-03-31"),
    ("What did I do today?", "2024-03-14", "2024-03-14"),
    ("What did I do yesterday?", "2024-03-13", "2024-03-13"),
    ("what happened last night", "2024-03-13", "2024-03-13"),
    ("the day before yesterday", "2024-03-12", "2024-03-12"),
    ("What is on tomorrow?", "2024-03-15", "2024-03-15"),
    ("Was habe ich heute gemacht?", "2024-03-14", "2024-03-14"),
    ("Was habe ich gestern gemacht?", "2024-03-13", "2024-03-13"),
    ("Was war vorgestern?", "2024-03-12", "2024-03-12"),
    ("Was ist übermorgen?", "2024-03-16", "2024-03-16"),
    ("three days ago", "2024-03-11", "2024-03-11"),
    ("What did I write 3 days ago?", "2024-03-11", "2024-03-11"),
    ("Was war vor drei Tagen?", "2024-03-11", "2024-03-11"),
    ("a week ago", "2024-03-04", "2024-03-10"),
    ("vor zwei Wochen", "2024-02-26", "2024-03-03"),
    ("two months ago", "2024-01-01", "2024-01-31"),
    ("vor einem Jahr", "2023-01-01", "2023-12-31"),
    ("What did I do last week?", "2024-03-04", "2024-03-10"),
    ("What do I have this week?", "2024-03-11", "2024-03-17"),
    ("What do I have next week?", "2024-03-18", "2024-03-24"),
    ("Was war letzte Woche?", "2024-03-04", "2024-03-10"),
    ("in der vergangenen Woche", "2024-03-04", "2024-03-10"),
    ("Was steht nächste Woche an?", "2024-03-18", "2024-03-24"),
    ("last month", "2024-02-01", "2024-02-29"),
    ("this month", "2024-03-01", "2024-03-31"),
    ("letzten Monat", "2024-02-01", "2024-02-29"),
    ("diesen Monat", "2024-03-01", "2024-03-31"),
    ("last quarter", "2023-10-01", "2023-12-31"),
    ("last year", "2023-01-01", "2023-12-31"),
    ("letztes Jahr", "2023-01-01", "2023-12-31"),
    ("dieses Jahr", "2024-01-01", "2024-12-31"),
    ("in the last 10 days", "2024-03-04", "2024-03-14"),
    ("the past two weeks", "2024-02-29", "2024-03-14"),
    ("in den letzten 3 Monaten", "2023-12-14", "2024-03-14"),
    ("the next three days", "2024-03-14", "2024-03-17"),
    ("What did I do last Monday?", "2024-03-11", "2024-03-11"),
    ("What did I do on Monday?", "2024-03-11", "2024-03-11"),
    ("Monday's meeting", "2024-03-11", "2024-03-11"),
    ("What happened on Thursday?", "2024-03-14", "2024-03-14"),
    ("last Thursday", "2024-03-07", "2024-03-07"),
    ("next Friday", "2024-03-15", "2024-03-15"),
    ("Was war am Montag?", "2024-03-11", "2024-03-11"),
    ("letzten Freitag", "2024-03-08", "2024-03-08"),
    ("last weekend", "2024-03-09", "2024-03-10"),
    ("am Wochenende", "2024-03-09", "2024-03-10"),
    ("between 3 March and 7 March 2024", "2024-03-03", "2024-03-07"),
    ("from March 3 to March 7, 2024", "2024-03-03", "2024-03-07"),
    ("March 3-7, 2024", "2024-03-03", "2024-03-07"),
    ("vom 3. bis 7. März 2024", "2024-03-03", "2024-03-07"),
    ("zwischen 2020 und 2022", "2020-01-01", "2022-12-31"),
    ("since March 2023", "2023-03-01", "9999-12-31"),
    ("seit gestern", "2024-03-13", "9999-12-31"),
    ("after 5 March 2024", "2024-03-06", "9999-12-31"),
    ("before 2020", "0001-01-01", "2019-12-31"),
    ("bis letzte Woche", "0001-01-01", "2024-03-10"),
]

NO_DATES = [
    "May I plant beans?",
    "the march to the sea",
    "Which penguins march in the film?",
    "Who can march 5 miles?",
    "What is in room 2022b?",
    "How far is 2022 km?",
    "What costs 2,022 crowns?",
    "Guten Morgen",
    "Which bus runs on Sundays?",
    "the ratio 3.4",
    "How do I call 555-0305?",
    "What is the last thing to do?",
    "",
]


@pytest.mark.parametrize(("question", "first", "last"), QUESTIONS)
def test_a_date_in_a_question(question: str, first: str, last: str) -> None:
    (asked,) = asked_dates(question, TODAY)
    assert tuple(map(str, asked.choices[0][0])) == (first, last)


@pytest.mark.parametrize("question", NO_DATES)
def test_no_date_in_a_question(question: str) -> None:
    assert asked_dates(question, TODAY) == []


def test_a_date_without_a_year_is_the_last_and_the_next_and_else_an_earlier_one() -> None:
    (asked,) = asked_dates("on 24 December", TODAY)
    assert [[span.first.year for span in spans] for spans in asked.choices[:3]] == [[2023, 2024], [2022], [2021]]


def test_29_february_is_of_leap_years_only() -> None:
    (asked,) = asked_dates("on 29 February", date(2023, 5, 1))
    assert [[span.first.year for span in spans] for spans in asked.choices[:2]] == [[2020, 2024], [2016]]


def test_a_weekday_is_the_last_one_and_else_the_next() -> None:
    (asked,) = asked_dates("What is on Monday?", TODAY)
    assert [str(spans[0].first) for spans in asked.choices] == ["2024-03-11", "2024-03-18"]


def test_several_dates_are_all_of_them() -> None:
    assert [str(each.choices[0][0].first) for each in asked_dates("Compare 2022 with last month", TODAY)] == [
        "2022-01-01",
        "2024-02-01",
    ]


@pytest.mark.parametrize(
    "question", ["9999-12-31", "next 999 years", "999 years ago", "vor 999 Jahren", "İ on 2024-03-05"]
)
def test_the_ends_of_time_and_odd_letters_are_no_error(question: str) -> None:
    asked_dates(question, date(1, 1, 1))
    asked_dates(question, date(9999, 12, 31))
