"""Reading what agreements are about: partners, persons, cohorts, agreements, consultations, and their histories."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from service import views
from service.api.http import StrictRoute
from service.api.reads import Lang, OwnTables, Tables, missing, one, reached, reads
from service.auth.policy import Action
from service.histories import history
from service.queries import Queries

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)])

AskedPartners = Annotated[Queries, reads(Action.READ_PARTNERS)]
AskedPersons = Annotated[Queries, reads(Action.READ_PERSONS)]
AskedAgreements = Annotated[Queries, reads(Action.READ_AGREEMENTS)]
AskedConsultations = Annotated[Queries, reads(Action.READ_CONSULTATIONS)]

AgreementStatus = Literal["signed", "inForce", "terminated", "expired", "renewed"]
ConsultationStatus = Literal["toBeFixed", "planned", "held", "cancelled"]
OfCohort = Annotated[str | None, Query(alias="cohortId")]
OfPartner = Annotated[str | None, Query(alias="partnerId")]
Year = Annotated[int | None, Query(ge=1900, le=2199)]


@router.get("/v1/partners", operation_id="listPartners", response_model_exclude_none=True, tags=["partners"])
async def list_partners(
    asked: AskedPartners, pages: Tables, cohort_id: OfCohort = None
) -> views.Collection[views.PartnerView]:
    """Partners, on a day, as known at an instant: all, or those of a cohort."""
    return await pages.of(await asked.partners(cohort_id=cohort_id, page=pages.page), asked)


@router.get("/v1/partners/{partnerId}", operation_id="getPartner", response_model_exclude_none=True, tags=["partners"])
async def get_partner(
    response: Response, asked: AskedPartners, partner_id: Annotated[str, Path(alias="partnerId")]
) -> views.PartnerView:
    """One partner."""
    return await one(response, asked, await asked.partner(partner_id), "partner")


@router.get("/v1/cohorts", operation_id="listCohorts", response_model_exclude_none=True, tags=["cohorts"])
async def list_cohorts(
    asked: AskedAgreements, pages: Tables, partner_id: OfPartner = None
) -> views.Collection[views.CohortView]:
    """Cohorts: all, or those of a partner."""
    return await pages.of(await asked.cohorts(partner_id=partner_id, page=pages.page), asked)


@router.get("/v1/cohorts/{cohortId}", operation_id="getCohort", response_model_exclude_none=True, tags=["cohorts"])
async def get_cohort(
    response: Response, asked: AskedAgreements, cohort_id: Annotated[str, Path(alias="cohortId")]
) -> views.CohortView:
    """One cohort."""
    return await one(response, asked, await asked.cohort(cohort_id), "cohort")


@router.get("/v1/agreements", operation_id="listAgreements", response_model_exclude_none=True, tags=["agreements"])
async def list_agreements(
    asked: AskedAgreements,
    pages: Tables,
    cohort_id: OfCohort = None,
    partner_id: OfPartner = None,
    year: Year = None,
    status: AgreementStatus | None = None,
) -> views.Collection[views.AgreementView]:
    """Agreements whatever their status, by cohort, partner, status, and a year that their term touches."""
    found = await asked.agreements(
        cohort_id=cohort_id, partner_id=partner_id, status=status, year=year, page=pages.page
    )
    return await pages.of(found, asked)


@router.get(
    "/v1/agreements/{agreementId}", operation_id="getAgreement", response_model_exclude_none=True, tags=["agreements"]
)
async def get_agreement(
    response: Response, asked: AskedAgreements, agreement_id: Annotated[str, Path(alias="agreementId")]
) -> views.AgreementView:
    """One agreement."""
    return await one(response, asked, await asked.agreement(agreement_id), "agreement")


@router.get(
    "/v1/consultations", operation_id="listConsultations", response_model_exclude_none=True, tags=["consultations"]
)
async def list_consultations(
    asked: AskedConsultations,
    pages: Tables,
    cohort_id: OfCohort = None,
    partner_id: OfPartner = None,
    year: Year = None,
    status: ConsultationStatus | None = None,
) -> views.Collection[views.ConsultationView]:
    """Consultation moments, by cohort, a partner in it, year and status."""
    found = await asked.consultations(
        cohort_id=cohort_id, partner_id=partner_id, year=year, status=status, page=pages.page
    )
    return await pages.of(found, asked)


@router.get(
    "/v1/consultations/{consultationId}",
    operation_id="getConsultation",
    response_model_exclude_none=True,
    tags=["consultations"],
)
async def get_consultation(
    response: Response, asked: AskedConsultations, consultation_id: Annotated[str, Path(alias="consultationId")]
) -> views.ConsultationView:
    """One consultation moment."""
    return await one(response, asked, await asked.consultation(consultation_id), "consultation")


def _history_of(kind: str, action: Action) -> None:
    async def get_history(
        asked: Annotated[Queries, reads(action)],
        pages: OwnTables,
        language: Lang,
        response: Response,
        object_id: Annotated[str, Path(alias=f"{kind}Id")],
    ) -> Any:
        """One sentence for each event, in the reader's language."""
        if await getattr(asked, kind)(object_id) is None:
            raise await missing(asked, kind)
        response.headers["Content-Language"] = language
        return await pages.of(await history(asked, f"{kind}-{object_id}", language, pages.page), asked)

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
