"""What several rooms' tests share: the shipped records, and small ones written by hand."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

from forecast.archive import (
    Archive,
    Claim,
    Country,
    Election,
    Exercise,
    Leader,
    Meeting,
    Milestone,
    Negotiation,
    Source,
    default_directory,
    load_archive,
    parse,
    tables,
)
from forecast.archive.tables import Problem, Row, Table
from forecast.models import HEADLINE, MODELS, POOLS, DurationModel, ModelEntry
from forecast.survival.arrays import DurationArray

# The same examples on every run, and no clock: a slow machine is no fault of the code.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


_FEW_NODES = 128


def _on_few_nodes(entry: ModelEntry) -> DurationModel:
    model: DurationModel = entry.make().set_params(nodes=_FEW_NODES, draws=4)
    return model


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Keep linear algebra to one thread: the workers share the cores, and its threads wait by spinning."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_headline() -> Iterator[None]:
    """Fit the headline models on few nodes: most tests ask what is done with an answer.

    Those of the answer itself say how many nodes they need; processes of their own fit as shipped.
    """
    shipped = {name: MODELS[name] for name in POOLS[HEADLINE]}
    for name, entry in shipped.items():
        MODELS[name] = replace(entry, make=partial(_on_few_nodes, entry))
    yield
    MODELS.update(shipped)


@pytest.fixture(scope="session", autouse=True)
def fitted_once() -> Iterator[Callable[..., DurationModel]]:
    """Fit the same model to the same rows once: most tests ask the same few questions.

    What a fit found is never written to, so that models can share it. Fits as shipped are large and
    few, and are not kept. The fixture is the fit that keeps nothing.
    """
    fit: Callable[..., DurationModel] = DurationModel.fit
    kept: dict[bytes, dict[str, Any]] = {}

    def once(
        model: DurationModel,
        X: pd.DataFrame,
        y: DurationArray | pd.DataFrame,
        sample_weight: Any = None,
    ) -> DurationModel:
        if model.get_params(deep=False).get("nodes", _FEW_NODES) is None:
            return fit(model, X, y, sample_weight)
        key = _content(model, X, y, sample_weight)
        if key not in kept:
            kept[key] = dict(vars(fit(model, X, y, sample_weight)))
        model.__dict__.update(kept[key])
        return model

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DurationModel, "fit", once)
        yield fit


def _content(
    model: DurationModel, X: pd.DataFrame, y: DurationArray | pd.DataFrame, weights: Any
) -> bytes:
    """Digest of all that a fit depends on: class and parameters, every cell and type of the rows."""
    digest = sha256(repr((type(model), model.get_params())).encode())
    for part in (X, pd.DataFrame(y)):
        digest.update(repr(part.dtypes.to_dict()).encode())
        digest.update(part.to_csv().encode())
    digest.update(b"" if weights is None else np.asarray(weights, float).tobytes())
    return digest.digest()


@pytest.fixture
def fitted_anew(fitted_once: Callable[..., DurationModel], monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit whatever is asked for in this test, even if it was fitted before."""
    monkeypatch.setattr(DurationModel, "fit", fitted_once)


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    """Read each shipped table once, also from a copy: a test spoils one or two of ten.

    What differs from the shipped bytes or schema is read as ever, and keys, references and meaning are
    checked across all tables each time.
    """
    read, shipped = tables._read_table, default_directory()
    faults: list[Problem] = []
    kept = {
        ((shipped / resource["path"]).read_bytes(), repr(resource)): read(shipped, resource, faults)
        for resource in tables.read_schema(shipped).resources.values()
    }
    if faults:
        # Only a reading tells them.
        kept.clear()

    def once(directory: Path, resource: Row, problems: list[Problem]) -> Table:
        path = directory / resource["path"]
        content = path.read_bytes() if path.is_file() else b""
        return kept.get((content, repr(resource))) or read(directory, resource, problems)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_read_table", once)
        yield


@pytest.fixture(scope="session")
def archive() -> Archive:
    """The shipped records as known at their vintage."""
    return load_archive()


@pytest.fixture(scope="session")
def source() -> Callable[..., Source]:
    """``source("2024-05-02", "press")``: a page, published then; None is unknown."""

    def make(published: str | None = None, kind: str = "official") -> Source:
        when = None if published is None else parse(published)
        return Source(f"{kind}-{published}", f"https://example.org/{published}", kind, when, kind)

    return make


@pytest.fixture(scope="session")
def milestone(source: Callable[..., Source]) -> Callable[..., Milestone]:
    """``milestone("signed", "2024-05", published="2024-06")``."""

    def make(
        event: str,
        when: str,
        published: str | None = None,
        kind: str = "official",
        **traits: Any,
    ) -> Milestone:
        fields: dict[str, Any] = {"confidence": "high", "planned": False, "stage": "negotiation"}
        fields |= {"note": "", **traits}
        return Milestone("a-b", event, parse(when), source(published, kind), **fields)

    return make


@pytest.fixture(scope="session")
def talks() -> Callable[..., Negotiation]:
    """``talks(milestone(...), milestone(...), family="raa")``: one negotiation."""

    def make(*milestones: Milestone, **traits: Any) -> Negotiation:
        fields: dict[str, Any] = {
            "id": "a-b",
            "title": "A-B agreement",
            "parties": ("JPN", "FRA"),
            "instrument": "RAA",
            "family": "raa",
            "domain": "defence",
            "cluster": "",
            "searched_to": None,
            "searched_for": "",
            "resolution": "",
            "notes": "",
            "claims": (),
        }
        return Negotiation(**{**fields, **traits}, milestones=milestones)

    return make


@pytest.fixture(scope="session")
def claim(source: Callable[..., Source]) -> Callable[..., Claim]:
    """``claim("c1", said_on="2024-05-02", published="2024-05-03")``."""

    def make(key: str, said_on: str | None, published: str | None = None, **traits: Any) -> Claim:
        fields: dict[str, Any] = {
            "negotiation_id": "a-b",
            "kind": "forecast",
            "event": "signed",
            "said_by": "a minister",
            "speaker": "minister",
            "low_months": None,
            "high_months": None,
            "target": None,
            "statement": "soon",
        }
        when = None if said_on is None else parse(said_on)
        return Claim(id=key, said_on=when, source=source(published), **{**fields, **traits})

    return make


@pytest.fixture(scope="session")
def exercise(source: Callable[..., Source]) -> Callable[..., Exercise]:
    """``exercise("2019-05-01", "JPN", "FRA")``: a named one that ended then."""

    def make(end: str, *participants: str, tag: str = "named") -> Exercise:
        kind = "bilateral" if len(participants) == 2 else "multilateral"
        when = parse(end)
        return Exercise(f"of {end}", when, when, frozenset(participants), kind, tag, source(end))

    return make


@pytest.fixture(scope="session")
def meeting(source: Callable[..., Source]) -> Callable[..., Meeting]:
    """``meeting("2019-05-01", "JPN", "FRA")``: a summit on that day."""

    def make(when: str, *parties: str, kind: str = "summit") -> Meeting:
        return Meeting(kind, parse(when), frozenset(parties), source(when))

    return make


@pytest.fixture(scope="session")
def leader(source: Callable[..., Source]) -> Callable[..., Leader]:
    """``leader("FRA", "2017-05-14")``: a president who took office then."""

    def make(iso3: str, start: str) -> Leader:
        return Leader(iso3, "president", f"of {start}", parse(start), source(start))

    return make


@pytest.fixture(scope="session")
def election(source: Callable[..., Source]) -> Callable[..., Election]:
    """``election("FRA", "2022-04-24")``: of a president on that day."""

    def make(iso3: str, when: str) -> Election:
        return Election(iso3, parse(when), "presidential", source(when))

    return make


@pytest.fixture(scope="session")
def country() -> Callable[..., Country]:
    """``country("FRA", g7=1975)``: a state without other traits."""

    def make(iso3: str, **traits: Any) -> Country:
        fields: dict[str, Any] = {
            "name": iso3,
            "kind": "state",
            "region": "",
            "g7": None,
            "nato_since": None,
            "us_treaty_ally_since": None,
            "five_eyes": False,
            "death_penalty_abolished_year": None,
            "death_penalty_known": True,
            "legislature_approves": None,
            "latitude": None,
            "longitude": None,
        }
        return Country(iso3=iso3, **{**fields, **traits})

    return make


@pytest.fixture(scope="session")
def records() -> Callable[..., Archive]:
    """``records(talks(...), ...)``: an archive of these, researched to the end of 2030."""

    def make(
        *negotiations: Negotiation,
        exercises: Iterable[Exercise] = (),
        countries: Iterable[Country] = (),
        **more: Any,
    ) -> Archive:
        vintage = date(2030, 12, 31)
        return Archive(
            date=vintage,
            vintage=vintage,
            mode="event",
            negotiations={n.id: n for n in negotiations},
            exercises=tuple(exercises),
            countries={c.iso3: c for c in countries},
            account_choices=(),
            **more,
        )

    return make
