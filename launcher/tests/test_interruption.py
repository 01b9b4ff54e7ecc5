import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from launcher.interruption import Interrupted, Interruption


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_a_sleep_at_once(number: signal.Signals) -> None:
    with Interruption() as interruption:
        threading.Timer(0.1, os.kill, (os.getpid(), number)).start()
        began = time.monotonic()
        with pytest.raises(Interrupted):
            interruption.sleep(30)
        assert time.monotonic() - began < 10


def test_signal_before_the_sleep_is_not_lost() -> None:
    with Interruption() as interruption:
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted):
            interruption.sleep(30)


def test_sleep_without_a_signal_just_ends() -> None:
    with Interruption() as interruption:
        interruption.sleep(0.01)
        assert not interruption.requested


def test_end_of_a_child_does_not_end_the_program() -> None:
    with Interruption() as interruption:
        subprocess.run([sys.executable, "-c", ""], check=True)
        interruption.sleep(0.01)


def test_former_handlers_are_back_afterwards() -> None:
    former = signal.getsignal(signal.SIGTERM)
    with Interruption():
        assert signal.getsignal(signal.SIGTERM) is not former
    assert signal.getsignal(signal.SIGTERM) is former
