"""Debian's aiosmtpd for tests: a line of JSON for its port, then one for each mail. Ends with stdin.

mail-server.py [CERTIFICATE KEY]   with them, STARTTLS and a sign-in are required
"""
import asyncio
import json
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import AuthResult, SMTP


def tell(what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("busy@"):
            return "451 4.3.0 come back later"
        if address.startswith("gone@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        tell({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "user": session.auth_data.login.decode() if session.auth_data else None,
            "subject": mail["subject"],
            "messageId": mail["message-id"],
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "text": plain.get_content() if plain else "",
            "html": html.get_content() if html else "",
        })
        return "250 OK taken"


def sign_in(server, session, envelope, mechanism, auth_data):
    fits = auth_data.login == b"meetnet" and auth_data.password == b"geheim"
    return AuthResult(success=fits, auth_data=auth_data)


async def main():
    options = {}
    if len(sys.argv) == 3:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        options = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": sign_in,
        }
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), **options), "127.0.0.1", 0)
    tell({"port": server.sockets[0].getsockname()[1]})
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
