"""One thread of linear algebra, for as long as any context asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from forecast.threads import one_thread


def threads() -> set[int]:
    """Threads of the libraries of linear algebra."""
    blas = ThreadpoolController().select(user_api="blas")
    return {library["num_threads"] for library in blas.info()}


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    """Two threads, whatever the machine has and other tests are kept to."""
    with threadpool_limits(2):
        yield


def test_overlapping_contexts_share_the_limit_until_the_last_one_ends() -> None:
    first, second = ExitStack(), ExitStack()
    first.enter_context(one_thread())
    second.enter_context(one_thread())
    assert threads() == {1}
    first.close()
    assert threads() == {1}
    second.close()
    assert threads() == {2}


def test_contexts_inside_one_another_restore_what_was_before() -> None:
    with one_thread():
        with one_thread():
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == {2}


def test_an_error_inside_restores_what_was_before() -> None:
    with pytest.raises(ZeroDivisionError), one_thread():
        raise ZeroDivisionError
    assert threads() == {2}
