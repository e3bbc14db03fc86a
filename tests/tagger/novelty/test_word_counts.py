from tagger.novelty.word_counts import count_words, word_hashes


def counted(*texts):
    return count_words([word_hashes(text) for text in texts])


def test_words_are_counted_once_per_product_and_in_any_case():
    counts = counted("Red mug, red", "Blue MUG", "蓝色杯子")
    assert counts.products == 3
    assert sorted(counts.of(word_hashes("red mug vase")).tolist()) == [0, 1, 2]
    assert sorted(counts.of(word_hashes("红色杯子")).tolist()) == [0, 1]


def test_numbers_and_codes_are_no_words():
    assert len(word_hashes("12 5W-30 1.7L 4K")) == 0
    assert len(word_hashes("5W-30 oil")) == 1


def test_without_any_text_no_word_is_known():
    assert counted().of(word_hashes("red mug")).tolist() == [0, 0]
