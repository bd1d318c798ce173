//! Events in `SQLite`. Times are milliseconds since 1970.

use super::OutboxSql;

pub(super) const TABLES: &str = "
-- What has changed, in the order of the changes. Times are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS $event (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    type   TEXT NOT NULL,
    id     TEXT NOT NULL,
    json   TEXT NOT NULL,
    made   INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS $event_by_made ON $event (made);
-- Whoever purges asks for it.
CREATE INDEX IF NOT EXISTS $event_by_resource ON $event (id);

-- To whom an event is still to be delivered. Who delivers one moves `due` on while it does.
CREATE TABLE IF NOT EXISTS $delivery (
    sink     TEXT NOT NULL,
    seq      INTEGER NOT NULL REFERENCES $event (seq) ON DELETE CASCADE,
    tenant   TEXT NOT NULL,
    type     TEXT NOT NULL,
    id       TEXT NOT NULL,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- given up
    dead     INTEGER NOT NULL DEFAULT 0,
    failure  TEXT,
    PRIMARY KEY (sink, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS $delivery_by_event ON $delivery (seq);
CREATE INDEX IF NOT EXISTS $delivery_by_due ON $delivery (sink, due, seq) WHERE dead = 0;
CREATE INDEX IF NOT EXISTS $delivery_by_resource ON $delivery (sink, tenant, type, id, seq)
    WHERE dead = 0;
CREATE INDEX IF NOT EXISTS $delivery_dead ON $delivery (seq, sink) WHERE dead = 1;
";

/// What `~` stands for.
pub(super) const NOW: &str = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

/// Behind another one of the same resource: no number is larger.
const PARKED: &str = "9223372036854775807";

const WINDOW: &str = "
    SELECT seq, tenant, type, id FROM $delivery
    WHERE sink = @1 AND dead = 0 AND due <= ~ ORDER BY due, seq LIMIT 64";

/// The first of a resource that is still to be delivered.
const FIRST: &str = "
    SELECT f.seq FROM $delivery f
    WHERE f.sink = @1 AND f.tenant = @2 AND f.type = @3 AND f.id = @4 AND f.dead = 0
    ORDER BY f.seq LIMIT 1";

/// What the column `json` of its event is.
const JSON: &str = "(SELECT e.json FROM $event e WHERE e.seq = $delivery.seq) AS json";

pub(super) fn statements() -> OutboxSql {
    OutboxSql {
        claim: format!(
            "UPDATE $delivery SET due = ~ + @3, attempts = attempts + 1
            WHERE sink = @1 AND seq IN (
                SELECT d.seq FROM ({WINDOW}) AS d WHERE NOT EXISTS (
                    SELECT 1 FROM $delivery e
                    WHERE e.sink = @1 AND e.tenant = d.tenant AND e.type = d.type AND e.id = d.id
                    AND e.dead = 0 AND e.seq < d.seq)
                ORDER BY d.seq LIMIT @2)
            RETURNING seq, attempts, {JSON}"
        ),
        park: format!(
            "UPDATE $delivery SET due = {PARKED}
            WHERE sink = @1 AND (SELECT count(*) FROM ({WINDOW})) = 64 AND seq IN (
                SELECT b.seq FROM (
                    SELECT r.tenant, r.type, r.id, (
                        SELECT min(f.seq) FROM $delivery f
                        WHERE f.sink = @1 AND f.tenant = r.tenant AND f.type = r.type
                        AND f.id = r.id AND f.dead = 0) AS seq
                    FROM (SELECT DISTINCT tenant, type, id FROM ({WINDOW})) AS r) AS h
                CROSS JOIN $delivery b
                ON b.sink = @1 AND b.tenant = h.tenant AND b.type = h.type AND b.id = h.id
                AND b.dead = 0 AND b.seq > h.seq AND b.due <= ~
                LIMIT 10000)"
        ),
        done: "DELETE FROM $delivery WHERE sink = @1 AND seq = @2 AND attempts = @3
            RETURNING tenant, type, id"
            .to_owned(),
        dead: "UPDATE $delivery SET dead = 1, failure = @4
            WHERE sink = @1 AND seq = @2 AND attempts = @3 AND dead = 0
            RETURNING tenant, type, id"
            .to_owned(),
        again: "UPDATE $delivery SET due = ~ + @5, failure = @4
            WHERE sink = @1 AND seq = @2 AND attempts = @3 AND dead = 0"
            .to_owned(),
        next: format!(
            "UPDATE $delivery SET due = ~ + @5, attempts = attempts + 1
            WHERE sink = @1 AND seq = ({FIRST}) AND (due <= ~ OR due = {PARKED})
            RETURNING seq, attempts, {JSON}"
        ),
        wake: format!(
            "UPDATE $delivery SET due = ~ WHERE sink = @1 AND seq = ({FIRST}) AND due = {PARKED}"
        ),
        changes: "SELECT seq, json FROM $event WHERE seq > @1 ORDER BY seq LIMIT @2".to_owned(),
        prune: "DELETE FROM $event WHERE seq IN (
                SELECT e.seq FROM $event e WHERE e.made < ~ - @1
                AND NOT EXISTS (SELECT 1 FROM $delivery d WHERE d.seq = e.seq AND d.dead = 0)
                LIMIT 10000)"
            .to_owned(),
        heal: format!(
            "UPDATE $delivery SET due = ~
            WHERE sink = @1 AND dead = 0 AND due = {PARKED} AND NOT EXISTS (
                SELECT 1 FROM $delivery e
                WHERE e.sink = @1 AND e.tenant = $delivery.tenant AND e.type = $delivery.type
                AND e.id = $delivery.id AND e.dead = 0 AND e.seq < $delivery.seq)"
        ),
        abandoned: "SELECT DISTINCT sink FROM $delivery WHERE dead = 0 AND due < ~ - @2
            AND sink NOT IN (SELECT value FROM json_each(@1))"
            .to_owned(),
        abandon: "UPDATE $delivery SET dead = 1, failure = @2 WHERE sink = @1 AND dead = 0"
            .to_owned(),
        letters: "SELECT d.sink, d.seq, d.attempts, d.failure, e.json
            FROM $delivery d JOIN $event e ON e.seq = d.seq
            WHERE d.dead = 1 AND (d.seq, d.sink) > (@1, @2) AND (@4 IS NULL OR d.sink = @4)
            ORDER BY d.seq, d.sink LIMIT @3"
            .to_owned(),
        retry: "UPDATE $delivery SET dead = 0, failure = NULL, attempts = 0, due = ~
            WHERE dead = 1 AND sink IN (SELECT value FROM json_each(@1))
            AND (@2 IS NULL OR (seq || '.' || sink) IN (SELECT value FROM json_each(@2)))"
            .to_owned(),
    }
}
