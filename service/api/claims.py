"""Reading what sources say."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from domain.refusals import Refused
from domain.values import PartialDate
from service import views
from service.api.http import StrictRoute
from service.api.reads import Pages, Tables, one, reached, reads
from service.auth.policy import Action
from service.problems import Issue, Problem
from service.queries import Queries
from service.sources import Sources

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)], tags=["claims"])

Asked = Annotated[Queries, reads(Action.READ_CLAIMS)]


@router.get("/v1/claims", operation_id="listClaims", response_model_exclude_none=True)
async def list_claims(
    asked: Asked,
    pages: Tables,
    only_open: Annotated[
        bool | None, Query(alias="open", description="Whether sources disagree and none was chosen.")
    ] = None,
    subject: Annotated[str | None, Query(description="The id of what it is about, or its type.")] = None,
    predicate: str | None = None,
    published_by: Annotated[
        str | None, Query(alias="publishedBy", description="What sources had published by this date.")
    ] = None,
) -> views.Collection[views.ClaimView]:
    """What sources say: all of it, or what they disagree on."""
    if published_by is not None:
        try:
            PartialDate.parse(published_by)
        except Refused as refused:
            raise Problem.bad_request([Issue.of(refused, place="query", name="publishedBy")]) from None
    found = await Sources(asked.house, asked.reading).claims(
        only_open=only_open, subject=subject, predicate=predicate, published_by=published_by
    )
    return await pages.of(found, asked)


@router.get("/v1/claims/{claimId}", operation_id="getClaim", response_model_exclude_none=True)
async def get_claim(
    response: Response, asked: Asked, claim_id: Annotated[str, Path(alias="claimId")]
) -> views.ClaimView:
    """One claim."""
    return await one(response, asked, await Sources(asked.house, asked.reading).claim(claim_id), "claim")


@router.get("/v1/authorityOrder", operation_id="getAuthorityOrder", response_model_exclude_none=True)
async def get_authority_order(response: Response, asked: Asked) -> views.AuthorityOrderView:
    """Which kinds of sources weigh most where they disagree; `usual` until somebody said so."""
    found = await Sources(asked.house, asked.reading).authority_order()
    return await one(response, asked, found, "claim")


@router.get("/v1/sources", operation_id="listSources", response_model_exclude_none=True)
async def list_sources(asked: Asked, pages: Pages) -> views.Collection[views.DocumentView]:
    """The documents that claims were taken from, as far as they were described."""
    return await pages.of(await Sources(asked.house, asked.reading).sources(), asked)


@router.get("/v1/sources/{sourceId}", operation_id="getSource", response_model_exclude_none=True)
async def get_source(
    response: Response, asked: Asked, source_id: Annotated[str, Path(alias="sourceId")]
) -> views.DocumentView:
    """One document."""
    return await one(response, asked, await Sources(asked.house, asked.reading).source(source_id), "source")
