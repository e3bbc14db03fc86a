reports: list[str] = []


def startup() -> None:
    reports.append("started")
