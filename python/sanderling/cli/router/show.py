"""``sanderling router show``: show the installed router and the shipped one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import UsageError
from .. import options, output

if TYPE_CHECKING:
    from ...router.installed import Installed
    from ...router.training.card import Card

EXAMPLES = "Example:  sanderling router show --json"


def show(json: options.JsonOption = False) -> None:
    """Show the installed router and the shipped one, with the quality of each.

    Also how each was made.
    """
    from ...router import fastgrnn, installed
    from ...router.training import card

    state = installed.state()
    files = {
        name: installed.folder() / each.file
        for name, each in (("current", state.current), ("previous", state.previous))
        if each is not None
    } | ({"shipped": installed.SHIPPED} if installed.SHIPPED.is_file() else {})
    try:
        cards = {name: card.decode(fastgrnn.from_bytes(file.read_bytes()).card) for name, file in files.items()}
    except ValueError as error:
        raise UsageError(
            f"an installed router cannot be read ({error}): train it again with  sanderling router train"
        ) from error
    if json:
        output.json_line({"current": state.current, "previous": state.previous, "cards": cards})
        return
    for name, each in (("current", state.current), ("previous", state.previous)):
        output.line(f"{name}: {id_of(each)}")
        if each is not None:
            output.line(f"  installed {each.when}; {_origin(cards[name])}")
            for judgement in each.judgements:
                output.line(f"  {judgement}")
    output.line(f"shipped: {_origin(cards['shipped']) if 'shipped' in cards else 'none with this version'}")


def _origin(of: Card) -> str:
    models = ", ".join(filter(None, of.models))
    ladder = f"{of.ladder} ({models})" if of.ladder else models
    return f"of {of.source}, {of.questions} questions in {of.rows} rows; ladder {ladder}"


def id_of(each: Installed | None) -> str:
    """Return the id of ``each``, or "none, the rule decides" for None."""
    return each.id if each is not None else "none, the rule decides"
