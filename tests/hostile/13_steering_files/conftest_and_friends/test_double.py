def test_double():
    pass
