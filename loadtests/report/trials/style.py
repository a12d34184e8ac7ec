"""What the page of trials has beside the style sheet of all reports."""

from loadtests.report.trials.stacks import LAYERS

_LIGHT = ("#7AA6C2", "#D9B26F", "#8FB996", "#C38D9E", "#A3A1C9", "#B7B7A4", "#E0A890", "#C9CDD1")
_DARK = ("#4F7F9E", "#A9823F", "#5F8E68", "#965F72", "#74719F", "#83836F", "#AC7660", "#5A636B")

_RULES = """
.quick{border-left:3px solid var(--open);padding:8px 14px;background:var(--card);max-width:none}
.findings{padding-left:1.2em;max-width:88ch}.findings li{padding:2px 0}
.findings+.cards{margin-top:22px}
.cards.many{grid-template-columns:repeat(auto-fit,minmax(min(100%,236px),1fr));gap:12px}
.many .card{padding:12px 14px 8px}.many dl{gap:8px 12px;margin:8px 0}.many dd{font-size:1.08rem}
.many dt{font-size:.74rem}
.card .about{border:0;padding:0;color:var(--soft);font-size:.84rem;margin-top:6px}
.card dt{overflow-wrap:anywhere}
.card h3{overflow-wrap:anywhere;flex-wrap:nowrap}
h3.kind{font-size:1.14rem;margin:38px 0 4px}
h4{font-size:.86rem;font-weight:650;margin:0 0 4px}
p.about{margin:22px 0 0;max-width:96ch}
.figures small{display:block;color:var(--soft);font-size:.84em;font-weight:400}
.figures{width:auto;min-width:min(100%,620px)}.figures.ladder{width:100%}
.figures th,.figures td{vertical-align:top;padding:5px 9px}
.figures thead th{white-space:normal;min-width:74px;max-width:130px;vertical-align:bottom;
  font-size:.84rem;font-weight:600;line-height:1.25}
.wide{font-size:.82rem}.wide th,.wide td{padding:4px 5px}
.wide thead th{min-width:58px;max-width:104px;font-size:.76rem}
.figures tbody th .swatch,.figures tbody th{font-weight:600}
.figures th:first-child{position:sticky;left:0;background:var(--paper);z-index:1}
.ladder{font-size:.86rem}.ladder thead th{overflow-wrap:anywhere}
.ladder th,.ladder td{padding:5px 6px}
.ladder th[scope=row]{white-space:normal;min-width:96px;font-weight:400}
.meta,.figures+.notes{max-width:none}
.mistakes .said{text-align:left;white-space:normal;min-width:130px}
.mistakes code{overflow-wrap:anywhere}
.mistakes th:nth-child(-n+4){text-align:left}
.step{margin-top:34px;break-inside:avoid}
.step .fields{margin:6px 0 0}.step .fields code{background:var(--card);padding:1px 6px;
  border-radius:4px;overflow-wrap:anywhere}
.step td,.step th{padding:2px 12px 2px 0}.step table{font-size:.82rem}
th small{font-weight:400}.step table small{display:block;color:var(--soft)}
.step figure{margin-top:8px}.step details{margin-top:2px}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,240px),1fr));
  gap:14px 22px}
.lane .pair{grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr))}
.whisker{stroke:var(--ink);stroke-width:1.5}
.plot.strips{padding-left:46px;padding-right:6px}
.plot.named{padding-right:150px}
.plot.areas{padding-right:104px;padding-left:72px}
.line.thin{stroke-width:1.5;stroke-dasharray:none}
.named{font-weight:600;fill:var(--hue)}
.event{stroke:var(--ink);stroke-dasharray:3 3;opacity:.6}
.layer{stroke:var(--paper);stroke-width:1;vector-effect:non-scaling-stroke}
.patch{display:inline-block;width:22px;height:12px;background:var(--layer)}
.rates .plot.bare{padding-left:150px}
@media (max-width:560px){
  .plot.named{padding-right:12px}.plot.named .end-label{display:none}
  .plot.areas{padding-right:8px}.plot.areas .end-label{display:none}
  .rates .plot.bare{padding-left:128px}
  .figures th:first-child{max-width:120px;white-space:normal;overflow-wrap:anywhere}
  .wide{font-size:.82rem}.wide th,.wide td{padding:4px 5px}
.wide thead th{min-width:58px;max-width:104px;font-size:.76rem}
.figures tbody th .swatch{display:block}
}
"""
_PRINT = """
@media print{.figures{font-size:7.6pt}.figures th,.figures td{padding:2px 3px}
.figures thead th,.wide thead th{font-size:7pt}.panels{grid-template-columns:repeat(2,1fr);gap:10px}
.cards.many{grid-template-columns:repeat(3,1fr)}p.about,h3,h4,.fine{break-after:avoid}details>*{display:block}.lane{break-inside:avoid}}
"""


def rules() -> str:
    """All of it, with both themes of the areas' hues."""
    return (
        f":root{{{_hues(_LIGHT)}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{_hues(_DARK)}}}}}"
        f"@media print{{:root{{{_hues(_LIGHT)}}}}}"
        f"{_layers()}{_RULES}{_PRINT}"
    )


def _hues(hues: tuple[str, ...]) -> str:
    return "".join(f"--layer-{place}:{hue};" for place, hue in enumerate(hues))


def _layers() -> str:
    return "".join(
        f".layer-{place}{{--layer:var(--layer-{place});fill:var(--layer-{place})}}"
        for place in range(LAYERS)
    )
