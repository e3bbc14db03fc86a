"""The files in tools/deployment fit the project, and pass their own linters where these are installed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tools" / "deployment"
CHART = FOLDER / "helm" / "tagweave"


def lint(*command: object) -> str:
    """Run a linter and return what it says; skip if it is not installed."""
    name = str(command[0])
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_container_runs_as_another_user_than_the_administrator_and_is_asked_how_it_is() -> None:
    text = (FOLDER / "Containerfile").read_text("utf-8")
    assert re.search(r"^USER (?!0)\d+:\d+$", text, re.MULTILINE)
    assert text.index("USER 10001") < text.index('CMD ["tagweave"')
    assert "HEALTHCHECK" in text
    for names in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / name).exists() for name in names.split()), names


def test_hadolint_accepts_the_container_file() -> None:
    assert lint("hadolint", FOLDER / "Containerfile") == ""


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = (FOLDER / "tagweave.service").read_text("utf-8")
    assert "/opt/tagweave/.venv/bin/tagweave serve" in unit
    path = tmp_path / "tagweave.service"
    # The program must exist where the unit is checked.
    path.write_text(unit.replace("/opt/tagweave/.venv/bin/tagweave", sys.executable), "utf-8")
    lint("systemd-analyze", "verify", "--man=no", path)
    exposure = lint("systemd-analyze", "security", "--offline=yes", "--threshold=20", path)
    assert "OK" in exposure.splitlines()[-1]


def test_nginx_accepts_its_configuration(tmp_path: Path) -> None:
    text = (FOLDER / "nginx.conf").read_text("utf-8")
    if not shutil.which("nginx"):
        pytest.skip("nginx is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    lint("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=tags.example.com",
         "-keyout", key, "-out", certificate)  # fmt: skip
    text = re.sub(r"(ssl_certificate) .*;", rf"\1 {certificate};", text)
    text = re.sub(r"(ssl_certificate_key) .*;", rf"\1 {key};", text)
    paths = "".join(f"{name}_temp_path {tmp_path};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}}\nhttp {{ access_log off; {paths}\n{text} }}\n"
    (tmp_path / "nginx.conf").write_text(whole, "utf-8")
    lint("nginx", "-t", "-c", tmp_path / "nginx.conf", "-p", tmp_path)


def test_caddy_accepts_its_configuration() -> None:
    lint("caddy", "validate", "--adapter", "caddyfile", "--config", FOLDER / "Caddyfile")


def _paths(values: dict[str, Any], prefix: str = ".Values") -> set[str]:
    found = set()
    for key, value in values.items():
        found |= {f"{prefix}.{key}"} | (_paths(value, f"{prefix}.{key}") if isinstance(value, dict) else set())
    return found


def test_the_chart_uses_values_that_there_are() -> None:
    known = _paths(yaml.safe_load((CHART / "values.yaml").read_text("utf-8")))
    used = {
        path for each in (CHART / "templates").iterdir() for path in re.findall(r"\.Values[.\w]+", each.read_text())
    }
    assert used <= known
    unused = [path for path in known if not any(f"{each}.".startswith(f"{path}.") or f"{path}.".startswith(f"{each}.")
                                                for each in used)]  # fmt: skip
    assert unused == []


def test_the_chart_has_probes_a_budget_and_a_monitor() -> None:
    templates = {each.name: each.read_text("utf-8") for each in (CHART / "templates").iterdir()}
    kinds = {kind for text in templates.values() for kind in re.findall(r"^kind: (\w+)$", text, re.MULTILINE)}
    assert kinds == {"PodDisruptionBudget", "Service", "ServiceMonitor", "StatefulSet"}
    pod = templates["statefulset.yaml"]
    for wanted in ("startupProbe", "livenessProbe", "readinessProbe", "runAsNonRoot: true", "replicas: 1",
                   "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false"):  # fmt: skip
        assert wanted in pod
    for name, text in templates.items():
        # What is left without the lines of the template language is YAML.
        plain = "\n".join(re.sub(r"\{\{.*?\}\}", "x", line) for line in text.splitlines()
                          if not line.strip().startswith("{{"))  # fmt: skip
        assert name.endswith(".tpl") or isinstance(yaml.safe_load(plain), dict)


def test_helm_accepts_the_chart() -> None:
    lint("helm", "lint", "--strict", CHART)
