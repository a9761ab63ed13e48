"""The first tables in a PostgreSQL; their format counts on from those of SQLite files.

A revision that was released is never edited.
"""

from __future__ import annotations

from alembic import op

revision = "4"
down_revision = None

_TABLES = """
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE TABLE budgets (
        service TEXT NOT NULL,
        period TEXT NOT NULL,
        usd_e12 BIGINT,
        clips BIGINT,
        allowed TEXT DEFAULT '[]' NOT NULL,
        PRIMARY KEY (service, period)
    );
    CREATE TABLE runs (
        number BIGSERIAL NOT NULL,
        fingerprint TEXT NOT NULL,
        service TEXT NOT NULL,
        account TEXT DEFAULT '' NOT NULL,
        request TEXT NOT NULL,
        created DOUBLE PRECISION NOT NULL,
        day TEXT NOT NULL,
        status TEXT NOT NULL,
        owner TEXT DEFAULT '' NOT NULL,
        lease DOUBLE PRECISION DEFAULT '0' NOT NULL,
        intent TEXT DEFAULT '' NOT NULL,
        sent_at DOUBLE PRECISION,
        lost_at DOUBLE PRECISION,
        task_id TEXT,
        token TEXT,
        model TEXT NOT NULL,
        prompt TEXT NOT NULL,
        resolution TEXT DEFAULT '' NOT NULL,
        duration TEXT DEFAULT '' NOT NULL,
        cost TEXT,
        list_cost TEXT,
        cost_e12 BIGINT,
        unsettled SMALLINT DEFAULT '0' NOT NULL,
        reserved_e12 BIGINT DEFAULT '0' NOT NULL,
        clips SMALLINT DEFAULT '0' NOT NULL,
        cost_asked DOUBLE PRECISION DEFAULT '0' NOT NULL,
        ended DOUBLE PRECISION,
        seconds DOUBLE PRECISION,
        problem TEXT,
        outputs TEXT DEFAULT '[]' NOT NULL,
        files TEXT DEFAULT '[]' NOT NULL,
        digests TEXT DEFAULT '[]' NOT NULL,
        state TEXT DEFAULT '{}' NOT NULL,
        PRIMARY KEY (number)
    );
    CREATE INDEX runs_by_fingerprint ON runs (fingerprint, service);
    CREATE INDEX runs_by_digests ON runs USING hash (digests);
    CREATE INDEX runs_by_model ON runs (model, service, status, number);
    CREATE INDEX runs_by_service ON runs (service, number);
    CREATE INDEX runs_by_task ON runs (task_id) WHERE task_id IS NOT NULL;
    CREATE INDEX runs_live ON runs (service, owner)
        WHERE status IN ('queued', 'sending', 'unknown', 'running', 'downloading');
    CREATE UNIQUE INDEX runs_once ON runs (fingerprint, service)
        WHERE status IN ('queued', 'sending', 'unknown', 'running', 'downloading', 'succeeded')
        AND fingerprint <> '';
    CREATE INDEX runs_unsettled ON runs (service, cost_asked) WHERE unsettled = 1;
    CREATE TABLE totals (
        service TEXT NOT NULL,
        day TEXT NOT NULL,
        cost_e12 BIGINT DEFAULT '0' NOT NULL,
        reserved_e12 BIGINT DEFAULT '0' NOT NULL,
        unsettled BIGINT DEFAULT '0' NOT NULL,
        clips BIGINT DEFAULT '0' NOT NULL,
        PRIMARY KEY (service, day)
    );
    CREATE TABLE used_models (
        service TEXT NOT NULL,
        model TEXT NOT NULL,
        number BIGINT NOT NULL,
        PRIMARY KEY (service, model)
    );
    CREATE TABLE judgments (
        number BIGINT NOT NULL,
        starred SMALLINT NOT NULL,
        rating SMALLINT NOT NULL,
        tags TEXT NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (number),
        FOREIGN KEY(number) REFERENCES runs (number)
    );
    CREATE TABLE run_texts (
        rowid BIGINT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (rowid),
        FOREIGN KEY(rowid) REFERENCES runs (number)
    );
    CREATE INDEX run_texts_by_trigram ON run_texts USING gin (text gin_trgm_ops);
    CREATE TABLE votes (
        number BIGSERIAL NOT NULL,
        left_run BIGINT NOT NULL,
        right_run BIGINT NOT NULL,
        outcome TEXT NOT NULL,
        created DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (number),
        FOREIGN KEY(left_run) REFERENCES runs (number),
        FOREIGN KEY(right_run) REFERENCES runs (number)
    );
    CREATE INDEX votes_by_left_run ON votes (left_run);
"""


def upgrade() -> None:
    """Make them; a part of any word is searched by an index of its trigrams."""
    for statement in filter(str.strip, _TABLES.split(";")):
        op.execute(statement)
