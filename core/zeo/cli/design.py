"""``zeo design``: from a wish to new frameworks, in a closed loop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zeo.cli.choosing import UNBLOCKED
from zeo.cli.options import EXECUTOR, PAGE, tabular
from zeo.cli.pages import page_wanted, remember_page
from zeo.tools.words import counted

if TYPE_CHECKING:
    from zeo.api.designing import Designed, Hit

EXAMPLES = """
\b
Examples:
  zeo design --target "void_fraction=0.18..0.22" --target "energy<20 kJ/mol"
  zeo design --target "free_sphere=6..7" --target largest_ring=12 \\
      --target "energy<16" --until 50 --jobs 2
  zeo design --target "methane.deliverable_volumetric>95" \\
      --target "energy<20.5" --minutes 60
  zeo design --maximise "selectivity[xenon:krypton=20:80, 1 bar]" \\
      --target "energy<20.5" --minutes 10
  zeo design --target "qst=24..26" --generator search --known standard \\
      --known runs/zeosym-001
  zeo design --target "methane.deliverable_volumetric>95" \\
      --surrogate deliverable
  zeo design --target "qst=15..17" --generator zeosym --finetune
  zeo design --resume designs/design-001 --until 40

Known frameworks are looked up first (--known). Then rounds propose frameworks, by changing known ones and
those found, anew, or by drawing; drop nets that are known; relax what promises most by what is known before;
and confirm each hit: shaken and relaxed again without symmetry, it has to meet every wish. --until counts
confirmed frameworks with new nets. Stopped or killed, --resume goes on, to the same frameworks with any
--jobs. The directory is a data set of all that was relaxed, which zeo data info and zeo data export take;
report.html in it, of which zeo report writes another, shows what was found and what it took. The exit code
is 1 when nothing was found.
"""


@click.command(epilog=EXAMPLES)
@click.option("--target", "targets", metavar="WISH", multiple=True, help='What is wanted: "qst>=18 kJ/mol".')
@click.option("--maximise", metavar="EXPR", multiple=True, help="What is to be as large as can be.")
@click.option("--minimise", metavar="EXPR", multiple=True, help="What is to be as small as can be.")
@click.option(
    "--until",
    metavar="N",
    type=click.IntRange(min=1),
    help="End with N new frameworks; with --maximise or --minimise the clock ends it, and the N best are"
    " kept.  [default: 20]",
)
@click.option(
    "--minutes",
    metavar="M",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="Begin no round after M minutes.",
)
@click.option(
    "--generator",
    "generators",
    metavar="NAME",
    multiple=True,
    help="What proposes.  [default: search and zeosym]",
)
@click.option(
    "--probe", "probes", metavar="NAME", multiple=True, help="What to measure beside what the wishes need."
)
@click.option(
    "--surrogate",
    "surrogates",
    metavar="MODEL",
    type=click.Path(path_type=Path),
    multiple=True,
    help="What zeo train surrogate made, to ask before relaxation in place of measuring.",
)
@click.option(
    "--known",
    metavar="DATASET",
    multiple=True,
    help="Data sets and runs to look in, to start from, and not to find again.  [default: standard and open]",
)
@click.option("--known-too", is_flag=True, help="--until counts known frameworks that meet the wishes.")
@UNBLOCKED
@click.option(
    "--finetune",
    metavar="[STEPS]",
    is_flag=False,
    flag_value=60,
    type=click.IntRange(min=1),
    help="Let zeosym and the like learn from the hits between rounds: so many steps, 60 (a minute) if none"
    " are given.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all chance.")
@click.option("--out", type=click.Path(path_type=Path), help="Directory.  [default: designs/design-001]")
@click.option("--resume", metavar="DIR", type=click.Path(path_type=Path), help="Go on with a design.")
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@EXECUTOR
@PAGE
@tabular
def design(
    targets: tuple[str, ...],
    maximise: tuple[str, ...],
    minimise: tuple[str, ...],
    until: int | None,
    minutes: float,
    generators: tuple[str, ...],
    probes: tuple[str, ...],
    surrogates: tuple[Path, ...],
    known: tuple[str, ...],
    known_too: bool,
    unblocked: bool | None,
    finetune: int | None,
    seed: int,
    out: Path | None,
    resume: Path | None,
    settings: tuple[str, ...],
    jobs: int,
    executor: str | None,
    with_page: bool | None,
    form: str | None,
) -> None:
    """Find new frameworks that meet wishes: stable, relaxed, measured and confirmed."""
    decided = (targets, maximise, minimise, generators, probes, surrogates, known, unblocked, finetune)
    if resume is not None and any((*decided, seed, out, settings)):
        raise click.UsageError(
            "--resume goes on with what the design began with: give nothing else but --until, --minutes,"
            " --known-too, --jobs, --executor and --no-report"
        )
    from zeo.api import designing
    from zeo.data.sets.store import SHIPPED
    from zeo.designing.reading import recipe_in
    from zeo.running.config import parse_settings
    from zeo.tools.interrupts import INTERRUPTS
    from zeo.tools.printing import print_json, print_line, print_text
    from zeo.tools.progress import progress

    place = resume or out or designing.free_folder()
    INTERRUPTS.parting = lambda: stopped(place)
    ending: dict[str, Any] = {"until": until, "minutes": minutes, "known_too": known_too}
    if resume is not None:
        total = designing.hits_wanted(recipe_in(resume), until)
    else:
        total = None if maximise or minimise else until or designing.UNTIL
    with progress("zeo design", total, "starting") as advance:
        work: dict[str, Any] = {"jobs": jobs, "executor": executor, "on_hit": advance}
        if resume is not None:
            found = designing.resume_design(resume, **ending, **work)
        else:
            found = designing.design(
                targets,
                on_known=lambda _: remember_page(place, with_page),
                out=place,
                maximise=maximise,
                minimise=minimise,
                generators=generators or ("search", "zeosym"),
                probes=probes,
                surrogates=surrogates,
                known=known or SHIPPED,
                unblocked=bool(unblocked),
                finetune=finetune or 0,
                seed=seed,
                options=parse_settings(settings),
                **ending,
                **work,
            )
    if form == "json":
        print_json([hit.row() for hit in found])
    elif form == "csv":
        print_text(found.csv())
    else:
        print_text(text_of(found) + "\n")
    with_page = page_wanted(place, with_page)
    if with_page:
        found.report()
    for line in ending_of(found, with_page):
        print_line(line, err=form is not None)
    if not len(found) and found.wanted != 0:
        raise click.exceptions.Exit(1)


def stopped(place: Path) -> str:
    """What is said of a design that was interrupted."""
    from zeo.data.sets.store import DESCRIPTION_FILE

    if not (place / DESCRIPTION_FILE).is_file():
        return "Stopped before anything was done."
    return f"Stopped; finished rounds are kept. Go on with: zeo design --resume {place}"


def text_of(found: Designed) -> str:
    """What was wanted, known, found, and what it took."""
    parts = [f"Wanted: {'; '.join(found.goal.in_words)}", known_text(found), found_text(found)]
    if len(found):
        parts.append(table_of(found, list(found)))
    elif found.nearest is not None:
        parts += ["What came nearest:", table_of(found, [found.nearest])]
    if found.effort:
        parts += ["Where the effort went:", effort_text(found)]
    return "\n\n".join(part for part in parts if part)


def known_text(found: Designed) -> str:
    """How many known frameworks meet the wishes, and the first of them."""
    if not found.goal.wishes:
        return ""
    if not found.looked_at and found.unmeasured:
        lacking = ", ".join(found.unmeasured)
        return f"No known framework was looked at: the data sets do not have {lacking}; rounds measure it."
    known = counted(found.looked_at, "known framework")
    if not found.known_hits:
        return f"Of {known} none meets this."
    head = f"Of {known} {found.known_hits:,} meet{'s' if found.known_hits == 1 else ''} this, such as:"
    return f"{head}\n\n{table_of(found, list(found.known))}"


def found_text(found: Designed) -> str:
    """How many new ones there are, out of what."""
    counts = found.counts
    met = counts.get("met before the shake", 0)
    shaken = met - counts.get("hits", 0)
    lost = f"; {counted(shaken, 'hit')} did not survive a shake" if shaken else ""
    return (
        f"{counted(len(found), 'new framework')} in {counted(found.rounds, 'round')}: of"
        f" {counts.get('proposed', 0):,} proposed {counts.get('new', 0):,} had a new net,"
        f" {counts.get('relaxed', 0):,} were relaxed, {met:,} met every wish{lost}."
    )


def table_of(found: Designed, hits: list[Hit]) -> str:
    """One framework a line."""
    from zeo.tools.tables import format_table

    units = {each.name: each.unit for each in found.quantities}
    asked = [name for name in found.goal.names if name not in ("energy", "code", "t_atoms", "density")]
    texts = [text for text in hits[0].numbers if text not in units]
    names = ["t_atoms", "energy", "density", *asked]
    rows = []
    for hit in hits:
        values = hit.values()
        numbers = [_number(values.get(name)) for name in names]
        formulas = [_number(hit.numbers.get(text)) for text in texts]
        mark = "*" if hit.on_front and len(found.goal.objectives) > 1 else ""
        rows.append([hit.name + mark, hit.entry.code or "-", *numbers, *formulas, hit.entry.operation or "-"])
    below = ["" if units[name] == "1" else units[name] for name in names]
    headers = [["name", "type", *names, *texts, "by"], ["", "", *below, *("" for _ in texts), ""]]
    numeric = range(2, 2 + len(names) + len(texts))
    return format_table(headers, rows, numeric, spare=[*numeric[:2:-1]])


def _number(value: Any) -> str:
    if isinstance(value, float):
        return "-" if value != value else f"{value:.4g}"
    return "-" if value is None else str(value)


def effort_text(found: Designed) -> str:
    """What each source was asked and gave."""
    from zeo.tools.tables import format_table

    headers = [["source", "proposed", "new nets", "relaxed", "hits", "share of effort"]]
    whole = sum(asked.seconds for asked in found.effort.values()) or 1.0
    rows = [
        [
            name,
            f"{asked.proposed:,}",
            f"{asked.new:,}",
            f"{asked.relaxed:,}",
            f"{asked.hits:,}",
            f"{asked.seconds / whole:.0%}",
        ]
        for name, asked in sorted(found.effort.items(), key=lambda pair: -pair[1].seconds)
    ]
    return format_table(headers, rows, range(1, 6))


def ending_of(found: Designed, with_page: bool = True) -> list[str]:
    """Where everything is, and how to go on."""
    lines = [f"Everything is in {found.path}/"]
    if len(found):
        lines.append("  best/*.cif         what was found       best/hits.csv  all its properties")
    if with_page:
        lines.append("  report.html        to look at: open it in a browser")
    elif len(found.data):
        lines.append(f"  zeo report {found.path}   to look at all that was relaxed")
    else:
        lines.append("  dataset.json       what was wanted: nothing was relaxed")
    wanted, longer = found.wanted, f"zeo design --resume {found.path} --minutes 60"
    if found.hopeless:
        nets = [str(wish) for wish in found.goal.of_net]
        lines.append(
            f"Found {len(found)}: none of the new nets can meet {' and '.join(nets)}; begin anew with other"
            " wishes, or widen what is proposed, such as --set search.t_atoms=4,400"
        )
    elif found.exhausted:
        of = "" if wanted is None else f" of {wanted}"
        lines.append(f"Found {len(found)}{of}: nothing new comes any more; {new_beginning(found)}")
    elif wanted is None:
        lines.append(f"Find better ones with: {longer}")
    elif len(found) < wanted:
        lines.append(f"Found {len(found)} of {wanted}: the time is over. Go on with: {longer}")
    else:
        lines.append(f"Find more with: zeo design --resume {found.path} --until {2 * max(len(found), 1)}")
    return lines


def new_beginning(found: Designed) -> str:
    """What to do where nothing new comes."""
    if found.counts.get("new"):
        return "begin anew with other wishes or --known"
    proposed = found.counts.get("proposed", 0)
    return f"no net of {proposed:,} proposed was new: begin anew with another --generator, such as search"
