"""What sources say, and which of them is taken as right."""

from typing import Annotated, Literal

from pydantic import Field

from domain import claim as rules
from domain.claim import Claim
from domain.refusals import Refused
from domain.streams import of_claim
from events.catalogue.claim import ClaimChosen, ClaimStated
from events.catalogue.values import ClaimId, IsoDate
from events.store.transaction import Work
from service.auth.policy import Action
from service.commands.command import Command, Result
from service.desk import Desk
from service.fields import Body, Code, Id, Name, PartialDateText, Prose


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
    """Go by this claim, for a reason."""
    event = ClaimChosen(
        claim_id=ClaimId(target),
        chosen_on=IsoDate(desk.today.isoformat()),
        reason=await desk.keep("text", {"text": body.reason}),
    )

    def choose(claim: Claim) -> list[ClaimChosen]:
        return [] if claim.chosen else [event]

    await desk.change(of_claim(event.claim_id), rules.evolve, "claim", choose)
    return Result(target)


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
)
