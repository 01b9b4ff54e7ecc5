import pickle

import pytest

from shared.python import errors


def all_kinds() -> list[type[errors.TonotopeError]]:
    found, todo = [], [errors.TonotopeError]
    while todo:
        kind = todo.pop()
        found.append(kind)
        todo += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == errors.__name__]


def test_every_kind_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in all_kinds()]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("kind", all_kinds())
def test_an_error_survives_the_way_between_processes(kind: type[errors.TonotopeError]) -> None:
    extra = {"retry_after_s": 2.5} if kind is errors.RateLimitedError else {}
    error = kind("what happened to 'a.wav'", code="special", **extra)
    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301 - made on this line
    assert type(arrived) is kind
    assert (arrived.message, str(arrived), arrived.code) == (error.message, str(error), "special")
    assert arrived.__dict__ == error.__dict__
