"""Renders a model file's Jinja template in Jinja's sandbox.

The result is that of transformers. The template is untrusted. It has no access to attributes that begin with an
underscore and changes no value it is given; how long it may run and how much memory it may take is bounded by its
process, in :mod:`sanderling.models.chat.child`. What it says of today's date is left to the day of the question:
``strftime_now`` gives a mark with the format that was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_OUTPUT = 1 << 20
"""Maximum number of characters that a template may write."""


class TemplateFailed(Exception):
    """Raised when a template is not Jinja or refuses a conversation."""


class _Generation(Extension):
    """The Jinja tag ``generation``, which changes nothing here.

    transformers finds with it what an assistant wrote.
    """

    tags = {"generation"}  # noqa: RUF012 (Jinja's own way of declaring tags)

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class Template:
    """A compiled chat template."""

    def __init__(self, source: str, tokens: Mapping[str, str], today: Callable[[str], str]) -> None:
        """Compile ``source``. ``tokens``: values of ``bos_token`` and ``eos_token``; ``today``: writes today's date.

        Raises TemplateFailed if it is no Jinja.
        """
        self.source = source
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation], cache_size=0
        )
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = today
        self._tokens = dict(tokens)
        try:
            self._template = environment.from_string(source)
        except (TemplateError, RecursionError, SyntaxError, ValueError, MemoryError) as error:
            raise TemplateFailed(f"it is no template: {_first_line(error)}") from error

    def render(self, messages: Sequence[Mapping[str, str]], *, generation: bool, **more: object) -> str:
        """Return the prompt for a conversation. Raises TemplateFailed if the template refuses or breaks."""
        values = {**self._tokens, **more, "messages": [dict(message) for message in messages]}
        try:
            pieces, length = [], 0
            for piece in self._template.generate(**values, add_generation_prompt=generation):
                pieces.append(piece)
                length += len(piece)
                if length > MOST_OUTPUT:
                    raise TemplateFailed("it writes without end")
            return "".join(pieces)
        except TemplateFailed:
            raise
        except Exception as error:  # a template can raise anything that its expressions do
            raise TemplateFailed(_first_line(error)) from error


def _to_json(value: object, *_: object, ensure_ascii: bool = False, indent: int | None = None, **__: Any) -> str:
    # Jinja's own filter escapes for HTML.
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)


def _refuse(message: object) -> None:
    raise TemplateFailed(str(message)[:200])


def _first_line(error: BaseException) -> str:
    return next((line.strip()[:200] for line in str(error).splitlines() if line.strip()), type(error).__name__)
