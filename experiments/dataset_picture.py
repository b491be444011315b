"""The whole data set in one picture: a line a negotiation, by family, its outcome in colour."""

from __future__ import annotations

import argparse
from pathlib import Path

import forecast
from forecast.drawing import figure_of, lifelines
from forecast.reporting import family_name, save_figure, write_run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("reports/dataset"))
    out = parser.parse_args().out
    archive = forecast.load_archive()
    spells = forecast.spells(archive, domain=None)
    out.mkdir(parents=True, exist_ok=True)
    frame = spells.frame.assign(retrospective=spells.y["exit"] < float("inf"))
    frame["family"] = frame["family"].map(family_name)
    figure = figure_of(lifelines(frame, archive.date))
    figure.set_dpi(144)
    save_figure(figure, out / "negotiations.png")
    write_run(out, archive, {"clock": "launch:signed"})
    print(f"{len(frame)} spells: {out / 'negotiations.png'}")


if __name__ == "__main__":
    main()
