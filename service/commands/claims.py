"""What sources say, and which of them is taken as right."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from domain import claim as rules
from domain.refusals import Refused
from domain.streams import AUTHORITY, of_claim, of_source
from events.catalogue.claim import AuthorityOrdered, ClaimChosen, ClaimStated, SourceDescribed, SourceKind
from events.catalogue.values import ClaimId, IsoDate
from events.envelope import Recorded
from events.store.transaction import Work
from service.auth.policy import Action
from service.commands.command import Command, Result
from service.desk import Desk
from service.fields import Body, Code, Id, Name, PartialDateText, Prose
from service.reading import Reading
from service.sources import Sources, source_id


class SubjectBody(Body):
    """What a claim is about."""

    type: Literal["cohort", "partner", "agreement", "consultation", "programme"]
    id: Id | None = None


class StateClaim(Body):
    """A source says of a subject that something has a value. No personal data."""

    subject: SubjectBody | Id
    predicate: Code = Field(description="What is claimed, as one word: `listedPartnerCount`.")
    value: Name
    precision: Literal["day", "month", "year"] | None = None
    source: Name | None = Field(default=None, description="The document; an import row's own source where absent.")
    line: Annotated[int, Field(ge=1, le=1_000_000)] | Name | None = None
    published_on: PartialDateText | None = None


class DescribeSource(Body):
    """What is known of a document that claims were taken from."""

    document: Name | None = Field(
        default=None, description="As claims name it; an import row's own source where absent."
    )
    kind: SourceKind
    publisher: Name | None = None
    published_on: PartialDateText | None = None
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] | None = None
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class OrderAuthority(Body):
    """Kinds of sources, the weightiest first; kinds that are left out weigh nothing."""

    kinds: Annotated[list[SourceKind], Field(min_length=1, max_length=6)]
    reason: Prose | None = None


class ResolveClaim(Body):
    """This claim is the one to go by."""

    reason: Prose


async def state_claim(desk: Desk, _target: str, body: StateClaim) -> Result:
    """Keep what a source says, beside what others say."""
    source = body.source or (desk.sources[0].document if desk.sources else None)
    if source is None:
        raise Refused("claim.sourceNeeded", field="source")
    of = body.subject if isinstance(body.subject, SubjectBody) else None
    event = ClaimStated(
        claim_id=ClaimId(desk.new_id()),
        subject=(of.id or "") if of else str(body.subject),
        subject_type=of.type if of else None,
        predicate=body.predicate,
        value=body.value,
        precision=body.precision,
        source=source,
        line=None if body.line is None else str(body.line),
        published_on=IsoDate(body.published_on) if body.published_on else None,
    )

    async def decide(work: Work) -> None:
        await work.read(of_claim(event.claim_id))
        work.append(of_claim(event.claim_id), event)

    await desk.carry_out(decide)
    return Result(event.claim_id)


async def resolve_claim(desk: Desk, target: str, body: ResolveClaim) -> Result:
    """Go by this claim, for a reason; it takes the place of an earlier choice on the same subject."""
    event = ClaimChosen(
        claim_id=ClaimId(target),
        chosen_on=desk.day,
        reason=await desk.keep("text", {"text": body.reason}),
    )
    sources = Sources(desk.house, Reading(day=desk.today))

    async def decide(work: Work) -> None:
        [own] = await work.read(of_claim(event.claim_id))
        claim = _folded(own)
        if claim is None:
            raise Refused("claim.unknown")
        desk.expect(own)
        beside = [of_claim(ClaimId(one)) for one in await sources.beside(claim, target)]
        others = [_folded(recorded) for recorded in (await work.read(*beside) if beside else [])]
        work.append(of_claim(event.claim_id), *rules.choose(claim, [one for one in others if one], event))

    await desk.carry_out(decide)
    return Result(target)


def _folded(recorded: Sequence[Recorded[Any]]) -> rules.Claim | None:
    state: rules.Claim | None = None
    for one in recorded:
        state = rules.evolve(state, one.event, one.position)
    return state


async def describe_source(desk: Desk, _target: str, body: DescribeSource) -> Result:
    """Say what a document is; the last description stands."""
    document = body.document or (desk.sources[0].document if desk.sources else None)
    if document is None:
        raise Refused("claim.sourceNeeded", field="document")
    event = SourceDescribed(
        source_id=source_id(document),
        document=document,
        kind=body.kind,
        publisher=body.publisher,
        published_on=IsoDate(body.published_on) if body.published_on else None,
        language=body.language,
        sha256=body.sha256,
    )

    async def decide(work: Work) -> None:
        [recorded] = await work.read(of_source(event.source_id))
        work.append(of_source(event.source_id), *rules.describe(desk.fold(recorded, None, rules.evolve_source), event))

    await desk.carry_out(decide)
    return Result(event.source_id)


async def order_authority(desk: Desk, _target: str, body: OrderAuthority) -> Result:
    """Which kinds of sources weigh most, from today on."""
    event = AuthorityOrdered(
        kinds=tuple(body.kinds),
        ordered_on=desk.day,
        reason=await desk.prose(body.reason),
    )

    async def decide(work: Work) -> None:
        [recorded] = await work.read(AUTHORITY)
        desk.expect(recorded)
        work.append(AUTHORITY, *rules.order_kinds(desk.fold(recorded, None, rules.evolve_order), event))

    await desk.carry_out(decide)
    return Result("claims")


COMMANDS = (
    Command(
        name="stateClaim",
        body=StateClaim,
        handler=state_claim,
        makes="claim",
        action=Action.STATE_CLAIMS,
        path="/v1/claims",
        summary="Keep what a source says",
    ),
    Command(
        name="resolveClaim",
        body=ResolveClaim,
        handler=resolve_claim,
        makes="claim",
        target="claim",
        action=Action.STATE_CLAIMS,
        path="/v1/claims/{claimId}/resolutions",
        summary="Go by this claim where sources disagree",
    ),
    Command(
        name="describeSource",
        body=DescribeSource,
        handler=describe_source,
        makes="source",
        action=Action.STATE_CLAIMS,
        path="/v1/sources",
        summary="Say what a document is that claims were taken from",
    ),
    Command(
        name="orderAuthority",
        body=OrderAuthority,
        handler=order_authority,
        makes="authorityOrder",
        action=Action.STATE_CLAIMS,
        path="/v1/authorityOrder",
        summary="Say which kinds of sources weigh most",
    ),
)
