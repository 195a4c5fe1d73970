"""Agreements, and what the scheduler noted about them."""

from domain.sentences.voice import Voice
from events.catalogue.agreement import (
    AgreementAmended,
    AgreementCommenced,
    AgreementExpired,
    AgreementFact,
    AgreementNotRenewed,
    AgreementRenewed,
    AgreementSigned,
    AgreementTerminated,
    AgreementTermsFollowed,
    EvaluationHeld,
    KpiAgreed,
    KpiMeasured,
    MilestoneEvent,
)


def told(event: AgreementFact | MilestoneEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    match event:
        case AgreementSigned():
            return _signed(event, voice)
        case AgreementTermsFollowed():
            agreement, period = voice.agreement(event.agreement_id), voice.period(event.runs_from, event.runs_until)
            return voice.clauses(
                voice.say(
                    f"{agreement} volgt de rechtgezette voorwaarden van haar cohorte en loopt {period}",
                    f"{agreement} follows the corrected terms of its cohort and runs {period}",
                ),
                voice.yearly(event.evaluation),
            )
        case AgreementAmended():
            return _amended(event, voice)
        case AgreementTerminated():
            agreement, since = voice.agreement(event.partner_id, event.cohort_id), voice.since(event.effective_on)
            return voice.say(
                f"{agreement} werd vóór het einde van haar looptijd beëindigd en geldt niet meer {since}",
                f"{agreement} was terminated before its term and is not in force {since}",
            ) + voice.reason(event.reason)
        case AgreementRenewed():
            agreement, on = voice.agreement(event.partner_id, event.cohort_id), voice.on(event.renewed_on)
            successor = voice.cohort(event.successor_cohort_id)
            return voice.say(
                f"{agreement} werd {on} hernieuwd in {successor}", f"{agreement} was renewed {on} in {successor}"
            )
        case AgreementNotRenewed():
            agreement, on = voice.agreement(event.partner_id, event.cohort_id), voice.on(event.decided_on)
            return voice.say(
                f"{agreement} werd niet hernieuwd, zoals {on} beslist",
                f"{agreement} was not renewed, as decided {on}",
            ) + voice.reason(event.reason)
        case EvaluationHeld():
            agreement, on = voice.agreement(event.agreement_id), voice.on(event.held_on)
            return voice.clauses(
                voice.say(
                    f"de evaluatie van {agreement} over {event.year} vond {on} plaats",
                    f"the evaluation of {agreement} for {event.year} was held {on}",
                ),
                voice.figures(event.kpi_results),
                voice.findings(event.findings),
                voice.improvements(event.improvement_points),
            )
        case KpiAgreed():
            return _kpi_agreed(event, voice)
        case KpiMeasured():
            kpi, agreement, on = (
                voice.kpi(event.kpi_id),
                voice.agreement(event.agreement_id),
                voice.on(event.measured_on),
            )
            value = voice.decimal(event.value)
            return voice.say(
                f"{kpi} van {agreement} stond {on} op {value}", f"{kpi} of {agreement} stood at {value} {on}"
            )
        case AgreementCommenced():
            agreement, on = voice.agreement(event.partner_id, event.cohort_id), voice.on(event.commenced_on)
            return voice.say(f"{agreement} ging {on} in", f"{agreement} commenced {on}")
        case AgreementExpired():
            agreement, on = voice.agreement(event.partner_id, event.cohort_id), voice.on(event.expired_on)
            return voice.say(
                f"{agreement} liep {on} af, op het einde van haar looptijd",
                f"{agreement} expired {on}, at the end of its term",
            )


def _signed(event: AgreementSigned, voice: Voice) -> str:
    agreement, on = voice.agreement(event.partner_id, event.cohort_id), voice.on(event.signed_on)
    period = voice.period(event.runs_from, event.runs_until)
    own = voice.say(" (eigen looptijd)", " (a term of its own)") if event.own_term else ""
    signatories = voice.listed(
        [
            voice.say("voor het agentschap ", "for the agency ") + voice.person(one.person_id)
            if one.for_party == "agency"
            else voice.say("voor de partner ", "for the partner ") + voice.person(one.person_id)
            for one in event.signatories
        ]
    )
    who = voice.say("ondertekenaar", "signatory")
    if len(event.signatories) > 1:
        who = voice.say("ondertekenaars", "signatories")
    return voice.clauses(
        voice.say(
            f"{agreement} werd {on} ondertekend en loopt {period}{own}",
            f"{agreement} was signed {on} and runs {period}{own}",
        ),
        voice.say("met terugwerkende kracht", "with retroactive effect") if event.retroactive else "",
        voice.yearly(event.evaluation),
        voice.place(event.place),
        f"{who}: {signatories}" if signatories else "",
    )


def _amended(event: AgreementAmended, voice: Voice) -> str:
    agreement, since = voice.agreement(event.agreement_id), voice.since(event.effective_on)
    until = ""
    if event.runs_until:
        last = voice.on(event.runs_until)
        until = voice.say(f"ze eindigt voortaan {last}", f"it now ends {last}")
    return voice.clauses(
        voice.say(f"{agreement} is {since} gewijzigd", f"{agreement} is amended {since}"),
        until,
        voice.yearly(event.evaluation),
        voice.say("met samenvatting in het dossier", "with a summary on file") if event.summary else "",
    ) + voice.reason(event.reason)


def _kpi_agreed(event: KpiAgreed, voice: Voice) -> str:
    agreement = voice.agreement(event.agreement_id)
    since = f" {voice.since(event.effective_on)}" if event.effective_on else ""
    unit = event.unit or ""
    target = voice.say("doel: ", "target: ") + f"{voice.decimal(event.target)} {unit}".strip() if event.target else ""
    measured = voice.say(f"eenheid: {unit}", f"unit: {unit}") if unit and not event.target else ""
    return voice.clauses(
        voice.say(
            f'in {agreement} is{since} de KPI "{event.name}" afgesproken',
            f'the KPI "{event.name}" is agreed in {agreement}{since}',
        ),
        target,
        measured,
    )
