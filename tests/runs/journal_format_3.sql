-- A journal as version 0.1.0 wrote it later (format 3), dumped with sqlite3's iterdump.
BEGIN TRANSACTION;
CREATE TABLE judgments (
        number      INTEGER PRIMARY KEY REFERENCES runs (number),
        starred     INTEGER NOT NULL,
        rating      INTEGER NOT NULL,
        tags        TEXT NOT NULL,
        note        TEXT NOT NULL
    );
INSERT INTO "judgments" VALUES(1,1,4,'["keep"]','the light is right');
CREATE TABLE "runs" (
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        fingerprint TEXT NOT NULL,
        service     TEXT NOT NULL,
        request     TEXT NOT NULL,
        created     REAL NOT NULL,
        status      TEXT NOT NULL,
        owner       TEXT NOT NULL DEFAULT '',
        lease       REAL NOT NULL DEFAULT 0,
        intent      TEXT NOT NULL DEFAULT '',
        sent_at     REAL,
        lost_at     REAL,
        task_id     TEXT,
        token       TEXT,
        model       TEXT NOT NULL,
        prompt      TEXT NOT NULL,
        cost        TEXT,
        cost_e12    INTEGER,
        unsettled   INTEGER NOT NULL DEFAULT 0,
        ended       REAL,
        seconds     REAL,
        problem     TEXT,
        outputs     TEXT NOT NULL DEFAULT '[]',
        files       TEXT NOT NULL DEFAULT '[]',
        state       TEXT NOT NULL DEFAULT '{}'
    );
INSERT INTO "runs" VALUES(1,'d5b24d1389bb62b6d6b7ad30c1df135580c67cf18b960cde664fd1238f9148a0','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "It''s done; all of it", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763601000.0,'succeeded','',0.0,'',1763601000.0,NULL,'9001','token-of-9001','minimax/hailuo-2-3-fast','It''s done; all of it','0.19',190000000000,0,1763601200.0,199.0,NULL,'[{"name": "0001-it-s-done-all-of-it.mp4", "content_type": "video/mp4", "size": 1234, "url": "https://cdn.example/0.mp4", "id": ""}, {"name": "0001-it-s-done-all-of-it-2.mp4", "content_type": "video/mp4", "size": 1234, "url": "https://cdn.example/1.mp4", "id": ""}]','["clips/0001-it-s-done-all-of-it.mp4", "clips/0001-it-s-done-all-of-it-2.mp4"]','{"stages": {"task_queue": 1763601001.0, "task_start": 1763601020.0}, "progress": 1.0, "log": ["first line", "second line"], "log_total": 2}');
INSERT INTO "runs" VALUES(2,'f325c94ae5d06b64ba490fb37cdd98af34b9e5d4b1ea543ad176f03bdf2a5b87','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "Failed", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763602200.0,'failed','',0.0,'',1763602200.0,NULL,'9002','token-of-9002','minimax/hailuo-2-3-fast','Failed',NULL,NULL,0,1763602400.0,NULL,'{"kind": "TaskFailed", "title": "The model could not make this clip", "detail": "The model broke down.", "spent": "no", "remedy": "Read task.log for the whole story; a failed task is not billed."}','[]','[]','{"stages": {"task_queue": 1763602201.0, "task_start": 1763602220.0}, "progress": 0.5, "log": ["first line", "second line"], "log_total": 2}');
INSERT INTO "runs" VALUES(3,'b62adbfd73ca866edd052137be9c805471cbf34279a53feefd2395d68fa8f178','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "Moderated", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763603400.0,'failed','',0.0,'',1763603400.0,NULL,'9003','token-of-9003','minimax/hailuo-2-3-fast','Moderated',NULL,NULL,0,1763603600.0,NULL,'{"kind": "ModerationRefused", "title": "Refused by moderation", "detail": "The prompt was refused.", "spent": "no", "remedy": "Change the prompt or the image; the same request will be refused again."}','[]','[]','{"stages": {"task_queue": 1763603401.0, "task_start": 1763603420.0}, "progress": 0.5, "log": ["first line", "second line"], "log_total": 2}');
INSERT INTO "runs" VALUES(4,'44dd6dddc4e3545724ee5d4a513aec6ad6c717a3ae42056c61bb044b7bc0aebc','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "Stopped", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763604600.0,'cancelled','',0.0,'',1763604600.0,NULL,'9004','token-of-9004','minimax/hailuo-2-3-fast','Stopped',NULL,NULL,1,1763604800.0,NULL,'{"kind": "TaskCancelled", "title": "Stopped", "detail": "Killed while it ran.", "spent": "no", "remedy": "Submit again if that was not intended."}','[]','[]','{"stages": {"task_queue": 1763604601.0, "task_start": 1763604620.0}, "progress": 0.5, "log": ["first line", "second line"], "log_total": 2}');
INSERT INTO "runs" VALUES(5,'103bab2b36c50ffda7349acd1b9824956226b66b66bb933f9041df3a8f0cc271','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "Waiting", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763605800.0,'queued','',0.0,'',NULL,NULL,NULL,NULL,'minimax/hailuo-2-3-fast','Waiting',NULL,NULL,0,NULL,NULL,NULL,'[]','[]','{"stages": {}, "progress": null, "log": [], "log_total": 0}');
INSERT INTO "runs" VALUES(6,'9ac1a61319c5cd9a1b27f4d26e91c12331887915893e527da5e74c667f3aff47','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "Never accepted", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763606800.0,'refused','',0.0,'',NULL,NULL,NULL,NULL,'minimax/hailuo-2-3-fast','Never accepted',NULL,NULL,0,NULL,NULL,NULL,'[]','[]','{"stages": {}, "progress": null, "log": [], "log_total": 0}');
INSERT INTO "runs" VALUES(7,'6e3e17201477affd302add2d02406d4ef0ef1a13d2d936efac2e5cfbba18bf66','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "Sending", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763607800.0,'unknown','',0.0,'',1763607800.0,NULL,NULL,NULL,'minimax/hailuo-2-3-fast','Sending',NULL,NULL,1,NULL,NULL,NULL,'[]','[]','{"stages": {}, "progress": null, "log": [], "log_total": 0}');
INSERT INTO "runs" VALUES(8,'2d3434bd0fed36acdcf744db8f13726d7d4beb687dca571cdb691dede791e5bd','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "Unknown", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763608800.0,'unknown','',0.0,'',1763608800.0,NULL,NULL,NULL,'minimax/hailuo-2-3-fast','Unknown',NULL,NULL,1,1763609000.0,NULL,'{"kind": "WiroError", "title": "Not known whether the service took this run", "detail": "The connection broke.", "spent": "maybe", "remedy": "Look for it with client.tasks() before sending it again: a repeat may be paid twice."}','[]','[]','{"stages": {}, "progress": null, "log": [], "log_total": 0}');
INSERT INTO "runs" VALUES(9,'f8aea88a7c61f2726eec070897208dfed61796aacf273645ff88770436bee9ef','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "Running", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763610000.0,'running','',0.0,'',1763610000.0,NULL,'9009','token-of-9009','minimax/hailuo-2-3-fast','Running',NULL,NULL,1,NULL,NULL,NULL,'[]','[]','{"stages": {}, "progress": null, "log": [], "log_total": 0}');
INSERT INTO "runs" VALUES(10,'b5f2ec817ce84481988375424cf6583c05c65fb9cd0268f8a4d32b442615f469','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "Given up", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763611000.0,'running','',0.0,'',1763611000.0,NULL,'9010','token-of-9010','minimax/hailuo-2-3-fast','Given up',NULL,NULL,1,1763611200.0,NULL,'{"kind": "WiroError", "title": "The service could not be reached", "detail": "No network.", "spent": "no", "remedy": "Check the network, then try again."}','[]','[]','{"stages": {"task_queue": 1763611001.0, "task_start": 1763611020.0}, "progress": 0.5, "log": ["first line", "second line"], "log_total": 2}');
INSERT INTO "runs" VALUES(11,'ae10170e491bddcf1857233e02da32f26a599b55aaccf5b78997c59a9d7a7fc3','live','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "No clip", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763612200.0,'downloading','',0.0,'',1763612200.0,NULL,'9011','token-of-9011','minimax/hailuo-2-3-fast','No clip','0.19',190000000000,0,1763612400.0,NULL,'{"kind": "DownloadError", "title": "The clip is ready but could not be fetched", "detail": "The file could not be fetched.", "spent": "no", "remedy": "Try the download again; the clip is paid for and stays on the service for a while."}','[{"name": "0.mp4", "content_type": "video/mp4", "size": 1234, "url": "https://cdn.example/0.mp4", "id": ""}]','[null]','{"stages": {"task_queue": 1763612201.0, "task_start": 1763612220.0}, "progress": 1.0, "log": ["first line", "second line"], "log_total": 2}');
INSERT INTO "runs" VALUES(12,'8e2da9fab754409d31694a11f43304e83144758c0c970605f02b5517dc7ff4cf','sandbox','{"model": "minimax/hailuo-2-3-fast", "parameters": {"prompt": "On the sandbox", "resolution": "768P", "duration": "6"}, "files": {}, "repeat": 0}',1763613400.0,'succeeded','',0.0,'',1763613400.0,NULL,'9012','token-of-9012','minimax/hailuo-2-3-fast','On the sandbox',NULL,NULL,1,1763613600.0,199.0,NULL,'[{"name": "0012-on-the-sandbox.mp4", "content_type": "video/mp4", "size": 1234, "url": "https://cdn.example/0.mp4", "id": ""}]','["clips/0012-on-the-sandbox.mp4"]','{"stages": {"task_queue": 1763613401.0, "task_start": 1763613420.0}, "progress": 1.0, "log": ["first line", "second line"], "log_total": 2}');
CREATE TABLE votes (
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        left_run    INTEGER NOT NULL REFERENCES runs (number),
        right_run   INTEGER NOT NULL REFERENCES runs (number),
        outcome     TEXT NOT NULL,
        created     REAL NOT NULL
    );
INSERT INTO "votes" VALUES(1,1,12,'left',1763700000.0);
INSERT INTO "votes" VALUES(2,12,1,'both bad',1763700000.0);
CREATE INDEX runs_by_fingerprint ON runs (fingerprint, service);
CREATE INDEX runs_by_task ON runs (task_id) WHERE task_id IS NOT NULL;
CREATE INDEX runs_by_model ON runs (model, service, status, number);
CREATE INDEX runs_by_cost ON runs (service, cost_e12, unsettled);
CREATE INDEX runs_live ON runs (status) WHERE status IN
        ('queued', 'sending', 'unknown', 'running', 'downloading');
CREATE INDEX runs_unsettled ON runs (service) WHERE unsettled;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('votes',2);
INSERT INTO "sqlite_sequence" VALUES('runs',12);
COMMIT;
PRAGMA user_version = 3;
