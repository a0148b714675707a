"""Settings of proxies in docs/ops are read by the programs themselves, where these are there."""

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.documents import blocks, has

Ran = subprocess.CompletedProcess[str]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate and its key, for a town that is none."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tsunagu.example.jp")])
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    pem, private = tmp_path / "tsunagu.pem", tmp_path / "tsunagu.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, private


def ran(command: Sequence[str | Path]) -> Ran:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def placed(block: str, certificate: tuple[Path, Path]) -> str:
    """With files of the test in place of those of the machine."""
    pem, key = certificate
    block = block.replace("/etc/ssl/tsunagu.pem", str(pem)).replace(
        "/etc/ssl/tsunagu.key", str(key)
    )
    return block.replace("/var/log/nginx", str(pem.parent)).replace(
        "${APACHE_LOG_DIR}", str(pem.parent)
    )


@pytest.mark.skipif(not has("nginx"), reason="nginx is not installed")
def test_nginx_takes_the_settings_of_the_documents(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    """Alone, and with the processes of replicas.md behind it."""
    [server] = blocks("ops/proxy.md", "nginx")
    [several] = blocks("ops/replicas.md", "nginx")
    passed = "proxy_pass http://127.0.0.1:8710;"
    assert passed in server
    both = several + server.replace(passed, "proxy_pass http://tsunagu;")
    for sites in (server, both):
        (tmp_path / "nginx.conf").write_text(
            f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
            f"http {{\n{placed(sites, certificate)}}}\n",
            "utf-8",
        )
        done = ran(["nginx", "-t", "-q", "-p", tmp_path, "-c", tmp_path / "nginx.conf"])
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not has("caddy"), reason="Caddy is not installed")
@pytest.mark.parametrize("document", ["ops/proxy.md", "ops/replicas.md"])
def test_caddy_takes_the_settings_of_the_documents(document: str, tmp_path: Path) -> None:
    [settings] = [b for b in blocks(document, "") if "reverse_proxy" in b]
    (tmp_path / "Caddyfile").write_text(settings, "utf-8")
    done = ran(["caddy", "adapt", "--adapter", "caddyfile", "--config", tmp_path / "Caddyfile"])
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not has("apache2"), reason="Apache is not installed")
def test_apache_takes_the_settings_of_the_documents(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    [hosts] = blocks("ops/proxy.md", "apache")
    modules = Path("/usr/lib/apache2/modules")
    names = ("mpm_event", "authz_core", "ssl", "proxy", "proxy_http", "setenvif", "socache_shmcb")
    loaded = "".join(f"LoadModule {n}_module {modules}/mod_{n}.so\n" for n in names)
    (tmp_path / "httpd.conf").write_text(
        f"ServerRoot {tmp_path}\nServerName x.invalid\nPidFile {tmp_path}/pid\n"
        f"ErrorLog {tmp_path}/error.log\nListen 8443\n{loaded}"
        f'LogFormat "%h" combined\n{placed(hosts, certificate)}',
        "utf-8",
    )
    done = ran(["apache2", "-t", "-f", tmp_path / "httpd.conf"])
    assert done.returncode == 0, done.stderr
