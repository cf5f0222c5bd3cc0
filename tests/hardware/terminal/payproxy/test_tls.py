"""The certificate of a terminal behind https."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hardware.terminal.interface import NotSent, OutcomeUnknown, TerminalError
from hardware.terminal.payproxy.driver import PayProxyTerminal
from hardware.terminal.payproxy.record import read_profile
from tests.hardware.terminal.payproxy.test_transport import QUICK, Peer, capture, http


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server context with a self-signed certificate, and that certificate's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return context, pem


def test_a_certificate_is_checked_before_anything_is_sent(tls: tuple[ssl.SSLContext, Path]) -> None:
    context, pem = tls
    peer = Peer(http("500 Oops"), tls=context)
    url = f"https://localhost:{peer.address.partition(':')[2]}"
    for verify, ending, reason in ((True, NotSent, "certificate"), (str(pem), OutcomeUnknown, "http_500")):
        terminal = PayProxyTerminal(url, read_profile(QUICK | {"verify_tls": verify}))
        with pytest.raises(ending) as caught:
            capture(terminal)
        assert isinstance(caught.value, TerminalError)
        assert caught.value.reason == reason
        terminal.close()
    assert len(peer.requests) == 1
    peer.close()
