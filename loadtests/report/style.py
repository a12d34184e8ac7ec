"""The report's style sheet: light, dark and print, from 320 px up, nothing fetched."""

from collections.abc import Mapping

from loadtests.report.palette import LOOKS, Look

_LIGHT = """
  --paper:#fff; --card:#f7f8f8; --ink:#1b2025; --soft:#57626c; --line:#d5dadd; --grid:#e8ebed;
  --good:#00684c; --bad:#a83a00; --open:#7a5b00; --alarm:#fff1ea;
  --hit:#56B4E9; --stale:#F0E442; --dot:#6b6200; --wait:#ccd4d9; --hatch:#7d8b95; --loaded:#E69F00;
  --error:#111; --error-line:#b9b9b9; --band:#b87d00;
"""
_DARK = """
  --paper:#12161a; --card:#1a2025; --ink:#e6eaed; --soft:#a0acb6; --line:#38424a; --grid:#252d33;
  --good:#3fd0a4; --bad:#ff9a62; --open:#e8c65a; --alarm:#3a1d0d;
  --hit:#56B4E9; --stale:#F0E442; --dot:#6b6200; --wait:#3b464e; --hatch:#7f8d97; --loaded:#E69F00;
  --error:#f4f4f4; --error-line:#555; --band:#E69F00;
"""


def style_sheet(looks: Mapping[str, Look] = LOOKS, more: str = "") -> str:
    """All of it, as the text of one <style>; `more` is what a page has beside."""
    return (
        f"{themes(looks)}{_PAGE}{_TABLES}{_CHARTS}{_strategies(looks)}{more}{_NARROW}"
        f"@media print{{:root{{{_LIGHT}{_hues(looks, dark=False)}}}{_PRINT}}}"
    )


def picture_style(looks: Mapping[str, Look]) -> str:
    """What a chart needs that stands in a file of its own, on its own ground."""
    return f"{themes(looks)}{_CHARTS}{_strategies(looks)}"


def themes(looks: Mapping[str, Look]) -> str:
    """The variables of both themes; the reader's choice decides."""
    light, dark = _hues(looks, dark=False), _hues(looks, dark=True)
    return (
        f":root{{color-scheme:light dark;{_LIGHT}{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{_DARK}{dark}}}}}"
    )


def _hues(looks: Mapping[str, Look], *, dark: bool) -> str:
    hues = {name: look.dark if dark else look.light for name, look in looks.items()}
    return "".join(f"--{name}:{hue};" for name, hue in hues.items())


def _strategies(looks: Mapping[str, Look]) -> str:
    return "".join(
        f".of-{name}{{--hue:var(--{name});--dash:{look.dash}}}" for name, look in looks.items()
    )


_PAGE = """
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%;
  font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1120px;margin:0 auto;padding:48px 24px 72px}
h1{font-size:clamp(1.7rem,4.6vw,2.5rem);line-height:1.12;letter-spacing:-.022em;margin:0 0 10px}
h2{font-size:1.34rem;line-height:1.25;letter-spacing:-.012em;margin:64px 0 6px}
h3{font-size:1rem;margin:0;display:flex;align-items:center;gap:9px;flex-wrap:wrap}
h3 small,.role{font-weight:400;color:var(--soft);font-size:.86rem}
p{margin:0 0 12px;max-width:68ch;text-wrap:pretty}
.lede{font-size:1.16rem;line-height:1.5}
.meta,.notes,figcaption .how,.fine{color:var(--soft);font-size:.86rem}
.meta{margin-bottom:30px}
.fine{max-width:104ch}
code,pre{font:.9em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px;
  white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0 20px}
.verdict{font-size:1.34rem;font-weight:650;letter-spacing:-.012em;margin:26px 0 14px;max-width:none}
.alarm{background:var(--alarm);border:2px solid var(--bad);border-radius:10px;
  padding:18px 22px 12px;margin:8px 0 28px}
.alarm h2{margin:0 0 6px;color:var(--bad);font-size:1.5rem}
.broken{background:var(--card);border-left:3px solid var(--open);border-radius:0 8px 8px 0;
  padding:12px 18px 4px;margin:20px 0;font-size:.92rem}
.broken ul{margin:6px 0;padding-left:1.3em}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,280px),1fr));gap:16px}
.card{background:var(--card);border-top:3px solid var(--hue,var(--line));
  border-radius:0 0 10px 10px;padding:16px 18px 12px}
.card dl{grid-template-columns:1fr 1fr;gap:14px 16px;margin:14px 0 10px}
.card dt{font-size:.8rem;line-height:1.3} .card div{display:flex;flex-direction:column}
.card dd{font-size:1.42rem;font-weight:650;letter-spacing:-.02em;line-height:1.25;
  font-variant-numeric:tabular-nums lining-nums}
.card p{margin:0;font-size:.9rem;border-top:1px solid var(--line);padding-top:10px}
.goals{margin-top:22px;width:auto;min-width:min(100%,860px)}
.goals td{padding-top:4px;padding-bottom:4px}
.goals td{text-align:right;vertical-align:top}
.goals th:nth-child(-n+3),.goals td:nth-child(-n+3){text-align:left}
.goals td:nth-child(3){white-space:normal;min-width:200px;width:99%}
.goals .finding{display:none;color:var(--soft)}
.goals .always{display:block}
.mark{font-weight:700}
.met .mark{color:var(--good)} .missed .mark,.missed strong{color:var(--bad)}
.open .mark,.open strong{color:var(--open)}
"""

_TABLES = """
.scroll{overflow-x:auto;margin:14px 0 10px}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:.94rem;
  font-variant-numeric:tabular-nums lining-nums}
th,td{padding:6px 12px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid)}
th:first-child,td:first-child{text-align:left;padding-left:0}
th:last-child,td:last-child{padding-right:0}
thead th{vertical-align:bottom;border-bottom:2px solid var(--line);font-weight:650}
thead .swatch{display:block;margin:0 0 3px auto}
thead .role{display:block}
tbody th{font-weight:400}
tbody.group th[scope=rowgroup]{font-weight:650;padding-top:20px;border-bottom-color:var(--line)}
td.ours{font-weight:650}
td.worse{color:var(--bad)}
th.claim,td.claim{font-style:italic;font-weight:400;color:var(--soft);padding-left:26px;
  border-left:1px dashed var(--line)}
sup{font-size:.7em;line-height:0;color:var(--soft);margin-left:1px}
ol.notes,ul.notes{padding-left:1.5em;margin:0;max-width:84ch}
.notes li{padding:1px 0}
.notes .dagger{list-style:"†  "}
table.small{font-size:.86rem;width:auto;min-width:min(100%,560px)}
details{margin:10px 0 0;font-size:.9rem}
summary{cursor:pointer;color:var(--soft)}
dl{display:grid;grid-template-columns:minmax(110px,auto) 1fr;gap:6px 20px;margin:14px 0;
  font-size:.92rem}
dt{color:var(--soft)} dd{margin:0;overflow-wrap:anywhere}
"""

_CHARTS = """
figure{margin:22px 0 0;break-inside:avoid}
figcaption{margin:0 0 14px;max-width:76ch;text-wrap:pretty}
figcaption .how{display:block;margin-top:3px}
svg{display:block;overflow:visible}
.definitions{position:absolute}
.stretched{overflow:hidden}
.swatch{display:inline-block;vertical-align:-2px;flex:none}
.plot{padding:26px 74px 44px 58px}
.plot.bare{padding:22px 4px 44px 2px}

.rates .plot.bare{padding-left:124px;padding-right:96px}
.plot.strip{padding-top:18px;padding-bottom:4px}.plot.strip.last{padding-bottom:44px}
.strip .y-title{display:none}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:8px 40px}
.lane{margin-top:26px}
.lane p{margin:4px 0 10px;font-size:.95rem}
.legend{display:flex;flex-wrap:wrap;gap:6px 22px;font-size:.86rem;color:var(--soft);padding:0;
  margin:12px 0 0;list-style:none}
.legend li{display:flex;align-items:center;gap:8px}
text{font:12px/1 system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;fill:var(--soft);
  font-variant-numeric:tabular-nums}
.tick.below{text-anchor:middle}.tick.left{text-anchor:end;dominant-baseline:central}
.end{text-anchor:end}.axis{font-size:11.5px}
.end-label{fill:var(--ink);font-weight:600;dominant-baseline:central}
.note{fill:var(--ink);font-size:12px;paint-order:stroke;stroke:var(--paper);stroke-width:4px;
  stroke-linejoin:round}
.note.strong{font-weight:650}
.grid{stroke:var(--grid);vector-effect:non-scaling-stroke}.base{stroke:var(--line)}
.line{fill:none;stroke:var(--hue);stroke-width:2;stroke-dasharray:var(--dash);stroke-linejoin:round;
  vector-effect:non-scaling-stroke}
.area{fill:var(--hue);opacity:.22}
.marker{fill:var(--hue);stroke:var(--paper);stroke-width:1.5}
.solid{fill:var(--hue)}
.wanted{stroke:var(--ink);stroke-width:2}
.band{fill:var(--band)}
.kind-hit{--paint:var(--hit)}.kind-stale{--paint:url(#dots)}.kind-collapsed{--paint:url(#hatch)}
.kind-miss{--paint:var(--loaded)}.kind-error{--paint:url(#cross)}
[class^=kind]{fill:var(--paint)}path[class^=kind]{fill:none;stroke:var(--paint)}
.hatch-ground{fill:var(--wait)}.hatch-line{stroke:var(--hatch);fill:none}
.dots-ground{fill:var(--stale)}.dots-dot{fill:var(--dot)}
.cross-ground{fill:var(--error)}.cross-line{stroke:var(--error-line);fill:none}
"""

_NARROW = """
@media (max-width:560px){
  main{padding:28px 16px 48px} h2{margin-top:48px}
  .plot{padding-left:46px;padding-right:68px}
  .rates .plot.bare{padding-left:106px;padding-right:78px}
  .tick.below.crowded{display:none}
  th,td{padding:6px 7px}
  .before-after{font-size:.82rem}
  .before-after th,.before-after td{padding-left:5px;padding-right:5px}
  .before-after thead .role{display:none}
  .before-after th[scope=rowgroup]{padding-left:0}
  .before-after th[scope=row]{white-space:normal;min-width:84px;padding-left:0}
  .before-after th:first-child{position:sticky;left:0;background:var(--paper)}
  .goals th:nth-child(n+4),.goals td:nth-child(n+4){display:none}
  .goals .finding{display:block}
  dl.facts{grid-template-columns:1fr;gap:0} .facts dd{margin-bottom:10px}
}
"""

_PRINT = """
body{font-size:10.5pt} main{max-width:none;padding:0}
h2{break-after:avoid;margin-top:28px} .lanes{break-inside:auto}
th,td{padding-top:3px;padding-bottom:3px} tbody.group th[scope=rowgroup]{padding-top:10px}
 .card,.lane,table,pre{break-inside:avoid}
.scroll,pre{overflow:visible} pre{white-space:pre-wrap}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
"""
