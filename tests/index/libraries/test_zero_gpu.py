from index.libraries.zero_gpu import borrowing, is_lent


def double(number):
    return 2 * number


def test_elsewhere_a_function_stays_what_it_is():
    assert not is_lent()
    assert borrowing(double) is double


def test_where_a_gpu_is_lent_it_is_borrowed_for_each_call_and_the_host_is_told_once(spaces):
    assert is_lent()
    assert [borrowing(double)(3), borrowing(double)(4)] == [6, 8]
    assert spaces.borrowed == ["double", "double"]
    assert spaces.zero.reports == ["started"]
