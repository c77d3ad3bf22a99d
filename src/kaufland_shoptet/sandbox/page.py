"""The status page of the sandbox's server: one HTML page that asks nobody else for anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

from .faults import KINDS, WEBHOOKS

__all__ = ["POLICY", "render"]

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the page."""

_STYLE: Final = """
:root { color-scheme: light dark; --line: light-dark(#d9dce1, #3a3f47); --soft: light-dark(#f5f6f8, #1e2126);
  --ink: light-dark(#1c2127, #e6e8eb); --dim: light-dark(#5b6570, #9aa4af); --accent: light-dark(#0b63b5, #6cb2f5);
  --bad: light-dark(#b3261e, #ff8a80); --good: light-dark(#1b7f3b, #77d492); }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; color: var(--ink);
  background: light-dark(#fff, #16181c); font: 15px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; align-items: baseline; }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 0 0 .6rem; font-size: 1rem; }
time { font-variant-numeric: tabular-nums; } .dim { color: var(--dim); }
code, td.code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .6rem; margin: 1rem 0 1.5rem; }
.card { padding: .6rem .8rem; border: 1px solid var(--line); border-radius: 8px; background: var(--soft); }
.card b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1.2rem; }
section { min-width: 0; padding: 1rem; border: 1px solid var(--line); border-radius: 8px; }
.scroll { max-height: 22rem; overflow: auto; }
table { width: 100%; border-collapse: collapse; } th { color: var(--dim); font-weight: 500; text-align: left; }
th, td { padding: .2rem .6rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.bad { color: var(--bad); } .good { color: var(--good); }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 .7rem; }
label { display: grid; gap: .1rem; color: var(--dim); font-size: 13px; }
input, select, button { padding: .35rem .6rem; border: 1px solid var(--line); border-radius: 6px;
  background: light-dark(#fff, #22262c); color: inherit; font: inherit; }
input { width: 7rem; } input.wide { width: 13rem; }
button { cursor: pointer; border-color: var(--accent); color: var(--accent); }
button.main { background: var(--accent); color: light-dark(#fff, #10151b); }
meter { width: 5rem; }
"""


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]], empty: str) -> str:
    made = ["<tr>" + "".join(row) + "</tr>" for row in rows]
    if not made:
        return f'<p class="dim">{escape(empty)}</p>'
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    return f'<div class="scroll"><table><tr>{head}</tr>{"".join(made)}</table></div>'


def _cell(value: object, kind: str = "") -> str:
    return f'<td class="{kind}">{escape("" if value is None else str(value))}</td>'


def _mark(good: bool, bad: bool) -> str:
    return "good" if good else "bad" if bad else ""


def _buttons(path: str, name: str, choices: Mapping[str, str]) -> str:
    made = (
        f'<button name="{name}" value="{value}">{escape(label)}</button>' for value, label in choices.items()
    )
    return f'<form method="post" action="/sandbox/{path}">{"".join(made)}</form>'


def _options(values: Iterable[str], first: str | None = None) -> str:
    empty = "" if first is None else f'<option value="">{escape(first)}</option>'
    return empty + "".join(f"<option>{escape(value)}</option>" for value in values)


def _fault_form() -> str:
    return f"""<form method="post" action="/sandbox/faults">
<label>Kind<select name="kind">{_options((*KINDS, *WEBHOOKS))}</select></label>
<label>API<select name="api">{_options(("kaufland", "shoptet"), "both")}</select></label>
<label>Method<select name="method">{_options(("GET", "POST", "PUT", "PATCH", "DELETE"), "any")}</select></label>
<label>Path, with *<input class="wide" name="path" value="*" required></label>
<label>From the nth call<input name="nth" type="number" min="1" value="1"></label>
<label>How often<input name="times" type="number" min="1" value="1"></label>
<label>Seconds<input name="seconds" type="number" min="0" value="30"></label>
<button class="main">Add the fault</button></form>
<form method="post" action="/sandbox/faults">
<label>Chance of any fault<input name="rate" type="number" min="0" max="1" step="0.01" value="0.05"></label>
<label>Seed<input name="seed" type="number" value="0"></label><button>Let chance decide</button></form>
{_buttons("faults", "clear", {"true": "Forget all faults"})}"""


def _planned(row: Mapping[str, Any]) -> str:
    where = " ".join(str(row[name]) for name in ("api", "method", "path") if row[name] is not None)
    return f"<li><code>{escape(str(row['kind']))}</code> {escape(where)}, from call {row['nth']} on, for {row['times']}</li>"


def render(now: Mapping[str, Any], kaufland_url: str, shoptet_url: str) -> bytes:
    """The page for what `control.status` tells."""
    cards = "".join(
        f'<div class="card"><b>{number:,}</b><span class="dim">{escape(name)}</span></div>'
        for name, number in now["counts"].items()
    )
    limits = _table(
        ("", "peak", "limit", ""),
        (
            (
                _cell(row["what"]),
                _cell(row["peak"], "number"),
                _cell(row["limit"], "number"),
                f'<td><meter min="0" max="{row["limit"]}" high="{row["limit"] * 0.8}" value="{row["peak"]}"></meter></td>',
            )
            for row in now["limits"]
        ),
        "",
    )
    calls = _table(
        ("status", "method", "path", "API"),
        (
            (
                _cell(row["status"] or "none", _mark(False, (row["status"] or 500) >= 400)),
                _cell(row["method"]),
                _cell(row["path"], "code"),
                _cell(row["api"]),
            )
            for row in now["calls"]
        ),
        "Nobody has called yet.",
    )
    webhooks = _table(
        ("state", "tries", "event", "address"),
        (
            (
                _cell(row["state"], _mark(row["state"] == "delivered", row["state"] in ("failed", "lost"))),
                _cell(row["tries"], "number"),
                _cell(f"{row['api']} {row['event']}"),
                _cell(row["url"], "code"),
            )
            for row in now["webhooks"]
        ),
        "Nobody is subscribed, or nothing has happened. Only addresses on this machine are really called.",
    )
    struck = _table(
        ("kind", "method", "path", "API"),
        (
            (_cell(row["kind"]), _cell(row["method"]), _cell(row["path"], "code"), _cell(row["api"]))
            for row in now["struck"]
        ),
        "Nothing has gone wrong.",
    )
    planned = "".join(map(_planned, now["planned"]))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox</title><link rel="icon" href="data:,"><style>{_STYLE}</style></head><body>
<header><h1>Sandbox</h1><time>{escape(now["now"])}</time><span class="dim">the clock is {escape(now["clock"])}</span>
<a href="/">Refresh</a></header>
<p class="dim">Kaufland <code>{escape(kaufland_url)}</code> &nbsp; Shoptet <code>{escape(shoptet_url)}</code>
&nbsp; As JSON: <a href="/sandbox">/sandbox</a></p>
<div class="cards">{cards}</div>
<div class="columns">
<section><h2>Clock</h2>
{_buttons("clock", "seconds", {"60": "+1 minute", "900": "+15 minutes", "3600": "+1 hour", "86400": "+1 day"})}
<form method="post" action="/sandbox/clock"><label>Seconds<input name="seconds" type="number" min="0" value="1800">
</label><button class="main">Move the clock</button></form>
<h2>Customers</h2>
<form method="post" action="/sandbox/orders"><label>Where<select name="api">{_options(("kaufland", "shoptet"))}</select>
</label><label>How many<input name="number" type="number" min="1" max="1000" value="1"></label>
<button class="main">Order</button></form>
<form method="post" action="/sandbox/reset"><button>Start again</button></form></section>
<section><h2>Limits</h2>{limits}</section>
<section><h2>Faults to come</h2>{_fault_form()}<ul>{planned}</ul></section>
<section><h2>Faults that struck</h2>{struck}</section>
<section><h2>Latest calls</h2>{calls}</section>
<section><h2>Latest webhooks</h2>{webhooks}</section>
</div></body></html>
""".encode()
