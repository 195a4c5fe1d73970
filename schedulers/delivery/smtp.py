"""Handing one message for one recipient to a mail server, and what the server says to it."""

import asyncio
import contextlib
import re
import ssl
from dataclasses import dataclass, field
from typing import Final, Literal

import aiosmtplib

SECONDS: Final = 45.0
"""How long handing over one message may take."""
_REPLY_SECONDS: Final = 15.0
_PERMANENT: Final = 500
_ENHANCED: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b", re.ASCII)

Tls = Literal["implicit", "required", "offered", "none"]


class AwayError(Exception):
    """The server cannot be reached, or does not take mail from us: it is not about this message."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server will deliver it."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """It will not. `code` is the reply's, as `550 5.1.1`; what else the reply says may name somebody.

    `for_good`: trying again is no use. `address`: it is the recipient's address that it does not take.
    """

    code: str
    for_good: bool
    address: bool


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. `sender` is an address without a name."""

    host: str
    port: int
    tls: Tls
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    context: ssl.SSLContext | None = None

    async def send(self, recipient: str, message: bytes) -> Accepted | NotTaken:
        """One message to one recipient. Raises AwayError."""
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            local_hostname=self.sender.rpartition("@")[2],
            timeout=_REPLY_SECONDS,
            use_tls=self.tls == "implicit",
            start_tls={"required": True, "offered": None}.get(self.tls, False),
            tls_context=self.context,
        )
        try:
            async with asyncio.timeout(SECONDS):
                await client.connect()
                return await self._hand_over(client, recipient, message)
        except aiosmtplib.SMTPResponseException as error:
            raise AwayError(f"{type(error).__name__} {_code(error)}") from None
        except (aiosmtplib.SMTPException, OSError) as error:  # a timeout is an OSError
            raise AwayError(type(error).__name__) from None
        finally:
            client.close()

    async def _hand_over(self, client: aiosmtplib.SMTP, recipient: str, message: bytes) -> Accepted | NotTaken:
        try:
            await client.sendmail(self.sender, [recipient], message)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            [error] = refused.recipients
            return _refused(error, address=True)
        except aiosmtplib.SMTPDataError as error:
            return _refused(error, address=False)
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError):
            return NotTaken("connectionLost", for_good=False, address=False)  # perhaps it was accepted
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):  # it has been accepted
            await client.quit()
        return Accepted()


def _refused(error: aiosmtplib.SMTPResponseException, *, address: bool) -> NotTaken:
    for_good = error.code >= _PERMANENT
    return NotTaken(_code(error), for_good, address and for_good)


def _code(error: aiosmtplib.SMTPResponseException) -> str:
    enhanced = _ENHANCED.search(error.message)
    return f"{error.code} {enhanced[1]}" if enhanced else str(error.code)
