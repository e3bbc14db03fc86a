import tomllib

import pytest

from index.errors import BadInput
from tagger.jobs.training.request import finetune_run, fit_run
from tagger.settings import read

ALL = ["prior", "lexical", "knn", "linear", "pairs", "names", "phrases", "generator"]


def chosen(**changed):
    return fit_run(read(), **{"taggers": ALL, "rule": "threshold", "rounds": 200, "seed": 0} | changed)


def test_the_settings_of_a_fit_are_toml_that_is_read_over_the_defaults(tmp_path):
    run = chosen(taggers=["knn", "linear"], rule="expected_f1", rounds=50, seed=7)
    (tmp_path / "s.toml").write_text(run.settings, "utf-8")
    settings = read(tmp_path / "s.toml")
    assert [each.name for each in settings.tagger_settings(adapter=True)] == ["knn", "linear"]
    assert (settings.fusion.acceptance, settings.fusion.ranker.rounds, settings.fusion.seed) == ("expected_f1", 50, 7)


def test_a_tagger_that_waits_for_an_adapter_goes_on_waiting():
    assert "taggers" not in tomllib.loads(chosen().settings)


def test_a_tagger_that_was_off_can_be_taken():
    settings = read(overrides={"taggers": {"knn": {"enabled": False}}})
    run = fit_run(settings, taggers=["knn"], rule="threshold", rounds=1, seed=0)
    assert tomllib.loads(run.settings)["taggers"]["knn"] == {"enabled": True}


def test_a_fine_tuning_is_told_by_flags():
    run = finetune_run(epochs=3, learning_rate=0.0005, seed=1)
    assert dict(run.flags) == {"epochs": "3", "learning-rate": "0.0005", "seed": "1"}


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"taggers": []}, "choose at least one tagger"),
        ({"taggers": ["knn", "x"]}, "no tagger 'x'; available: prior, "),
        ({"rounds": 0}, "rounds must be between 1 and 2000, not 0"),
        ({"seed": -1}, "seed must be between 0 and 1e"),
    ],
)
def test_what_cannot_be_fitted_is_refused(changed, line):
    with pytest.raises(BadInput, match=line):
        chosen(**changed)


def test_what_cannot_be_fine_tuned_is_refused():
    with pytest.raises(BadInput, match="epochs must be between 1 and 200, not 0"):
        finetune_run(epochs=0, learning_rate=0.001, seed=0)
    with pytest.raises(BadInput, match="learning rate must be between 1e-06 and 1, not 2"):
        finetune_run(epochs=1, learning_rate=2, seed=0)
