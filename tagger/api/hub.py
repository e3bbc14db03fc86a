"""Upload saved taggers to a hub and download them; `HF_ENDPOINT` names the hub, by default Hugging Face."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from index.errors import HubError


def download(repo_id: str, *, revision: str | None, token: str | None) -> Path:
    """Download a repository and return its folder. Raises `HubError` if that fails."""
    from huggingface_hub import snapshot_download

    with _translate(repo_id):
        return Path(snapshot_download(repo_id, revision=revision, token=token))


def upload(folder: Path, repo_id: str, *, message: str, private: bool, token: str | None) -> str:
    """Upload a folder to a repository, which is created if it does not exist; return the URL of the commit.

    Raises `HubError` if the hub refuses or cannot be reached.
    """
    from huggingface_hub import HfApi

    api = HfApi(token=token)
    with _translate(repo_id):
        api.create_repo(repo_id, private=private, exist_ok=True)
        return str(api.upload_folder(repo_id=repo_id, folder_path=folder, commit_message=message).commit_url)


@contextlib.contextmanager
def _translate(repo_id: str) -> Iterator[None]:
    import httpx
    from huggingface_hub.errors import HFValidationError

    try:
        yield
    except HFValidationError as error:
        raise HubError("hub.not-a-repository", repository=repo_id) from error
    except (OSError, httpx.HTTPError) as error:
        raise HubError("hub.failed", repository=repo_id, reason=" ".join(str(error).split())) from error
