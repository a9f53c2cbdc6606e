"""Drop question words such as ``什么`` from a question before a search.

Only in languages where they would count as words of a note. In English they are so common that they count for
nothing. But a few Chinese notes among many English ones make ``什么`` as rare as ``泵``, and pairs of letters that
reach into such a word are in no note at all.
"""

from __future__ import annotations

from .. import script
from ..lazy_pattern import lazy_pattern
from ..searched import words

_CHINESE = """
什么时候 哪一天 哪天 的话 为什么 怎么样 怎么办 什么 怎么 怎样 如何 多少 多久 多长 多远 多大 哪里 哪儿 哪个 哪家
哪种 哪些 哪位 哪一 哪 谁 吗 呢 吧 几点 几个 几号 几月 我们 你们 他们 我的 我 你 他 她 它 是不是 是 的 了 这个
那个 这 那 应该 需要 可以
"""
_JAPANESE = """
どのくらい どれくらい どうすれば どうして どうやって いくら いくつ どこ どれ どの どんな どう なぜ なに いつ
だれ 誰 何 でしょうか ですか ますか ました ません てもいい てはいけない てくれる てくれた てもらった てもらう
ている ていた ていない てある てあった すればいい ればいい いいですか いい という まで から ので のに のは のが
のを には では とは にいた この その あの する した して なら
"""
_KOREAN = """
무엇 무엇인 무엇을 무슨 뭐 뭐지 뭐야 뭐였지 뭘 누구 누가 누구지 누구야 누구한테 누구인 어디 어디서 어디지
어디야 어디에 어디인 어디였나 언제 언제지 언제였나 언제까지 얼마 얼마나 얼마인 얼마였나 몇 어떤 어떻게 어느 왜
하나 하는 하지 해 해야 할 있나 있지 있어 것 것은 때 데 나 내 내가 우리 이번 되나 되지 했나 했지 했어 인가
인가요 말해야 모두
"""
# Characters that mean little by themselves, and are in many words that mean something.
_EMPTY_SIGNS = """
一二三四五六七八九十不也在有和就都要会能想去来到把被从给对向跟与上下前后里外中大小多少人天年月日次回
个只些点话子出开看说用做让使最更很太还再已可以所因为而且但地得着过何者方的是了
"""
_EMPTY = frozenset("".join(_EMPTY_SIGNS.split()))


def _longest_first(listed: str) -> str:
    return "|".join(sorted(listed.split(), key=len, reverse=True))


_UNSPACED = lazy_pattern(f"{_longest_first(_CHINESE)}|{_longest_first(_JAPANESE)}")
_EOJEOL = lazy_pattern(f"[{script.HANGUL}]+")
_ASKING = frozenset(_KOREAN.split())


def asked(question: str) -> list[str]:
    """Return the words of ``question`` without question words. If there are no others, all words are returned."""
    if question.isascii() or not script.RUN.search(question):
        return words(question)
    bare = _UNSPACED.sub(" ", question)
    bare = _EOJEOL.sub(lambda found: " " if _asks(found[0]) else found[0], bare)
    return [word for word in words(bare) if word not in _EMPTY] or words(question)


def _asks(eojeol: str) -> bool:
    return eojeol in _ASKING or script.bare(eojeol) in _ASKING
