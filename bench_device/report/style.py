"""The style sheet of the HTML report, for screens from 320 px wide, light and dark.

Sizes are in CSS pixels, and no chart scales them.
"""

from .palette import DARK, LIGHT


def _colours(palette: tuple[str, ...]) -> str:
    return "; ".join(f"--c{number}: {colour}" for number, colour in enumerate(palette))


_SCHEMES = f"""
:root {{ color-scheme: light dark; --text: #1b1f24; --dim: #4d5560; --page: #ffffff; --panel: #f3f5f7; --rule: #c9ced6;
  --good: #0b6b35; --bad: #a8201a; --unsure: #7a4b00; --mark: #b34700; --error: #1b1f24; --link: #0b5394;
  {_colours(LIGHT)} }}
@media (prefers-color-scheme: dark) {{ :root {{ --text: #e6e9ee; --dim: #aeb6c2; --page: #14171b; --panel: #1f242b;
  --rule: #3d4550; --good: #6fd394; --bad: #ff938a; --unsure: #f0bd66; --mark: #ff9a52; --error: #ffffff;
  --link: #8fc4ff; {_colours(DARK)} }} }}
"""
_FILLS = "\n".join(
    f".c{number} {{ fill: var(--c{number}) }} .l{number} {{ stroke: var(--c{number}) }}" for number in range(len(LIGHT))
)
STYLE = (
    f"{_SCHEMES}{_FILLS}"
    + """
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body { font: 16px/1.45 system-ui, sans-serif; color: var(--text); background: var(--page); margin: 0 auto;
  max-width: 1080px; padding: 12px 16px 48px; overflow-wrap: anywhere }
h1 { font-size: 24px; line-height: 1.2; margin: 12px 0 4px } h2 { font-size: 19px; margin: 32px 0 8px }
p { margin: 8px 0 } .dim { color: var(--dim); font-size: 14px }
.verdict { background: var(--panel); border-radius: 10px; padding: 12px 16px; margin: 16px 0 }
.verdict h2 { margin: 4px 0 8px } .verdict h3 { font-size: 16px; margin: 16px 0 4px }
.verdict ul { margin: 4px 0; padding-left: 20px } .verdict li { margin: 6px 0 }
.met { color: var(--good) } .missed { color: var(--bad) } .unsure { color: var(--unsure) }
.scroll { overflow-x: auto; margin: 8px 0 16px; border: 1px solid var(--rule); border-radius: 8px }
table { border-collapse: collapse; font-size: 14px; width: 100%; overflow-wrap: normal }
caption { text-align: left; font-weight: 600; padding: 8px 10px }
td, th { border-bottom: 1px solid var(--rule); padding: 6px 10px; text-align: left; vertical-align: top }
tr:last-child > * { border-bottom: 0 }
thead th { background: var(--panel); white-space: nowrap }
.wide td { white-space: nowrap }
.wide tr > :first-child { position: sticky; left: 0; background: var(--page); white-space: normal; min-width: 112px;
  max-width: 42vw }
.wide thead tr > :first-child { background: var(--panel) }
 .wide .n { text-align: right; font-variant-numeric: tabular-nums }
.pairs th { font-weight: 500; width: 32%; min-width: 110px } .pairs { overflow-wrap: anywhere }
.chart { margin: 16px 0 28px } figcaption { font-weight: 600; margin-bottom: 8px }
.label { display: flex; gap: 12px; justify-content: space-between; align-items: baseline; font-size: 14px;
  margin-top: 8px }
.label b { font-variant-numeric: tabular-nums; font-weight: 600; text-align: right; flex: none; max-width: 55% }
.bar { display: block; width: 100%; height: 16px; background: var(--panel); border-radius: 3px }
.keys { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; margin: 4px 0 }
.keys span { white-space: normal } .sign { width: 12px; height: 12px; margin-right: 4px; vertical-align: -1px }
.plot { display: grid; grid-template-columns: max-content 1fr; column-gap: 6px; padding: 10px 14px 0 0;
  font-size: 13px }
.plot .y { display: flex; flex-direction: column; justify-content: space-between; text-align: right; margin: -9px 0 }
.plot .area { width: 100%; height: 220px; overflow: visible } .stretched { overflow: visible }
.plot .x { grid-column: 2; position: relative; height: 20px; margin-top: 6px }
.plot .x span { position: absolute; transform: translateX(-50%) }
.axis { font-size: 13px; text-align: center; color: var(--dim); margin: 0 }
.line { fill: none; stroke-width: 2px; vector-effect: non-scaling-stroke }
.grid { stroke: var(--rule) } .mark { stroke: var(--mark); stroke-width: 2px } .error { stroke: var(--error) }
summary { cursor: pointer; padding: 8px 0; color: var(--link) }
pre { font-size: 12px; overflow: auto; max-height: 480px; background: var(--panel); padding: 10px; border-radius: 8px;
  overflow-wrap: normal }
"""
)
