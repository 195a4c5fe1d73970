"""Problem documents (RFC 9457) as the Belgif REST guide has them, and every exception that becomes one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain.refusals import Refused
from events.log.continuity import Mismatch, changed_position
from service.texts import LONGEST_SHOWN, Language, detail, negotiate, title

MEDIA_TYPE: Final = "application/problem+json"

Place = Literal["body", "query", "path", "header"]
Unauthorized = Literal["noAccessToken", "invalidAccessToken", "expiredAccessToken"]

BELGIF: Final = frozenset(
    {
        "badRequest", "noAccessToken", "invalidAccessToken", "expiredAccessToken", "missingScope", "missingPermission",
        "resourceNotFound", "payloadTooLarge", "tooManyRequests", "internalServerError", "serviceUnavailable",
    }
)  # fmt: skip
"""The problem types that the Belgif REST guide defines for everyone, as far as the register uses them."""

_GUIDE: Final = "https://www.belgif.be/specification/rest/api-guide"
_BELGIF_ISSUES: Final[Mapping[str, str]] = {
    "schemaViolation": "Input value is invalid with respect to the schema",
    "unknownInput": "Unknown input",
    "referencedResourceNotFound": "Referenced resource not found",
}
_FIELDS: Final[Mapping[str, str]] = {
    "date.inFuture": "heldOn",
    "period.endBeforeStart": "runsUntil",
    "shares.notWhole": "terms.coFinancing",
    "shares.partyTwice": "terms.coFinancing",
    "months.invalid": "terms.consultationMonths",
    "partner.ownSuccessor": "successorId",
    "cohort.membersIncomplete": "stays",
    "cohort.notAMember": "stays",
    "cohort.alreadyAMember": "joins",
    "cohort.partnerTwice": "stays",
    "cohort.overlapsPredecessor": "runsFrom",
    "agreement.signedAfterStart": "signedOn",
    "agreement.outsideTerm": "effectiveOn",
    "evaluation.yearOutsideTerm": "year",
    "evaluation.beforeYear": "heldOn",
    "kpi.unknown": "kpiId",
    "consultation.yearOutsideTerm": "year",
    "consultation.whenNeeded": "plannedOn",
    "consultation.whenTwice": "plannedOn",
    "consultation.dateOutsideYear": "plannedOn",
    "reminder.snoozePastDue": "until",
    "reminder.snoozeInPast": "until",
}
"""The field that a rule's refusal is about, where the rule, which knows no bodies, does not say it."""

_OWN_MEMBERS: Final = frozenset({"type", "href", "title", "status", "detail", "instance", "code", "issues", "field"})
_UNSAID: Final = ("text.", "email.", "json.", "list.")
_SECRET_WORDS: Final = ("token", "secret", "password", "email", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing that is wrong with the input: where it stands and which rule it breaks."""

    code: str
    place: Place = "body"
    name: str | None = None
    value: Any = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, refused: Refused, *, place: Place = "body", name: str | None = None) -> Self:
        """A refusal of a field; the field is the fact `field`, unless given."""
        return cls(
            code=refused.code,
            place=place,
            name=name or refused.facts.get("field") or _FIELDS.get(refused.code),
            value=refused.facts.get("value"),
            facts=refused.facts,
        )

    def document(self, language: Language) -> dict[str, Any]:
        """The issue as a member of `issues`."""
        kind = self._belgif_kind()
        document: dict[str, Any] = (
            {
                "type": f"urn:problem-type:errera:input-validation:{self.code}",
                "title": title(self.code, "en"),
            }
            if kind is None
            else {
                "type": f"urn:problem-type:belgif:input-validation:{kind}",
                "href": f"{_GUIDE}/issues/{kind}.html",
                "title": _BELGIF_ISSUES[kind],
            }
        )
        document |= {"code": self.code, "in": self.place}
        if self.name:
            document["name"] = self.name
        if (echo := self._echo()) is not None:
            document["value"] = echo
        return document | {"detail": detail(self.code, language, self.facts)}

    def _belgif_kind(self) -> str | None:
        if self.code == "field.unknown":
            return "unknownInput"
        if self.code.endswith(".notKnown"):
            return "referencedResourceNotFound"
        return "schemaViolation" if self.code.startswith(("field.", "json.", "list.")) else None

    def _echo(self) -> str | int | bool | None:
        """The value, where it is short and no secret, no prose and nobody's address."""
        name = (self.name or "").lower()
        if self.place == "header" or self.code.startswith(_UNSAID) or any(word in name for word in _SECRET_WORDS):
            return None
        match self.value:
            case bool() | int():
                return self.value
            case str() as text:
                return text[:LONGEST_SHOWN]
            case _:
                return None


class Problem(Exception):
    """An answer that is not what was asked for; it becomes a problem document at the edge."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        facts: Mapping[str, Any] | None = None,
        issues: Sequence[Issue] = (),
        headers: Mapping[str, str] | None = None,
        kind: str | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.facts = facts or {}
        self.issues = issues
        self.headers = headers or {}
        self.kind = kind or code

    @classmethod
    def bad_request(cls, issues: Sequence[Issue]) -> Self:
        """400: the input is wrong, in the ways named."""
        return cls(400, issues[0].code, issues=issues, facts={"count": len(issues)}, kind="badRequest")

    @staticmethod
    def issue(place: Place, name: str | None, code: str, **facts: Any) -> Issue:
        """One thing that is wrong, for `bad_request`."""
        return Issue(code=code, place=place, name=name, value=facts.get("value"), facts=facts)

    @classmethod
    def unauthorized(cls, kind: Unauthorized) -> Self:
        """401: nobody, or nobody any more (RFC 6750, section 3)."""
        error = "" if kind == "noAccessToken" else ', error="invalid_token"'
        return cls(401, kind, headers={"WWW-Authenticate": f'Bearer realm="errera"{error}'})

    @classmethod
    def forbidden(cls, role: str) -> Self:
        """403: the role may not."""
        return cls(403, "missingPermission", facts={"role": role})

    @classmethod
    def missing_scope(cls, scope: str) -> Self:
        """403: the client system's token lacks a scope."""
        challenge = f'Bearer realm="errera", error="insufficient_scope", scope="{scope}"'
        return cls(403, "missingScope", facts={"requiredScopes": [scope]}, headers={"WWW-Authenticate": challenge})

    @classmethod
    def not_found(cls, code: str = "resourceNotFound", **facts: Any) -> Self:
        """404: there is no such thing, or not for this caller."""
        return cls(404, code, facts=facts, kind="resourceNotFound")

    @classmethod
    def method_not_allowed(cls, method: str, allowed: Sequence[str]) -> Self:
        """405, with the methods that the address does know."""
        facts = {"method": method, "allowed": list(allowed)}
        return cls(405, "methodNotAllowed", facts=facts, headers={"Allow": ", ".join(allowed)})

    @classmethod
    def not_acceptable(cls) -> Self:
        """406: not in that format."""
        return cls(406, "notAcceptable")

    @classmethod
    def request_timeout(cls, seconds: float) -> Self:
        """408: the body did not arrive in time."""
        return cls(408, "requestTimeout", facts={"seconds": f"{seconds:g}"}, headers={"Connection": "close"})

    @classmethod
    def conflict(cls, code: str = "conflict", *, retry_after: int | None = None, **facts: Any) -> Self:
        """409: the state refuses."""
        return cls(409, code, facts=facts, headers=_retry(retry_after))

    @classmethod
    def precondition_failed(cls, version: str | None = None) -> Self:
        """412: the object moved on, to this version."""
        headers = {} if version is None else {"ETag": f'"{version}"'}
        return cls(412, "preconditionFailed", headers=headers)

    @classmethod
    def too_large(cls, limit: int) -> Self:
        """413, in bytes."""
        return cls(413, "payloadTooLarge", facts={"limit": limit}, headers={"Connection": "close"})

    @classmethod
    def unsupported_media_type(cls, given: str, expected: str = "application/json") -> Self:
        """415, saying what would do."""
        facts = {"given": given, "expected": expected}
        return cls(415, "unsupportedMediaType", facts=facts, headers={"Accept": expected})

    @classmethod
    def precondition_required(cls) -> Self:
        """428: `If-Match` is missing."""
        return cls(428, "preconditionRequired")

    @classmethod
    def too_many_requests(cls, retry_after: int) -> Self:
        """429."""
        return cls(429, "tooManyRequests", facts={"retryAfterSec": retry_after}, headers=_retry(retry_after))

    @classmethod
    def internal(cls) -> Self:
        """500, saying nothing of the cause."""
        return cls(500, "internalServerError")

    @classmethod
    def unavailable(cls, code: str = "serviceUnavailable", *, retry_after: int = 5, **facts: Any) -> Self:
        """503: not now."""
        facts |= {"retryAfterSec": retry_after}
        return cls(503, code, facts=facts, headers=_retry(retry_after), kind="serviceUnavailable")

    @classmethod
    def unreadable(cls, position: int) -> Self:
        """503: an event that this release cannot read, and where it stands; after an upgrade it may."""
        return cls.unavailable("store.unreadable", retry_after=60, position=position)

    @classmethod
    def read_only(cls, why: str, retry_after: int = 60) -> Self:
        """503: the log failed its check, so nothing is written; where it is not the one published, from where on."""
        if (position := changed_position(why)) is not None:
            told = {"position": position, "retryAfterSec": retry_after}
            return cls(503, "log.changed", facts=told, headers=_retry(retry_after), kind="serviceUnavailable")
        found = Mismatch.parse(why)
        if found is None:
            return cls.unavailable("readOnly", retry_after=retry_after)
        facts = {"position": found.position, "size": found.size, "where": found.where, "retryAfterSec": retry_after}
        code = "log.shorter" if found.shorter else "log.another"
        return cls(503, code, facts=facts, headers=_retry(retry_after), kind="serviceUnavailable")

    @classmethod
    def of(cls, refused: Refused) -> Self:
        """What a rule's refusal is over HTTP."""
        match refused.status:
            case 400:
                return cls.bad_request([Issue.of(refused)])
            case 404:
                return cls.not_found(refused.code, **refused.facts)
            case 409:
                return cls(409, refused.code, facts=refused.facts)

    def document(self, language: Language, instance: str) -> dict[str, Any]:
        """The problem as JSON: the title in English, as the Belgif guide asks, the detail in the reader's language."""
        belgif = self.kind in BELGIF
        document: dict[str, Any] = {"type": f"urn:problem-type:{'belgif' if belgif else 'errera'}:{self.kind}"}
        if belgif:
            document["href"] = f"{_GUIDE}/problems/{self.kind}.html"
        document |= {
            "title": title(self.kind, "en"),
            "status": self.status,
            "detail": self._detail(language),
            "instance": instance,
            "code": self.code,
        }
        if self.issues:
            return document | {"issues": [issue.document(language) for issue in self.issues]}
        return document | {name: _plain(fact) for name, fact in self.facts.items() if name not in _OWN_MEMBERS}

    def _detail(self, language: Language) -> str:
        if len(self.issues) == 1:
            (issue,) = self.issues
            said = detail(issue.code, language, issue.facts)
            return f"{issue.name}: {said}" if issue.name else said
        return detail(self.kind if self.issues else self.code, language, self.facts)


def _plain(fact: object) -> object:
    match fact:
        case bool() | int() | str() | None:
            return fact
        case list() | tuple() | set() | frozenset() | range():
            return [_plain(one) for one in fact]
        case _:
            return str(fact)


def _retry(seconds: int | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(seconds)}


def respond(request: Request, problem: Problem) -> Response:
    """The answer that carries a problem; `instance` is the trace id of the request."""
    language = negotiate(request.headers.get("accept-language"))
    trace = request.scope.get("state", {}).get("trace_id") or uuid4()
    return JSONResponse(
        problem.document(language, f"urn:uuid:{trace}"),
        problem.status,
        headers={**problem.headers, "Content-Language": language, "Cache-Control": "no-store"},
        media_type=MEDIA_TYPE,
    )
