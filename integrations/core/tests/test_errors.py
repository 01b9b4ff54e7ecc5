import pickle

import pytest

from integrations.core.errors import (
    AuthExpiredError,
    CursorResetError,
    RangeNotSatisfiableError,
    VersionMismatchError,
)
from shared.python.errors import DeniedError, TonotopeError


@pytest.mark.parametrize(
    "error",
    [
        AuthExpiredError("sign in again"),
        CursorResetError("begin again"),
        VersionMismatchError("changed"),
        RangeNotSatisfiableError("behind the end", size_bytes=7),
    ],
)
def test_errors_survive_the_way_to_another_process(error: TonotopeError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    assert type(copy) is type(error) and copy.__dict__ == error.__dict__ and str(copy) == str(error)


def test_who_must_sign_in_again_is_denied() -> None:
    assert issubclass(AuthExpiredError, DeniedError)
