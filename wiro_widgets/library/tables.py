"""The tables of a library, once for SQLite and for PostgreSQL.

How a file of an earlier version comes to have them is in `wiro_widgets.library.formats`, and how a
database does in `wiro_widgets.library.revisions`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

metadata = MetaData()

# SQLite counts rows up by itself only where the column is an INTEGER and nothing else.
_Number = BigInteger().with_variant(Integer, "sqlite")

_LIVE = "status IN ('queued', 'sending', 'unknown', 'running', 'downloading')"
_ONCE = (
    "status IN ('queued', 'sending', 'unknown', 'running', 'downloading', 'succeeded')"
    " AND fingerprint <> ''"
)

runs = Table(
    "runs",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("service", Text, nullable=False),
    # Digest of the key whose account it is sent with; "" where nobody knows any more.
    Column("account", Text, nullable=False, server_default=""),
    Column("request", Text, nullable=False),
    Column("created", Double, nullable=False),
    # The calendar day of the computer that wrote the intent, "2026-11-27".
    Column("day", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default=""),
    Column("lease", Double, nullable=False, server_default="0"),
    Column("intent", Text, nullable=False, server_default=""),
    Column("sent_at", Double),
    Column("lost_at", Double),
    Column("task_id", Text),
    Column("token", Text),
    Column("model", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    # What makes a run longer or shorter more than other settings do.
    Column("resolution", Text, nullable=False, server_default=""),
    Column("duration", Text, nullable=False, server_default=""),
    # US dollars as the service stated them, charged and by its price list; sums are made of
    # trillionths, since it states twelve decimals.
    Column("cost", Text),
    Column("list_cost", Text),
    Column("cost_e12", BigInteger),
    Column("unsettled", SmallInteger, nullable=False, server_default="0"),
    # The estimate that is kept for a run while its cost is open.
    Column("reserved_e12", BigInteger, nullable=False, server_default="0"),
    # Whether it counts against a budget in clips.
    Column("clips", SmallInteger, nullable=False, server_default="0"),
    # Unix seconds at which somebody last began to ask the service for its cost.
    Column("cost_asked", Double, nullable=False, server_default="0"),
    Column("ended", Double),
    Column("seconds", Double),
    Column("problem", Text),
    Column("outputs", Text, nullable=False, server_default="[]"),
    Column("files", Text, nullable=False, server_default="[]"),
    # For each output the SHA-256 of its bytes as they were downloaded, or null.
    Column("digests", Text, nullable=False, server_default="[]"),
    Column("state", Text, nullable=False, server_default="{}"),
    sqlite_autoincrement=True,
)
Index("runs_by_fingerprint", runs.c.fingerprint, runs.c.service)
# Of equal requests one is paid for, whatever the kernels and machines.
Index(
    "runs_once",
    runs.c.fingerprint,
    runs.c.service,
    unique=True,
    sqlite_where=text(_ONCE),
    postgresql_where=text(_ONCE),
)
Index(
    "runs_by_task",
    runs.c.task_id,
    sqlite_where=runs.c.task_id.is_not(None),
    postgresql_where=runs.c.task_id.is_not(None),
)
Index("runs_by_model", runs.c.model, runs.c.service, runs.c.status, runs.c.number)
Index("runs_by_service", runs.c.service, runs.c.number)
Index(
    "runs_live",
    runs.c.service,
    runs.c.owner,
    sqlite_where=text(_LIVE),
    postgresql_where=text(_LIVE),
)
Index(
    "runs_unsettled",
    runs.c.service,
    runs.c.cost_asked,
    sqlite_where=text("unsettled = 1"),
    postgresql_where=text("unsettled = 1"),
)

# A second clip of equal bytes becomes a link to the first. Hashed, since many are long.
Index("runs_by_digests", runs.c.digests, postgresql_using="hash")

# What is searched: folded prompt, settings, names of inputs, tags and note of a run. In SQLite
# this is a full-text table whose row is the run's number.
texts = Table(
    "run_texts",
    metadata,
    Column("rowid", _Number, ForeignKey("runs.number"), primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
)
Index(
    "run_texts_by_trigram",
    texts.c.text,
    postgresql_using="gin",
    postgresql_ops={"text": "gin_trgm_ops"},
)

models = Table(
    "used_models",
    metadata,
    Column("service", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    # The newest run with it.
    Column("number", _Number, nullable=False),
)

judgments = Table(
    "judgments",
    metadata,
    Column("number", _Number, ForeignKey("runs.number"), primary_key=True, autoincrement=False),
    Column("starred", SmallInteger, nullable=False),
    Column("rating", SmallInteger, nullable=False),
    Column("tags", Text, nullable=False),
    Column("note", Text, nullable=False),
)

votes = Table(
    "votes",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("left_run", _Number, ForeignKey("runs.number"), nullable=False),
    Column("right_run", _Number, ForeignKey("runs.number"), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("created", Double, nullable=False),
    sqlite_autoincrement=True,
)
Index("votes_by_left_run", votes.c.left_run)

totals = Table(
    "totals",
    metadata,
    Column("service", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("cost_e12", BigInteger, nullable=False, server_default="0"),
    Column("reserved_e12", BigInteger, nullable=False, server_default="0"),
    Column("unsettled", BigInteger, nullable=False, server_default="0"),
    Column("clips", BigInteger, nullable=False, server_default="0"),
)

budgets = Table(
    "budgets",
    metadata,
    Column("service", Text, primary_key=True),
    # "all", or "day": what is counted.
    Column("period", Text, primary_key=True),
    Column("usd_e12", BigInteger),
    Column("clips", BigInteger),
    # JSON list of the models that may run although their price cannot be confirmed.
    Column("allowed", Text, nullable=False, server_default="[]"),
)
