"""Never comes back."""


def softmax(x):
    while True:
        pass


def squares(x):
    return x * x
