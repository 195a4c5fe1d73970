"""From what things are to what readers see."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from domain import agreement as agreements
from domain import consultation as consultations
from domain.agreement import Agreement
from domain.cohort import Cohort, Members
from domain.consultation import Consultation
from domain.partner import Partner
from events.catalogue.agreement import EvaluationHeld, KpiAgreed
from events.catalogue.cohort import CohortEvaluated, ImprovementPoint, ImprovementPointReported, Leaver, Terms
from events.catalogue.values import TextRef
from service import views

Texts = Mapping[str, str]


def _text(ref: TextRef | None, texts: Texts) -> str | None:
    return texts.get(ref.text_id) if ref else None


def partner(state: Partner, erased: Mapping[str, str]) -> views.PartnerView:
    """A partner; `erased`: since when persons are. Its succession's reason is prose, filled in by `succession`."""
    return views.PartnerView(
        href=f"/v1/partners/{state.partner_id}",
        partner_id=state.partner_id,
        name=state.name,
        kind=state.kind,
        enterprise_number=state.enterprise_number,
        added_on=state.added_on,
        name_effective_on=state.named.effective_on if state.named else None,
        name_effective_on_kind=(state.named.effective_on_kind or "on") if state.named else None,
        aliases=[views.AliasView(name=one.name, kind=one.kind, language=one.language) for one in state.aliases],
        executing_units=[views.UnitView(name=one.name, effective_on=one.effective_on) for one in state.executing_units],
        account_managers=[
            views.AccountManagerView(
                person_id=one.person_id, effective_on=one.effective_on, erased_on=erased.get(one.person_id)
            )
            for one in state.account_managers
        ],
        successor_id=state.succession.successor_id if state.succession else None,
    )


def succession(view: views.PartnerView, state: Partner, texts: Texts) -> views.PartnerView:
    """The partner with how it was succeeded."""
    if state.succession is None:
        return view
    how = views.SuccessionView(
        kind=state.succession.kind,
        effective_on=state.succession.effective_on,
        reason=_text(state.succession.reason, texts),
    )
    return view.model_copy(update={"succession": how})


def terms(state: Terms) -> views.TermsView | None:
    """Terms, or nothing where none are known."""
    if state == Terms():
        return None
    return views.TermsView(
        co_financing=[views.ShareView(party=one.party, share=one.share) for one in state.co_financing] or None,
        consultation_months=list(state.consultation_months) or None,
        evaluation=state.evaluation,
        reminder_offsets={kind: list(offsets) for kind, offsets in state.reminder_offsets.items()}
        if state.reminder_offsets
        else None,
    )


def leavers(left: Sequence[Leaver], texts: Texts) -> list[views.LeaverView]:
    """Who left, and why."""
    return [views.LeaverView(partner_id=one.partner_id, reason=_text(one.reason, texts)) for one in left]


def cohort(state: Cohort, members: Members, texts: Texts) -> views.CohortView:
    """A cohort and who is in it."""
    opened = state.opened
    return views.CohortView(
        href=f"/v1/cohorts/{state.cohort_id}",
        cohort_id=state.cohort_id,
        name=state.name,
        runs_from=opened.runs_from,
        runs_until=opened.runs_until,
        opened_on=opened.opened_on,
        announced_partner_count=opened.announced_partner_count,
        terms=terms(opened.terms),
        predecessor_id=opened.predecessor_id,
        successor_id=state.renewal.successor_id if state.renewal else None,
        stayed=list(opened.stayed),
        joined=list(opened.joined),
        left=leavers(opened.left, texts),
        members=[views.MemberView(partner_id=one, agreement_id=members.agreements[one]) for one in members.current],
        evaluations=[evaluation(one, texts) for one in state.evaluations],
        improvement_points=[_point(one, texts) for one in state.improvement_points],
    )


def evaluation(held: EvaluationHeld | CohortEvaluated, texts: Texts) -> views.EvaluationView:
    """A year's evaluation."""
    return views.EvaluationView(
        year=held.year,
        held_on=held.held_on,
        kpi_results=[views.KpiResultView(kpi_id=one.kpi_id, value=one.value) for one in held.kpi_results],
        findings=_text(held.findings, texts),
        improvement_points=[_point(one, texts) for one in held.improvement_points],
    )


def _point(one: ImprovementPoint | ImprovementPointReported, texts: Texts) -> views.ImprovementPointView:
    reported_on = one.reported_on if isinstance(one, ImprovementPointReported) else None
    return views.ImprovementPointView(text=_text(one.text, texts), due_on=one.due_on, reported_on=reported_on)


def agreement(
    state: Agreement,
    day: date,
    partner_name: str | None,
    texts: Texts,
    erased: Mapping[str, str],
    *,
    evaluations: bool,
) -> views.AgreementView:
    """An agreement on a day; `erased`: since when persons are. Evaluations and figures for who may see them."""
    signed = state.signed
    end = state.termination
    return views.AgreementView(
        href=f"/v1/agreements/{state.agreement_id}",
        agreement_id=state.agreement_id,
        cohort_id=state.cohort_id,
        partner_id=state.partner_id,
        partner_name=partner_name,
        signed_on=signed.signed_on,
        place=signed.place,
        runs_from=str(state.period.runs_from),
        runs_until=str(state.period.runs_until),
        own_term=signed.own_term,
        retroactive=signed.retroactive or None,
        evaluation=state.evaluation,
        status=agreements.status(state, day),
        certain=agreements.is_certain(state, day),
        signatories=[
            views.SignatoryView(
                person_id=one.person_id,
                for_party=one.for_party,
                capacity=_text(one.capacity, texts),
                erased_on=erased.get(one.person_id),
            )
            for one in signed.signatories
        ],
        amendments=[
            views.AmendmentView(
                effective_on=one.effective_on,
                runs_until=one.runs_until,
                evaluation=one.evaluation,
                summary=_text(one.summary, texts),
                reason=_text(one.reason, texts),
            )
            for one in state.amendments
        ],
        termination=views.TerminationView(effective_on=end.effective_on, reason=_text(end.reason, texts))
        if end
        else None,
        successor_cohort_id=state.renewal.successor_cohort_id if state.renewal else None,
        evaluations=[evaluation(state.evaluations[year], texts) for year in sorted(state.evaluations)]
        if evaluations
        else None,
        kpis=[_kpi(one) for one in state.kpis.values()] if evaluations else None,
        kpi_measurements=views.MEASUREMENTS.validate_python(
            [{"kpi_id": one.kpi_id, "value": one.value, "measured_on": one.measured_on} for one in state.measurements]
        )
        if evaluations
        else None,
    )


def _kpi(one: KpiAgreed) -> views.KpiView:
    return views.KpiView(
        kpi_id=one.kpi_id, name=one.name, unit=one.unit, target=one.target, effective_on=one.effective_on
    )


def consultation(state: Consultation, texts: Texts) -> views.ConsultationView:
    """A consultation moment."""
    last_move = state.moves[-1] if state.moves else None
    reason = state.cancellation.reason if state.cancellation else (last_move or state.planned).reason
    return views.ConsultationView(
        href=f"/v1/consultations/{state.consultation_id}",
        consultation_id=state.consultation_id,
        cohort_id=state.cohort_id,
        year=state.planned.year,
        ordinal=state.planned.ordinal,
        planned_on=state.planned_on,
        starts_at=state.starts_at,
        place=state.place,
        title=_text(state.planned.title, texts),
        reason=_text(reason, texts),
        status=consultations.status(state),
        held_on=state.held.held_on if state.held else None,
        cancelled_on=state.cancellation.cancelled_on if state.cancellation else None,
    )


def own_part(view: views.CohortView, own: frozenset[str]) -> views.CohortView:
    """A partner sees of a cohort that it is in it, not how the others fare."""
    return view.model_copy(
        update={
            "members": [member for member in view.members if member.partner_id in own],
            "stayed": [one for one in view.stayed if one in own],
            "joined": [one for one in view.joined if one in own],
            "left": [one for one in view.left if one.partner_id in own],
        }
    )


def person(person_id: str, content: Mapping[str, Any]) -> views.PersonView:
    """A person, from the vault."""
    return views.PersonView(
        href=f"/v1/persons/{person_id}",
        person_id=person_id,
        name=content["name"],
        email=content.get("email"),
        role=content.get("role"),
        language=content.get("language"),
    )
