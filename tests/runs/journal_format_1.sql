-- A journal as version 0.1 wrote it (format 1), dumped with sqlite3's iterdump.
BEGIN TRANSACTION;
CREATE TABLE runs (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL,
    service     TEXT NOT NULL,
    request     TEXT NOT NULL,
    created     REAL NOT NULL,
    state       TEXT NOT NULL,
    owner       TEXT NOT NULL,
    task_id     TEXT,
    token       TEXT,
    snapshot    TEXT,
    clips       TEXT NOT NULL DEFAULT '[]'
);
INSERT INTO "runs" VALUES(1,'3c1f26b0da2aecf50f1b1bff1ab268e6327e11c71d7698547fb44f768515042f','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "A gull lifts off", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763600000.0,'running','3182-1763599999000000000','2221','token-of-the-task',NULL,'[]');
INSERT INTO "runs" VALUES(2,'0f797cad8dadcc4e4f5916b9e2bfb508b5551dc5c7e06e462846717ef4f73579','sandbox','{"model": "minimax/hailuo-2-3", "parameters": {"prompt": "It''s raining; the sea is grey", "resolution": "1080P", "duration": "6"}, "files": {}, "repeat": 0}',1763600000.0,'waiting','3182-1763599999000000000',NULL,NULL,NULL,'[]');
CREATE INDEX runs_by_fingerprint ON runs (fingerprint, service);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('runs',2);
COMMIT;
PRAGMA user_version = 1;
