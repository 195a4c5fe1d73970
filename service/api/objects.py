"""The reading calls: partners, persons, cohorts, agreements, consultations, claims, reminders, and their histories."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from domain.refusals import Refused
from domain.values import PartialDate
from service import views
from service.access import visible
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import (
    PAGE,
    AtReading,
    Cursor,
    House,
    Lang,
    PageSize,
    one,
    page,
    queries,
    reached,
)
from service.auth.policy import Action
from service.histories import history
from service.problems import Issue, Problem
from service.reading import Reading
from service.reminding import Reminding, explanation

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)])

AgreementStatus = Literal["signed", "inForce", "terminated", "expired", "renewed"]
ConsultationStatus = Literal["toBeFixed", "planned", "held", "cancelled"]
ReminderStatus = Literal["raised", "acknowledged", "snoozed", "superseded", "closed"]
ReminderKind = Literal[
    "consultation",
    "fixDay",
    "evaluation",
    "kpiFigures",
    "improvementPoint",
    "payment",
    "agreementEnd",
    "cohortEnd",
    "accountManagerMissing",
]
PartnerId = Annotated[str, Path(alias="partnerId")]
PersonId = Annotated[str, Path(alias="personId")]
CohortId = Annotated[str, Path(alias="cohortId")]
AgreementId = Annotated[str, Path(alias="agreementId")]
ConsultationId = Annotated[str, Path(alias="consultationId")]
ClaimId = Annotated[str, Path(alias="claimId")]
ReminderId = Annotated[str, Path(alias="reminderId")]
Year = Annotated[int | None, Query(ge=1900, le=2199)]


@router.get("/v1/partners", operation_id="listPartners", response_model_exclude_none=True, tags=["partners"])
async def list_partners(
    request: Request, house: House, at: AtReading, caller: Asking, page_size: PageSize = PAGE, cursor: Cursor = None
) -> views.Collection[views.PartnerView]:
    """All partners, on a day, as known at an instant."""
    asked = await queries(house, at, caller, Action.READ_PARTNERS)
    return page(request, house, await asked.partners(), page_size, cursor, at, await house.store.began_at())


@router.get("/v1/partners/{partnerId}", operation_id="getPartner", response_model_exclude_none=True, tags=["partners"])
async def get_partner(
    response: Response, house: House, at: AtReading, caller: Asking, partner_id: PartnerId
) -> views.PartnerView:
    """One partner."""
    asked = await queries(house, at, caller, Action.READ_PARTNERS)
    found = await asked.partner(partner_id)
    return one(response, found, "partner", at, await house.store.began_at())


@router.get("/v1/persons", operation_id="listPersons", response_model_exclude_none=True, tags=["persons"])
async def list_persons(
    request: Request, house: House, caller: Asking, page_size: PageSize = PAGE, cursor: Cursor = None
) -> views.Collection[views.PersonView]:
    """All persons of the vault."""
    at = await _now(house)
    asked = await queries(house, at, caller, Action.READ_PERSONS)
    return page(request, house, await asked.persons(), page_size, cursor)


@router.get("/v1/persons/{personId}", operation_id="getPerson", response_model_exclude_none=True, tags=["persons"])
async def get_person(response: Response, house: House, caller: Asking, person_id: PersonId) -> views.PersonView:
    """One person."""
    at = await _now(house)
    asked = await queries(house, at, caller, Action.READ_PERSONS)
    return one(response, await asked.person(person_id), "person", at, None)


@router.get("/v1/cohorts", operation_id="listCohorts", response_model_exclude_none=True, tags=["cohorts"])
async def list_cohorts(
    request: Request, house: House, at: AtReading, caller: Asking, page_size: PageSize = PAGE, cursor: Cursor = None
) -> views.Collection[views.CohortView]:
    """All cohorts."""
    asked = await queries(house, at, caller, Action.READ_AGREEMENTS)
    return page(request, house, await asked.cohorts(), page_size, cursor, at, await house.store.began_at())


@router.get("/v1/cohorts/{cohortId}", operation_id="getCohort", response_model_exclude_none=True, tags=["cohorts"])
async def get_cohort(
    response: Response, house: House, at: AtReading, caller: Asking, cohort_id: CohortId
) -> views.CohortView:
    """One cohort."""
    asked = await queries(house, at, caller, Action.READ_AGREEMENTS)
    found = await asked.cohort(cohort_id)
    return one(response, found, "cohort", at, await house.store.began_at())


@router.get("/v1/agreements", operation_id="listAgreements", response_model_exclude_none=True, tags=["agreements"])
async def list_agreements(
    request: Request,
    house: House,
    at: AtReading,
    caller: Asking,
    cohort_id: Annotated[str | None, Query(alias="cohortId")] = None,
    partner_id: Annotated[str | None, Query(alias="partnerId")] = None,
    status: AgreementStatus | None = None,
    page_size: PageSize = PAGE,
    cursor: Cursor = None,
) -> views.Collection[views.AgreementView]:
    """Agreements whatever their status, by cohort, partner and status."""
    asked = await queries(house, at, caller, Action.READ_AGREEMENTS)
    found = await asked.agreements(cohort_id=cohort_id, partner_id=partner_id, status=status)
    return page(request, house, found, page_size, cursor, at, await house.store.began_at())


@router.get(
    "/v1/agreements/{agreementId}",
    operation_id="getAgreement",
    response_model_exclude_none=True,
    tags=["agreements"],
)
async def get_agreement(
    response: Response, house: House, at: AtReading, caller: Asking, agreement_id: AgreementId
) -> views.AgreementView:
    """One agreement."""
    asked = await queries(house, at, caller, Action.READ_AGREEMENTS)
    found = await asked.agreement(agreement_id)
    return one(response, found, "agreement", at, await house.store.began_at())


@router.get(
    "/v1/consultations",
    operation_id="listConsultations",
    response_model_exclude_none=True,
    tags=["consultations"],
)
async def list_consultations(
    request: Request,
    house: House,
    at: AtReading,
    caller: Asking,
    cohort_id: Annotated[str | None, Query(alias="cohortId")] = None,
    year: Year = None,
    status: ConsultationStatus | None = None,
    page_size: PageSize = PAGE,
    cursor: Cursor = None,
) -> views.Collection[views.ConsultationView]:
    """Consultation moments, by cohort, year and status."""
    asked = await queries(house, at, caller, Action.READ_CONSULTATIONS)
    found = await asked.consultations(cohort_id=cohort_id, year=year, status=status)
    return page(request, house, found, page_size, cursor, at, await house.store.began_at())


@router.get(
    "/v1/consultations/{consultationId}",
    operation_id="getConsultation",
    response_model_exclude_none=True,
    tags=["consultations"],
)
async def get_consultation(
    response: Response, house: House, at: AtReading, caller: Asking, consultation_id: ConsultationId
) -> views.ConsultationView:
    """One consultation moment."""
    asked = await queries(house, at, caller, Action.READ_CONSULTATIONS)
    found = await asked.consultation(consultation_id)
    return one(response, found, "consultation", at, await house.store.began_at())


@router.get("/v1/claims", operation_id="listClaims", response_model_exclude_none=True, tags=["claims"])
async def list_claims(
    request: Request,
    house: House,
    at: AtReading,
    caller: Asking,
    only_open: Annotated[
        bool | None, Query(alias="open", description="Whether sources disagree and none was chosen.")
    ] = None,
    subject: str | None = None,
    predicate: str | None = None,
    published_by: Annotated[
        str | None, Query(alias="publishedBy", description="What sources had published by this date.")
    ] = None,
    page_size: PageSize = PAGE,
    cursor: Cursor = None,
) -> views.Collection[views.ClaimView]:
    """What sources say."""
    if published_by is not None:
        _date("publishedBy", published_by)
    asked = await queries(house, at, caller, Action.READ_CLAIMS)
    found = await asked.claims(only_open=only_open, subject=subject, predicate=predicate, published_by=published_by)
    return page(request, house, found, page_size, cursor, at, await house.store.began_at())


@router.get("/v1/claims/{claimId}", operation_id="getClaim", response_model_exclude_none=True, tags=["claims"])
async def get_claim(
    response: Response, house: House, at: AtReading, caller: Asking, claim_id: ClaimId
) -> views.ClaimView:
    """One claim."""
    asked = await queries(house, at, caller, Action.READ_CLAIMS)
    found = await asked.claim(claim_id)
    return one(response, found, "claim", at, await house.store.began_at())


@router.get("/v1/reminders", operation_id="listReminders", response_model_exclude_none=True, tags=["reminders"])
async def list_reminders(
    request: Request,
    house: House,
    caller: Asking,
    kind: ReminderKind | None = None,
    status: ReminderStatus | None = None,
    page_size: PageSize = PAGE,
    cursor: Cursor = None,
) -> views.Collection[views.ReminderView]:
    """Reminders that were raised, by kind and status."""
    reminding = Reminding(house, await visible(house, caller, Action.READ_REMINDERS))
    return page(request, house, await reminding.all(kind=kind, status=status), page_size, cursor)


@router.get(
    "/v1/reminders/{reminderId}", operation_id="getReminder", response_model_exclude_none=True, tags=["reminders"]
)
async def get_reminder(response: Response, house: House, caller: Asking, reminder_id: ReminderId) -> views.ReminderView:
    """One reminder."""
    reminding = Reminding(house, await visible(house, caller, Action.READ_REMINDERS))
    found = await reminding.one(reminder_id)
    return one(response, found, "reminder", await _now(house), None)


@router.get(
    "/v1/reminders/{reminderId}/explanation",
    operation_id="explainReminder",
    response_model_exclude_none=True,
    tags=["reminders"],
)
async def explain_reminder(
    house: House, caller: Asking, reminder_id: ReminderId, language: Lang
) -> views.ExplanationView:
    """Why it was raised, when and to whom."""
    reminding = Reminding(house, await visible(house, caller, Action.READ_REMINDERS))
    found = await reminding.explain(reminder_id)
    if found is None:
        raise Problem.not_found("reminder.unknown")
    return explanation(*found, language)


def _history_of(kind: str, action: Action) -> None:
    async def get_history(
        request: Request,
        house: House,
        at: AtReading,
        caller: Asking,
        language: Lang,
        object_id: Annotated[str, Path(alias=f"{kind}Id")],
        page_size: PageSize = PAGE,
        cursor: Cursor = None,
    ) -> Any:
        """One sentence for each event, in the reader's language."""
        asked = await queries(house, at, caller, action)
        if await getattr(asked, kind)(object_id) is None:
            raise Problem.not_found(f"{kind}.unknown")
        items = await history(asked, f"{kind}-{object_id}", language)
        return page(request, house, items, page_size, cursor)

    router.add_api_route(
        f"/v1/{kind}s/{{{kind}Id}}/history",
        get_history,
        methods=["GET"],
        operation_id=f"get{kind.capitalize()}History",
        response_model=views.Collection[views.HistoryItem],
        response_model_exclude_none=True,
        tags=[f"{kind}s"],
    )


_history_of("partner", Action.READ_PARTNERS)
_history_of("cohort", Action.READ_AGREEMENTS)
_history_of("agreement", Action.READ_AGREEMENTS)
_history_of("consultation", Action.READ_CONSULTATIONS)


async def _now(house: House) -> Reading:
    return Reading(day=house.day_of(await house.now()))


def _date(name: str, text: str) -> None:
    try:
        PartialDate.parse(text)
    except Refused as refused:
        raise Problem.bad_request([Issue.of(refused, place="query", name=name)]) from None
