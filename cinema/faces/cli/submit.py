"""`cinema submit`: have a film made by a serverless endpoint, follow it, and fetch it."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from cinema.errors import Cancelled, IncompleteError, InputError
from cinema.faces.cli.common import DeliveryOption, JsonOption, ModeOption, QuietOption, SetOption, print_json, read_settings
from cinema.faces.cli.declared import command_of

if TYPE_CHECKING:
    from cinema.faces.endpoint.collect import LinkExpired, Parcel
    from cinema.faces.endpoint.limits import Limits
    from cinema.faces.endpoint.runpod_api import Endpoint
    from cinema.faces.endpoint.told import Answer
    from cinema.script.model import Script
    from cinema.settings import Settings

_JOB = "JOB"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the command line asks for."""

    script: Annotated[Path | None, typer.Argument(help="A Fountain, Final Draft or JSON script.", metavar="FILE")] = None
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", metavar="ID", help="The endpoint's id; the key is read from RUNPOD_API_KEY."),
    ] = None
    local: Annotated[
        bool,
        typer.Option(
            "--local", help="`python handler.py --rp_serve_api` on this machine; elsewhere: --endpoint http://localhost:PORT."
        ),
    ] = False
    wait: Annotated[bool, typer.Option("--wait", help="Follow the job to its end; --out does so too.")] = False
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The folder to fetch the results into.")] = None
    mode: ModeOption = None
    delivery: DeliveryOption = None
    assignments: SetOption = None
    outputs: Annotated[
        list[str] | None,
        typer.Option(
            "--output", metavar="NAME", help="What to deliver, such as film, captions, stems, report; may be repeated."
        ),
    ] = None
    card_gb: Annotated[
        float | None,
        typer.Option("--card-gb", min=0, max=1024, help="The endpoint's card (0: none); it is asked for a plan if not given."),
    ] = None
    time_limit: Annotated[
        float | None,
        typer.Option("--time-limit", min=0.1, max=168, help="Hours that the job may run, instead of an estimate."),
    ] = None
    webhook: Annotated[str | None, typer.Option("--webhook", help="An https address that is told of the job's end.")] = None
    follow: Annotated[str | None, typer.Option("--follow", metavar=_JOB, help="Follow a job that was submitted.")] = None
    cancel: Annotated[str | None, typer.Option("--cancel", metavar=_JOB, help="Cancel a job.")] = None
    retry: Annotated[
        str | None, typer.Option("--retry", metavar=_JOB, help="Let a job that failed or ran out of time go on.")
    ] = None
    deliver: Annotated[
        str | None,
        typer.Option(
            "--deliver",
            metavar=_JOB,
            help="Have a finished film handed over again, without rendering: fresh links, or other files with --output.",
        ),
    ] = None
    as_json: JsonOption = False
    quiet: QuietOption = False


def _submit(wish: Wish) -> None:
    """Have a film made by a serverless endpoint. Ctrl-C leaves the job running and says how to go on."""
    _check(wish)
    with _connected(wish) as endpoint:
        if wish.cancel is not None:
            status = endpoint.cancel(wish.cancel)
            _report(wish, {"job": wish.cancel, "state": status.state}, f"{wish.cancel}: {status.state}")
            return
        job = wish.follow or wish.retry
        if wish.retry is not None:
            endpoint.retry(wish.retry)
        if wish.deliver is not None:
            job = _ask_again(wish, endpoint, wish.deliver, wish.outputs or ())
        if job is None:
            job = _hand_in(wish, endpoint)
        if wish.follow is not None or wish.deliver is not None or wish.wait or wish.out is not None or wish.local:
            _see_through(wish, endpoint, job)
        else:
            _report(wish, {"job": job, "endpoint": endpoint.name}, job)


submit = command_of(Wish, _submit)
submit.__name__ = "submit"


def _check(wish: Wish) -> None:
    """InputError where options do not go together."""
    if wish.local == (wish.endpoint is not None):
        raise InputError("Name either an --endpoint or --local.")
    given = [name for name in ("script", "follow", "cancel", "retry", "deliver") if getattr(wish, name) is not None]
    if len(given) != 1:
        raise InputError("Give one of a script FILE, --follow JOB, --deliver JOB, --cancel JOB and --retry JOB.")
    if wish.out is not None and wish.out.exists() and not wish.out.is_dir():
        raise InputError(f"--out {wish.out} is a file; name a folder.")
    if wish.webhook is not None:
        from cinema.faces.endpoint.addresses import check_address

        check_address(wish.webhook, "--webhook")


@contextmanager
def _connected(wish: Wish) -> Generator[Endpoint]:
    from cinema.faces.endpoint.local_api import DEFAULT, LocalEndpoint
    from cinema.faces.endpoint.runpod_api import connect

    def notice(words: str) -> None:
        if not wish.quiet:
            typer.echo(words, err=True)

    name = DEFAULT if wish.endpoint is None else wish.endpoint
    endpoint: Endpoint = LocalEndpoint(name, notice=notice) if "://" in name else connect(name, notice=notice)
    try:
        yield endpoint
    finally:
        endpoint.close()


def _hand_in(wish: Wish, endpoint: Endpoint) -> str:
    """Submit the script; the job's id, and how to go on with it, are told at once."""
    from cinema.faces.endpoint.pack import job_input, left_out
    from cinema.script import read

    assert wish.script is not None
    settings = read_settings(wish.script, wish.assignments, mode=wish.mode, delivery=wish.delivery)
    script = read(wish.script)
    package = job_input(script, settings, outputs=wish.outputs or ())
    for key in () if wish.quiet else left_out(settings):
        typer.echo(f"note: endpoints do not take the setting {key}; it is left out.", err=True)
    limits = _limits(wish, endpoint, settings, script, package)
    job = endpoint.submit(package, policy=limits.policy if limits else {}, webhook=wish.webhook)
    if not wish.quiet:
        typer.echo(f"Submitted as {job}. Follow it with: {_again(wish, endpoint, job)}", err=True)
    return job


def _limits(wish: Wish, endpoint: Endpoint, settings: Settings, script: Script, package: dict[str, Any]) -> Limits | None:
    """How long the job may run; None on this machine, where nobody stops it."""
    from cinema.faces.endpoint import estimate
    from cinema.faces.endpoint.limits import limits_given, limits_of
    from cinema.faces.endpoint.local_api import LocalEndpoint
    from cinema.faces.endpoint.pack import plan_input
    from cinema.units import human_seconds

    if isinstance(endpoint, LocalEndpoint):
        return None
    if wish.time_limit is not None:
        limits = limits_given(wish.time_limit * 3600)
    elif wish.card_gb is not None:
        cost = estimate.estimate_for_card(script, settings, round(wish.card_gb * 1e9))
        limits = limits_of(cost.seconds, measured=cost.measured)
    else:
        from cinema.faces.cli.watching import watching

        if not wish.quiet:
            typer.echo("Asking the endpoint for a plan; --card-gb or --time-limit spares that.", err=True)
        with watching(wish.quiet) as tell:
            cost = estimate.estimate_by_endpoint(endpoint, plan_input(package), tell)
        limits = limits_of(cost.seconds, measured=cost.measured)
    if not wish.quiet:
        run, kept = human_seconds(limits.run_seconds), human_seconds(limits.keep_seconds)
        typer.echo(f"The job may run {run} ({limits.why}) and is kept for {kept} from now on.", err=True)
    return limits


def _ask_again(wish: Wish, endpoint: Endpoint, film: str, outputs: Sequence[str]) -> str:
    """Have the film of that job handed over once more; gives the id of the job that does it."""
    from cinema.faces.endpoint.limits import DELIVER_SECONDS, limits_given
    from cinema.faces.endpoint.pack import deliver_input
    from cinema.faces.endpoint.runpod_api import checked_id

    seconds = DELIVER_SECONDS if wish.time_limit is None else wish.time_limit * 3600
    package = deliver_input(checked_id(film), outputs=outputs)
    return endpoint.submit(package, policy=limits_given(seconds).policy, webhook=wish.webhook)


def _see_through(wish: Wish, endpoint: Endpoint, job: str) -> None:
    """Follow the job to its end and fetch what it made; Ctrl-C detaches. Links that have ended are asked for anew, once."""
    from cinema.faces.endpoint.collect import LinkExpired
    from cinema.faces.endpoint.runpod_api import UnknownJob

    try:
        answer = _follow(wish, endpoint, job)
        try:
            found = _fetch(wish, endpoint, answer) if wish.out is not None else ()
        except LinkExpired as exc:
            answer = _renew(wish, endpoint, job, answer, exc)
            found = _fetch(wish, endpoint, answer)
    except UnknownJob as exc:
        again = _again(wish, endpoint, wish.deliver or job, "--deliver")
        raise UnknownJob(f"{exc.message} It is handed over again by: {again}") from exc
    except KeyboardInterrupt as exc:
        raise Cancelled(
            f"The job {job} goes on without being watched; see it through with: {_again(wish, endpoint, job)}"
        ) from exc
    _tell(wish, endpoint, job, answer, found)


def _follow(wish: Wish, endpoint: Endpoint, job: str) -> Answer:
    from cinema.faces.cli.watching import watching
    from cinema.faces.endpoint.follow import follow
    from cinema.faces.endpoint.told import read_answer

    with watching(wish.quiet) as tell:
        return follow(endpoint, job, tell, read=read_answer)


def _renew(wish: Wish, endpoint: Endpoint, job: str, answer: Answer, expired: LinkExpired) -> Answer:
    """The answer of a job that hands the same files over again. EndpointError where the endpoint has them no more."""
    from cinema.faces.endpoint.runpod_api import EndpointError
    from cinema.faces.endpoint.told import JobFailed
    from cinema.faces.serverless.job import Output

    if not wish.quiet:
        typer.echo(f"{expired.message} The endpoint is asked for others.", err=True)
    known = get_args(Output)
    roles = dict.fromkeys(product.role for product in answer.outputs if product.role in known)
    try:
        return _follow(wish, endpoint, _ask_again(wish, endpoint, answer.made_by or wish.deliver or job, [*roles]))
    except JobFailed as exc:
        raise EndpointError(f"{expired.message} The endpoint was asked for others: {exc.message}") from exc


def _fetch(wish: Wish, endpoint: Endpoint, answer: Answer) -> tuple[Parcel, ...]:
    from cinema.faces.cli.transfer import transferring
    from cinema.faces.endpoint.addresses import is_loopback
    from cinema.faces.endpoint.collect import collect, parcels

    assert wish.out is not None
    found = parcels(answer.outputs, wish.out, local=is_loopback(endpoint.address))
    total, here = sum(one.product.bytes for one in found), 0
    with transferring("results", wish.quiet) as moved:

        def arrived(count: int) -> None:
            nonlocal here
            here += count
            moved(here, total)

        collect(found, arrived)
    return found


def _tell(wish: Wish, endpoint: Endpoint, job: str, answer: Answer, found: tuple[Parcel, ...]) -> None:
    """The results: files that were fetched, links and places on the volume of the others. IncompleteError for missing parts."""
    from cinema.faces.endpoint.told import plain

    places = {id(one.product): str(one.place) for one in found}
    lines: list[str] = []
    outputs: list[dict[str, Any]] = []
    for product in answer.outputs:
        file = places.get(id(product))
        outputs.append({**product.model_dump(exclude_none=True), **({"file": file} if file else {})})
        where = file or product.url or f"on the endpoint's volume: {product.path}"
        lines.append(f"{plain(product.role)}\t{plain(where)}")
    for warning in () if wish.quiet else answer.warnings:
        typer.echo(f"note: {plain(warning)}", err=True)
    left = len(answer.outputs) - len(found) if wish.out is not None else 0
    if left and not wish.quiet:
        words = "lie on the endpoint's network volume and were not fetched: the service gives them out by its S3 addresses"
        typer.echo(f"note: {left} of the files {words}; with a bucket, the endpoint answers with links.", err=True)
    ends = [product.expires_at for product in answer.outputs if product.expires_at and id(product) not in places]
    if ends and not wish.quiet:
        again = _again(wish, endpoint, answer.made_by or job, "--deliver")
        typer.echo(f"note: the links end at {plain(min(ends))}; others are given by: {again}", err=True)
    missing = answer.film.missing
    _report(wish, {"job": job, "state": "completed", "outputs": outputs, "missing": list(missing)}, "\n".join(lines))
    if missing:
        named = ", ".join(missing[:8])
        raise IncompleteError(f"The film is finished, but {len(missing)} of its parts are missing: {named}.", missing=missing)


def _report(wish: Wish, document: dict[str, Any], text: str) -> None:
    if wish.as_json:
        print_json(document)
    elif text:
        typer.echo(text)


def _again(wish: Wish, endpoint: Endpoint, job: str, option: str = "--follow") -> str:
    """The command that goes on with the job, or has its film handed over."""
    words = ["cinema", "submit", option, job, *(["--local"] if wish.local else ["--endpoint", endpoint.name])]
    return shlex.join(words + (["--out", str(wish.out)] if wish.out is not None else []))
