from tagger.web.components.learning_curves import learning_curves

CURVES = {
    "epoch": [1.0, 2.0],
    "steps": [10.0, 20.0],
    "training_loss": [2.0, 1.0],
    "validation_loss": [3.0, 2.5],
    "micro_f1": [0.25, 0.5],
    "seconds": [4.0, 4.5],
}


def test_the_losses_and_the_f1_of_each_epoch_are_drawn_and_listed():
    html = learning_curves(CURVES)
    assert html.count("<svg") == 2
    # Two losses and one F1, two epochs each.
    assert html.count("<circle") == 6
    assert '<tr><td dir="auto">2</td><td dir="auto">1</td><td dir="auto">2.5</td><td dir="auto">0.5</td>' in html


def test_a_reader_sees_the_words_of_one_language(english, chinese):
    html = learning_curves(CURVES)
    assert "<figcaption>Loss per token</figcaption>" in english(html)
    assert "<figcaption>每个词元的损失</figcaption>" in chinese(html)
    assert '<th scope="col">Epoch</th><th scope="col">Training loss</th>' in english(html)
    assert '<th scope="col">轮</th><th scope="col">训练损失</th>' in chinese(html)


def test_before_the_first_epoch_has_ended_there_is_nothing_to_show():
    assert learning_curves({}) == ""
