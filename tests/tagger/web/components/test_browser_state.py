from tagger.web.components.browser_state import remember


def test_what_a_browser_remembers_can_be_read_by_a_server_that_was_started_anew():
    before, after = remember("batch"), remember("batch")
    assert (before.storage_key, before.secret) == (after.storage_key, after.secret) == ("tagweave-batch",) * 2
