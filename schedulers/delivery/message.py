"""A mail as bytes (RFC 5322): text and HTML."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schedulers.delivery.telling import Told

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)
_POLICY: Final = SMTP.clone(cte_type="7bit")  # not every server takes eight bits


def compose(told: Told, sender: Address, recipient: tuple[str, str], message_id: str, sent_at: datetime) -> bytes:
    """`recipient` is a name and an address; `message_id` is the same however often this mail is sent."""
    name, address = recipient
    message = EmailMessage(_POLICY)
    message["From"] = sender
    message["To"] = Address(_one_line(name), addr_spec=address)
    message["Subject"] = _one_line(told.subject)
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = f"<{message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = told.language
    lines = [f"{name}: {said}" for name, said in told.rows]
    message.set_content("\n".join([*lines, "", told.automatic, ""]))
    html = _TEMPLATES.get_template("mail.html").render(told=told)
    message.add_alternative(f"{html}\n", subtype="html")
    return message.as_bytes()


def _one_line(text: str) -> str:
    return " ".join(text.split())
