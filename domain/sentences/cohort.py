"""Cohorts, and who is in them."""

from domain import wording
from domain.sentences.voice import Voice
from events.catalogue.cohort import (
    CohortEvaluated,
    CohortFact,
    CohortOpened,
    CohortRenewed,
    ImprovementPointReported,
    MembershipEvent,
    MemberSigned,
    PartnerJoinedCohort,
    PartnerLeftCohort,
    PartnerStayedInCohort,
    Terms,
)


def told(event: CohortFact | MembershipEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    match event:
        case CohortOpened():
            return _opened(event, voice)
        case CohortRenewed():
            cohort, successor = voice.cohort(event.cohort_id), voice.cohort(event.successor_id)
            on = voice.on(event.renewed_on)
            return voice.say(
                f"{cohort} werd {on} hernieuwd met als opvolger {successor}",
                f"{cohort} was renewed {on} with {successor} as its successor",
            )
        case CohortEvaluated():
            cohort, on = voice.cohort(event.cohort_id), voice.on(event.held_on)
            return voice.clauses(
                voice.say(
                    f"de evaluatie van {cohort} over {event.year} vond {on} plaats",
                    f"the evaluation of {cohort} for {event.year} was held {on}",
                ),
                voice.figures(event.kpi_results),
                voice.findings(event.findings),
                voice.improvements(event.improvement_points),
            )
        case ImprovementPointReported():
            cohort = voice.cohort(event.cohort_id)
            on = f" {voice.on(event.reported_on)}" if event.reported_on else ""
            due = f", {voice.by(event.due_on)}" if event.due_on else ""
            return voice.say(
                f"voor {cohort} werd{on} een verbeterpunt gemeld, met tekst in het dossier{due}",
                f"an improvement point was reported for {cohort}{on}, with its text on file{due}",
            )
        case PartnerJoinedCohort():
            partner, cohort, on = (
                voice.partner(event.partner_id),
                voice.cohort(event.cohort_id),
                voice.on(event.joined_on),
            )
            return voice.say(f"{partner} trad {on} toe tot {cohort}", f"{partner} joined {cohort} {on}")
        case PartnerStayedInCohort():
            partner, cohort, on = (
                voice.partner(event.partner_id),
                voice.cohort(event.cohort_id),
                voice.on(event.stayed_on),
            )
            before = voice.cohort(event.predecessor_id)
            return voice.say(
                f"{on} ging {partner} over van {before} naar {cohort}",
                f"{on} {partner} went on from {before} to {cohort}",
            )
        case PartnerLeftCohort():
            partner, cohort, on = (
                voice.partner(event.partner_id),
                voice.cohort(event.cohort_id),
                voice.on(event.left_on),
            )
            said = voice.say(f"{partner} verliet {cohort} {on}", f"{partner} left {cohort} {on}")
            return said + voice.reason(event.reason)
        case MemberSigned():
            partner, cohort, on = (
                voice.partner(event.partner_id),
                voice.cohort(event.cohort_id),
                voice.on(event.signed_on),
            )
            return voice.say(
                f"{partner} heeft als lid van {cohort} één overeenkomst, ondertekend {on}",
                f"{partner} has one agreement as a member of {cohort}, signed {on}",
            )


def _opened(event: CohortOpened, voice: Voice) -> str:
    period = voice.period(event.runs_from, event.runs_until)
    on = f" {voice.on(event.opened_on)}" if event.opened_on else ""
    return voice.clauses(
        voice.say(
            f"cohorte {event.name} werd{on} geopend en loopt {period}",
            f"cohort {event.name} was opened{on} and runs {period}",
        ),
        _announced(event.announced_partner_count, voice),
        *_terms(event.terms, voice),
        _succession(event, voice),
    )


def _announced(count: int | None, voice: Voice) -> str:
    if count is None:
        return ""
    return voice.say(f"aangekondigd aantal partners: {count}", f"announced number of partners: {count}")


def _terms(terms: Terms, voice: Voice) -> list[str]:
    said = []
    if terms.co_financing:
        shares = voice.listed(
            [
                f"{voice.label('party', one.party)} {wording.share_text(one.share, voice.language)}"
                for one in terms.co_financing
            ]
        )
        said.append(voice.say(f"cofinanciering: {shares}", f"co-financing: {shares}"))
    if terms.consultation_months:
        months = voice.listed([wording.month(number, voice.language) for number in terms.consultation_months])
        said.append(voice.say(f"overlegmomenten in {months}", f"consultation moments in {months}"))
    said.append(voice.yearly(terms.evaluation))
    for kind, offsets in (terms.reminder_offsets or {}).items():
        when = voice.listed([wording.offset_text(offset, voice.language) for offset in offsets])
        what = voice.label("reminderKind", kind)
        none = voice.say("geen", "none")
        said.append(voice.say(f'herinneringen "{what}": {when or none}', f'reminders "{what}": {when or none}'))
    return said


def _succession(event: CohortOpened, voice: Voice) -> str:
    if event.predecessor_id is None:
        return ""
    counts = [
        voice.say(f"{len(event.stayed)} gebleven", f"{len(event.stayed)} stayed") if event.stayed else "",
        voice.say(f"{len(event.joined)} toegetreden", f"{len(event.joined)} joined") if event.joined else "",
        voice.say(f"{len(event.left)} vertrokken", f"{len(event.left)} left") if event.left else "",
    ]
    who = voice.listed([count for count in counts if count])
    before = voice.cohort(event.predecessor_id)
    return voice.say(f"als opvolger van {before}", f"as the successor of {before}") + (f": {who}" if who else "")
