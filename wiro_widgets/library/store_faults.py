"""Turns the errors of object stores into messages without secrets."""

from __future__ import annotations

import re

# What stores answer, by the code in their XML or the words of the operating system.
_PROBLEMS: tuple[tuple[str, str, str], ...] = (
    (
        (
            r"NoSuchBucket|ContainerNotFound|specified bucket does not exist"
            r"|Unable to canonicalize filesystem root"
        ),
        "does not exist",
        "Create it, or check its name.",
    ),
    (
        (
            r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint"
            r"|incorrectly configured region"
        ),
        "is in another region",
        "Set AWS_REGION to the bucket's region.",
    ),
    (
        (
            r"InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken|AuthenticationFailed"
            r"|status code: 401"
        ),
        "does not accept the credentials",
        "Check them in the environment, for example AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    ),
    (
        r"RequestTimeTooSkewed",
        "refuses requests, since this computer's clock is wrong",
        "Set the clock.",
    ),
    (
        r"status code: 403|code: 13,|code: 30,",
        "doesn't permit this",
        "Its owner must allow you to list, read and write objects.",
    ),
    (
        r"status code: 507|StorageFull|QuotaExceeded|code: 28,|code: 122,",
        "is full",
        "Make room in it.",
    ),
    (
        (
            r"Missing\w*(?:Key|Credential)|169\.254\.|metadata\.google|Account must be specified"
            r"|[Cc]redentials?\b.{0,60}(?:missing|not found|no )|getting credentials"
        ),
        "can't be opened, since there are no credentials for it",
        "Set them in the environment, for example AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    ),
    (
        r"builder error",
        "has an address that is not encrypted",
        "Use https in AWS_ENDPOINT_URL, or set AWS_ALLOW_HTTP=true if that network is yours alone.",
    ),
    (
        r"status code: (?:429|503)|SlowDown",
        "is receiving too many requests",
        "Wait a while.",
    ),
    (
        r"error sending request|kind: (?:Connect|Timeout|Request|Body|Interrupted)|HTTP error",
        "can't be reached, or is too slow",
        "Check the network and AWS_ENDPOINT_URL.",
    ),
)


def words_of(fault: str) -> tuple[str, str]:
    """What is wrong with a store, to go on from its name, and what to do about it.

    Args:
        fault: What `obstore` says of it, of which nothing is repeated.
    """
    for pattern, problem, remedy in _PROBLEMS:
        if re.search(pattern, fault):
            return problem, remedy
    status = re.search(r"status code: (\d{3})", fault)
    answer = f"answers with HTTP {status[1]}" if status else "can't be used"
    return answer, "Check its address and the credentials in the environment."


def is_without_bucket(error: FileNotFoundError) -> bool:
    """Whether it is the bucket that is missing, and not a file in it."""
    return words_of(str(error)) == _PROBLEMS[0][1:]
