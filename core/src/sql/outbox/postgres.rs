//! Events in `PostgreSQL`. Times are the database's: that of a statement where rows are compared
//! with it, so that an index serves it.

use super::OutboxSql;

pub(super) const TABLES: &str = "
-- What has changed, in the order of the changes of each resource.
CREATE TABLE IF NOT EXISTS $event (
    seq    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text COLLATE \"C\" NOT NULL,
    type   text COLLATE \"C\" NOT NULL,
    id     text COLLATE \"C\" NOT NULL,
    json   text NOT NULL,
    made   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS $event_by_made ON $event (made);
-- Whoever purges asks for it.
CREATE INDEX IF NOT EXISTS $event_by_resource ON $event (id);

-- To whom an event is still to be delivered. Who delivers one moves `due` on while it does.
CREATE TABLE IF NOT EXISTS $delivery (
    sink     text COLLATE \"C\" NOT NULL,
    seq      bigint NOT NULL REFERENCES $event (seq) ON DELETE CASCADE,
    tenant   text COLLATE \"C\" NOT NULL,
    type     text COLLATE \"C\" NOT NULL,
    id       text COLLATE \"C\" NOT NULL,
    due      timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    -- given up
    dead     boolean NOT NULL DEFAULT false,
    failure  text,
    PRIMARY KEY (sink, seq)
);
CREATE INDEX IF NOT EXISTS $delivery_by_event ON $delivery (seq);
CREATE INDEX IF NOT EXISTS $delivery_by_due ON $delivery (sink, due, seq) WHERE NOT dead;
CREATE INDEX IF NOT EXISTS $delivery_by_resource ON $delivery (sink, tenant, type, id, seq)
    WHERE NOT dead;
CREATE INDEX IF NOT EXISTS $delivery_dead ON $delivery (seq, sink) WHERE dead;
";

const WINDOW: &str = "
    SELECT seq, tenant, type, id FROM $delivery
    WHERE sink = @1::text AND NOT dead AND due <= statement_timestamp()
    ORDER BY due, seq LIMIT 64";

/// The first of a resource that is still to be delivered.
const FIRST: &str = "
    SELECT f.seq FROM $delivery f
    WHERE f.sink = @1::text AND f.tenant = @2::text AND f.type = @3::text AND f.id = @4::text
    AND NOT f.dead ORDER BY f.seq LIMIT 1";

/// The same beside a row of the window. With a limit there is one plan for it: by the index, also
/// where one resource has nearly all rows.
const FIRST_OF_DUE: &str = "
    SELECT f.seq FROM $delivery f
    WHERE f.sink = @1::text AND f.tenant = due.tenant AND f.type = due.type AND f.id = due.id
    AND NOT f.dead ORDER BY f.seq LIMIT 1";

pub(super) fn statements() -> OutboxSql {
    OutboxSql {
        claim: format!(
            "WITH due AS ({WINDOW}
            ), first AS MATERIALIZED (
                SELECT d.seq FROM $delivery d JOIN due USING (seq)
                WHERE d.sink = @1::text AND NOT d.dead AND d.due <= statement_timestamp()
                AND d.seq = ({FIRST_OF_DUE})
                ORDER BY d.seq LIMIT @2::bigint FOR UPDATE OF d SKIP LOCKED
            )
            UPDATE $delivery d
            SET due = clock_timestamp() + @3::bigint * interval '1 millisecond',
                attempts = d.attempts + 1
            FROM first, $event e WHERE d.sink = @1::text AND d.seq = first.seq AND e.seq = d.seq
            RETURNING d.seq::text AS seq, d.attempts, e.json"
        ),
        park: park(),
        done: "DELETE FROM $delivery
            WHERE sink = @1::text AND seq = @2::bigint AND attempts = @3::integer
            RETURNING tenant, type, id"
            .to_owned(),
        dead: "UPDATE $delivery SET dead = true, failure = @4::text
            WHERE sink = @1::text AND seq = @2::bigint AND attempts = @3::integer AND NOT dead
            RETURNING tenant, type, id"
            .to_owned(),
        again: "UPDATE $delivery
            SET due = clock_timestamp() + @5::bigint * interval '1 millisecond', failure = @4::text
            WHERE sink = @1::text AND seq = @2::bigint AND attempts = @3::integer AND NOT dead"
            .to_owned(),
        next: format!(
            "UPDATE $delivery d
            SET due = clock_timestamp() + @5::bigint * interval '1 millisecond',
                attempts = d.attempts + 1
            FROM $event e WHERE d.sink = @1::text AND e.seq = d.seq
            AND (d.due <= statement_timestamp() OR d.due = 'infinity') AND d.seq = ({FIRST})
            RETURNING d.seq::text AS seq, d.attempts, e.json"
        ),
        wake: format!(
            "UPDATE $delivery d SET due = clock_timestamp()
            WHERE d.sink = @1::text AND d.due = 'infinity' AND d.seq = ({FIRST})"
        ),
        // In the order of the numbers: a bare `seq` would be that of their texts.
        changes: "SELECT e.seq::text AS seq, e.json FROM $event e
            WHERE e.seq > @1::bigint AND e.seq <= @3::bigint ORDER BY e.seq LIMIT @2::bigint"
            .to_owned(),
        prune: "DELETE FROM $event WHERE seq IN (
                SELECT e.seq FROM $event e
                WHERE e.made < statement_timestamp() - @1::bigint * interval '1 millisecond'
                AND NOT EXISTS (SELECT 1 FROM $delivery d WHERE d.seq = e.seq AND NOT d.dead)
                LIMIT 10000)"
            .to_owned(),
        heal: "WITH parked AS MATERIALIZED (
                SELECT DISTINCT tenant, type, id FROM $delivery
                WHERE sink = @1::text AND NOT dead AND due = 'infinity'
            )
            UPDATE $delivery d SET due = clock_timestamp() FROM parked p
            WHERE d.sink = @1::text AND d.due = 'infinity' AND d.seq = (
                SELECT f.seq FROM $delivery f
                WHERE f.sink = @1::text AND f.tenant = p.tenant AND f.type = p.type
                AND f.id = p.id AND NOT f.dead ORDER BY f.seq LIMIT 1)"
            .to_owned(),
        abandoned: "SELECT DISTINCT d.sink FROM $delivery d
            WHERE NOT d.dead
            AND d.due < statement_timestamp() - @2::bigint * interval '1 millisecond'
            AND NOT EXISTS (
                SELECT 1 FROM jsonb_array_elements_text(@1::jsonb) AS known WHERE known = d.sink)"
            .to_owned(),
        abandon: "UPDATE $delivery SET dead = true, failure = @2::text
            WHERE sink = @1::text AND NOT dead"
            .to_owned(),
        letters: "SELECT d.sink, d.seq::text AS seq, d.attempts, d.failure, e.json
            FROM $delivery d JOIN $event e ON e.seq = d.seq
            WHERE d.dead AND (d.seq, d.sink) > (@1::bigint, @2::text)
            AND (@4::text IS NULL OR d.sink = @4::text)
            ORDER BY d.seq, d.sink LIMIT @3::bigint"
            .to_owned(),
        retry: "UPDATE $delivery
            SET dead = false, failure = NULL, attempts = 0, due = clock_timestamp()
            WHERE dead AND sink IN (SELECT jsonb_array_elements_text(@1::jsonb))
            AND (@2::jsonb IS NULL
                OR (seq::text || '.' || sink) IN (SELECT jsonb_array_elements_text(@2::jsonb)))"
            .to_owned(),
    }
}

/// Whoever settles the first of a resource waits for this, and wakes the next then.
fn park() -> String {
    format!(
        "WITH due AS MATERIALIZED ({WINDOW}
        ), heads AS MATERIALIZED (
            SELECT h.seq, h.tenant, h.type, h.id FROM $delivery h
            WHERE h.sink = @1::text AND NOT h.dead AND (SELECT count(*) = 64 FROM due)
            AND h.seq IN (
                SELECT (SELECT min(f.seq) FROM $delivery f
                        WHERE f.sink = @1::text AND f.tenant = r.tenant AND f.type = r.type
                        AND f.id = r.id AND NOT f.dead)
                FROM (SELECT DISTINCT tenant, type, id FROM due) r)
            FOR UPDATE OF h SKIP LOCKED
        ), behind AS MATERIALIZED (
            SELECT b.seq FROM heads h CROSS JOIN LATERAL (
                SELECT d.seq FROM $delivery d
                WHERE d.sink = @1::text AND d.tenant = h.tenant AND d.type = h.type
                AND d.id = h.id AND NOT d.dead AND d.seq > h.seq
                AND d.due <= statement_timestamp()
                LIMIT 10000) AS b
            LIMIT 10000
        )
        UPDATE $delivery d SET due = 'infinity' FROM behind
        WHERE d.sink = @1::text AND d.seq = behind.seq AND d.due <= statement_timestamp()"
    )
}
