"""`cinema models`: which models there are, and their weights."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from cinema.errors import InputError
from cinema.faces.cli.common import JsonOption, QuietOption, SetOption, print_json, read_settings
from cinema.faces.cli.transfer import transferring
from cinema.units import human_bytes

if TYPE_CHECKING:
    from cinema.catalog import Catalog, Licence, Manifest
    from cinema.weights import Lock, WeightsShelf
    from cinema.weights.pull import PullPlan

app = typer.Typer(
    help="The models, and their weights on this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="Weights lie in the folder `weights` of the settings (CINEMA_WEIGHTS), else in your own data folder; hub files "
    "in the Hugging Face cache, with links to them. HF_TOKEN, HF_ENDPOINT, HF_HUB_CACHE and HF_HUB_OFFLINE are honoured.",
)
ModelsArgument = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Models, by id.", show_default=False)]


def _catalog(assignments: list[str] | None = None) -> tuple[Catalog, WeightsShelf]:
    """The catalogue as it is true of the weights on this machine."""
    from cinema.catalog import Catalog
    from cinema.weights import shelf_for

    shelf = shelf_for(read_settings(None, assignments))
    return Catalog().with_shelf(shelf), shelf


@app.command("list")
def list_models(
    as_json: JsonOption = False,
    held: Annotated[bool, typer.Option("--held", help="Only models whose weights are on this machine.")] = False,
    assignments: SetOption = None,
) -> None:
    """Every model that Cinema knows: roles, size, whether its weights are here, and its licence."""
    catalog, _ = _catalog(assignments)
    here = {model: catalog.held(model) for model in catalog.manifests}
    manifests = [one for one in catalog.manifests.values() if not held or here[one.id] is not None]
    if as_json:
        print_json([_facts(one, catalog) for one in manifests])
        return
    rows = [("MODEL", "ROLES", "SIZE", "WEIGHTS", "LICENCE")]
    for one in manifests:
        lies = here[one.id]
        state = "code" if not one.sources else "held" if lies is not None else "-"
        size, sure = one.download_bytes
        shown = human_bytes(lies.size_bytes) if lies else f"{'' if sure else '~'}{human_bytes(size)}" if size else "none"
        rows.append((one.id, ", ".join(one.roles), shown, state, _licence(one.licence)))
    for line in _columns(rows):
        typer.echo(line)


@app.command("show")
def show_model(
    model: Annotated[str, typer.Argument(help="The model's id.")], as_json: JsonOption = False, assignments: SetOption = None
) -> None:
    """All that is known of one model, and of its weights here."""
    catalog, shelf = _catalog(assignments)
    manifest = catalog.manifest(model)
    if as_json:
        lacking = "" if catalog.held(model) else " ".join(filter(None, [shelf.lacking(manifest), _in_cache(manifest, shelf)]))
        print_json({**_facts(manifest, catalog), "lacking": lacking})
        return
    for key, value in manifest.model_dump(mode="json", exclude_defaults=True).items():
        for line in _lines(key, value):
            typer.echo(line)
    if manifest.sources:
        lies = catalog.held(model)
        size, sure = manifest.download_bytes
        place = shelf.folder(model)
        typer.echo(f"weights: {human_bytes(lies.size_bytes)} in {place}" if lies else f"weights: not here ({place})")
        for remark in () if lies else (shelf.lacking(manifest), _in_cache(manifest, shelf)):
            if remark:
                typer.echo(f"weights: {remark}")
        if lies is None and size:
            typer.echo(f"download: {'' if sure else 'about '}{human_bytes(size)}; run `cinema models pull {model}`")


@app.command("pull")
def pull_models(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...", help="Models, by id; a mode's name for all that its films need here.", show_default=False
        ),
    ],
    revision: Annotated[
        str | None, typer.Option("--revision", metavar="REV", help="A branch, tag or commit, instead of the manifest's.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Ask the hub anew what the revision is, even if weights are here.")
    ] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-sha256", metavar="HEX", help="Take the pickle with this hash, on your own word; may be repeated."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before a download.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    assignments: SetOption = None,
) -> None:
    """Fetch the weights of models: only the files that are needed, verified by SHA-256, pinned in a lock.

    Sizes are shown and the disk is checked first. A download that breaks is gone on with, also by the next run of the same
    command. Weights that are here are left alone unless --update or --revision asks for others. Files that lie in the Hugging
    Face cache are not fetched again; with HF_HUB_OFFLINE=1 nothing is asked, and a model that lies there whole is taken.
    """
    from cinema.weights.hub import Hub
    from cinema.weights.pull import PullEvents, carry_out, check_disk, plan_pull

    catalog, shelf = _catalog(assignments)
    named = [model for name in models for model in _meant(name, catalog, assignments)]
    hub = Hub()
    accepted = frozenset(_hash(value) for value in accept or [])
    manifests = [catalog.manifest(model) for model in dict.fromkeys(named)]
    plans = [plan_pull(one, shelf, hub, revision=revision, update=update, accepted=accepted) for one in manifests]
    for plan in plans:
        if not quiet:
            _announce(plan)
    check_disk(plans, shelf.root)
    if not plans and not quiet:
        typer.echo(f"All weights that the mode {' and '.join(models)} needs are here.", err=True)
    missing = sum(plan.missing_bytes for plan in plans)
    if missing and not yes and not as_json and sys.stdin.isatty():
        typer.confirm(f"Fetch {human_bytes(missing)}?", abort=True, err=True)
    results: list[dict[str, Any]] = []
    for plan in plans:
        with transferring(plan.manifest.id, quiet or plan.held is not None) as moved:
            lock = carry_out(plan, shelf, hub, PullEvents(say=partial(_say, quiet), moved=moved))
        results.append(_pulled(plan, lock, shelf))
        if not as_json and not quiet and plan.held is None:
            typer.echo(
                f"{lock.model}: {len(lock.files)} files, {human_bytes(lock.size_bytes)}, revision {lock.revision}", err=True
            )
    if as_json:
        print_json(results)


@app.command("verify")
def verify_models(
    models: ModelsArgument = None, as_json: JsonOption = False, quiet: QuietOption = False, assignments: SetOption = None
) -> int:
    """Hash every file of the models' weights (of all that are here, if none is named) and say what differs from the lock.

    Leaves with 3 where anything does.
    """
    from cinema.weights.keep import verify

    catalog, shelf = _catalog(assignments)
    names = [catalog.manifest(model).id for model in models or []] or _locked(shelf)
    results: list[dict[str, Any]] = []
    for name in names:
        with transferring(name, quiet=as_json or quiet) as moved:
            differences = verify(shelf, name, moved)
        results.append({"model": name, "ok": not differences, "differences": [vars(one) for one in differences]})
        if not as_json:
            typer.echo(f"{'ok  ' if not differences else 'FAIL'}  {name}")
            for one in differences:
                detail = f" (expected {one.expected}, found {one.found})" if one.expected else ""
                typer.echo(f"      {one.path}: {one.problem}{detail}")
            if differences:
                typer.echo(f"      To mend it: cinema models rm {name} --cache && cinema models pull {name}")
    if as_json:
        print_json(results)
    elif not names:
        typer.echo("There are no weights here.", err=True)
    return 0 if all(result["ok"] for result in results) else 3


@app.command("rm")
def remove_models(
    models: Annotated[list[str], typer.Argument(metavar="ID...", help="Models, by id.", show_default=False)],
    cache: Annotated[bool, typer.Option("--cache", help="Also the files in the caches that no other model here uses.")] = False,
    assignments: SetOption = None,
) -> None:
    """Remove models' weights. Files in the Hugging Face cache stay, since other tools may use them, unless --cache is given."""
    from cinema.weights.hub import Hub
    from cinema.weights.keep import remove

    _, shelf = _catalog(assignments)
    for model in models:
        freed = remove(shelf, model, Hub(), cache=cache)
        kept = "" if cache else "; cached files were kept (--cache removes them too)"
        typer.echo(f"{model}: removed, {human_bytes(freed)} freed{kept}", err=True)


@app.command("tiny")
def tiny_models(
    models: ModelsArgument = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Make them in DIR, not where --mode tiny looks for them.")
    ] = None,
) -> int:
    """Make small random weights of models (of all, if none is named): a dry run of the real code, with pictures of noise."""
    catalog, shelf = _catalog()
    named = [catalog.manifest(model).id for model in models or []]
    command = [sys.executable, "-m", "cinema.testing.tiny", "--out", str(out or shelf.root / "tiny"), *named]
    return subprocess.run(command, check=False).returncode


@app.command("convert")
def convert_model(
    name: Annotated[str, typer.Argument(help="The converter: audiogen.")],
    source: Annotated[Path, typer.Option("--from", help="The folder of the files as released.", show_default=False)],
    target: Annotated[Path, typer.Option("--to", help="The folder to write; it must be new or empty.", show_default=False)],
    text_encoder: Annotated[
        Path | None, typer.Option("--text-encoder", help="The folder of the text encoder that the release leaves out.")
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-sha256", metavar="HEX", help="Read the pickle with this hash, on your own word; may be repeated."
        ),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Make an ordinary folder of released files that the model libraries do not read. `pull` does this by itself."""
    from cinema.weights.byhand import convert_by_hand

    catalog, _ = _catalog()
    with transferring(name, quiet) as moved:
        lock = convert_by_hand(
            name,
            source,
            target,
            text_encoder=text_encoder,
            accepted=frozenset(_hash(value) for value in accept or []),
            manifests=tuple(catalog.manifests.values()),
            moved=moved,
        )
    typer.echo(f"{target}: {len(lock.files)} files, {human_bytes(lock.size_bytes)}", err=True)


def _facts(manifest: Manifest, catalog: Catalog) -> dict[str, Any]:
    """The manifest, and how its weights lie here."""
    lies = catalog.held(manifest.id)
    held = {"path": str(lies.path), "revision": lies.revision, "size_bytes": lies.size_bytes} if lies else None
    return {**manifest.model_dump(mode="json"), "held": held, "download_bytes": manifest.download_bytes[0]}


def _meant(name: str, catalog: Catalog, assignments: list[str] | None) -> list[str]:
    """The model of that id, or all whose weights a film in the mode of that name would wait for on this machine."""
    from cinema.studio import awaited

    if name != "auto" and (name not in catalog.names("modes") or catalog.mode(name).weights != "released"):
        return [name]
    settings = read_settings(None, assignments, mode=name)
    return [one.id for one in awaited(settings, language=settings.language or "en")]


def _in_cache(manifest: Manifest, shelf: WeightsShelf) -> str:
    """What the Hugging Face cache holds of a model; empty for code, and where it holds nothing."""
    from cinema.weights.adopt import in_cache
    from cinema.weights.hub import Hub

    return in_cache(manifest, shelf, Hub())


def _licence(licence: Licence) -> str:
    """What a user must know before choosing: name, commercial use, territories, cap, gate."""
    remarks = ["commercial use allowed" if licence.commercial else "not for commercial use"]
    if licence.excluded_territories:
        remarks.append(f"not in {', '.join(licence.excluded_territories)}")
    if licence.revenue_cap_usd is not None:
        remarks.append(f"below {licence.revenue_cap_usd:,} USD of revenue")
    if licence.gated:
        remarks.append("gated")
    return f"{licence.spdx or licence.name} ({'; '.join(remarks)})"


def _say(quiet: bool, message: str) -> None:
    if not quiet:
        typer.echo(message, err=True)


def _announce(plan: PullPlan) -> None:
    """What will be fetched, on stderr."""
    model = plan.manifest.id
    if plan.held is not None:
        typer.echo(f"{model}: here already, revision {plan.held.revision}", err=True)
        return
    for listing, items in zip(plan.listings, plan.items, strict=True):
        typer.echo(f"{model}: {listing.repository} at {listing.commit[:12] or 'the web'}", err=True)
        for item in items:
            size = item.parcel.size_bytes
            missing = item.parcel.missing_bytes()
            state = "cached" if not missing else f"{human_bytes(missing)} left" if missing < size else ""
            typer.echo(f"  {human_bytes(size):>9}  {item.chosen.path:<50} {state}".rstrip(), err=True)
    whole, missing = plan.size_bytes, plan.missing_bytes
    typer.echo(f"{model}: {human_bytes(whole)} in all, {human_bytes(missing)} to fetch", err=True)
    if not plan.manifest.licence.commercial or plan.manifest.licence.excluded_territories:
        typer.echo(f"{model}: licence {_licence(plan.manifest.licence)}", err=True)


def _pulled(plan: PullPlan, lock: Lock, shelf: WeightsShelf) -> dict[str, Any]:
    return {
        "model": lock.model,
        "fetched": plan.held is None,
        "path": str(shelf.folder(lock.model)),
        "revision": lock.revision,
        "size_bytes": lock.size_bytes,
        "lock": lock.model_dump(mode="json"),
    }


def _locked(shelf: WeightsShelf) -> list[str]:
    """Every model that has a lock on the shelf."""
    return sorted(path.parent.name for path in shelf.root.glob("[!.]*/lock.json"))


def _hash(value: str) -> str:
    """A SHA-256 as typed; InputError for anything else."""
    text = value.strip().lower().removeprefix("sha256:")
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise InputError(f"--accept-sha256 {value!r} is no SHA-256: 64 hexadecimal digits.")
    return text


def _columns(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _lines(key: str, value: Any, indent: str = "") -> Iterator[str]:
    """A fact as indented lines: tables and lists of tables one level deeper."""
    if isinstance(value, dict):
        yield f"{indent}{key}:"
        for inner, detail in cast("dict[str, Any]", value).items():
            yield from _lines(inner, detail, indent + "  ")
    elif isinstance(value, list):
        rows = cast("list[Any]", value)
        if rows and isinstance(rows[0], dict):
            for row in rows:
                yield from _lines(key, row, indent)
        else:
            yield f"{indent}{key}: {', '.join(map(str, rows))}"
    else:
        yield f"{indent}{key}: {value}"
