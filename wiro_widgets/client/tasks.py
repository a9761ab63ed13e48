"""Requests about tasks that exist: reading, listing and ending them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from wiro_widgets.errors import InputError, NotFoundError, ServiceError
from wiro_widgets.schema.parsing import Secret, as_list
from wiro_widgets.schema.tasks import Submission, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .transport import Transport

StopOutcome = Literal["cancelled", "killed", "already_finished"]
"""What `WiroClient.stop` did: took it out of the queue, ended it while it ran, or nothing."""

MOST_LISTED = 100
"""The service's limit for one page of a list (wiro.ai/docs, Models)."""


def id_of(task: Submission | Task) -> str:
    """The id of a task."""
    return task.task_id if isinstance(task, Submission) else task.id


def read_task(transport: Transport, task_id: str | None, token: Secret | None = None) -> Task:
    """What `WiroClient.task` returns."""
    if not task_id and not token:
        raise InputError("Neither a task id nor a token.", field="task_id")
    body = {"taskid": str(task_id)} if task_id else {"tasktoken": token}
    return _first_task(transport.call("Task/Detail", body, task_id=task_id), task_id)


def read_task_once(transport: Transport, submission: Submission, within: float) -> Task:
    """Read the state of a task within some seconds, without a second try."""
    token, task_id = submission.token, submission.task_id
    body = {"tasktoken": token} if token else {"taskid": task_id}
    envelope = transport.call_json("Task/Detail", body, task_id=task_id, within=within)
    return _first_task(envelope, task_id)


def list_tasks(transport: Transport, limit: int, start: int) -> list[Task]:
    """What `WiroClient.tasks` returns."""
    body = {
        "type": "model",
        "sort": "id",
        "order": "DESC",
        "start": str(max(0, start)),
        "limit": str(max(1, min(limit, MOST_LISTED))),
    }
    envelope = transport.call("Task/List", body)
    return [Task.parse(item) for item in as_list(envelope.get("tasklist"))[:limit]]


def cancel_task(transport: Transport, task_id: str) -> None:
    """Take a task out of the queue."""
    transport.call("Task/Cancel", {"taskid": task_id}, task_id=task_id)


def kill_task(transport: Transport, task_id: str) -> None:
    """End a running task."""
    transport.call("Task/Kill", {"taskid": task_id}, task_id=task_id)


def stop_task(transport: Transport, task_id: str) -> StopOutcome:
    """End a task in whatever state it is."""
    try:
        cancel_task(transport, task_id)
    except ServiceError:
        pass  # already running or ended; the boundary is not documented, so kill it
    else:
        return "cancelled"
    try:
        kill_task(transport, task_id)
    except ServiceError:
        if not read_task(transport, task_id).terminal:
            raise
        return "already_finished"
    return "killed"


def _first_task(envelope: Mapping[str, Any], task_id: str | None) -> Task:
    for item in as_list(envelope.get("tasklist")):
        return Task.parse(item)
    raise NotFoundError("The service knows no such task.", task_id=task_id)
