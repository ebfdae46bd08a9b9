-- The tables and functions of the fencing guard, for PostgreSQL 13 and newer. Repeatable: it changes no fence row.
-- All who guard the same data must find the same fencing_guard table by their search_path.

-- several services may start, and run this, at once; the lock ends with the transaction
SELECT pg_advisory_xact_lock(7311294206452915847);

-- One row for each resource: the highest token, and whose it is. The row of the empty name, once there is one, has the highest
-- token of all rows that were deleted.
CREATE TABLE IF NOT EXISTS fencing_guard (
    resource    text COLLATE "C" PRIMARY KEY,
    token       bigint           NOT NULL CHECK (token > 0),
    holder      text             NOT NULL CHECK (holder ~ '^[0-9a-f]{32}$'),
    advanced_at timestamptz      NOT NULL DEFAULT now()
) WITH (fillfactor = 50); -- room for updates in place, for a row is updated with every grant

-- What was done under an operation id of its own, by whoever held the resource. Rows that are old enough may be deleted.
CREATE TABLE IF NOT EXISTS fencing_guard_operation (
    resource  text COLLATE "C",
    operation text COLLATE "C",
    token     bigint      NOT NULL,
    done_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (resource, operation)
);

-- The fence only rises, whoever writes it.
CREATE OR REPLACE FUNCTION fencing_guard_keep() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    RAISE EXCEPTION 'the fence only rises: % of fencing_guard refused', TG_OP USING ERRCODE = 'FG006';
END
$guard$;

-- A row that is deleted leaves its token behind, below which no resource begins anew.
CREATE OR REPLACE FUNCTION fencing_guard_bury() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    v_highest bigint;
BEGIN
    SELECT max(gone.token) INTO v_highest FROM gone;
    IF v_highest IS NOT NULL THEN
        PERFORM fencing_guard_raise_floor(v_highest);
    END IF;
    RETURN NULL;
END
$guard$;

CREATE OR REPLACE FUNCTION fencing_guard_raise_floor(p_token bigint) RETURNS void LANGUAGE sql AS $guard$
    INSERT INTO fencing_guard AS fence (resource, token, holder) VALUES ('', p_token, repeat('0', 32))
    ON CONFLICT (resource) DO UPDATE SET token = excluded.token, advanced_at = excluded.advanced_at
        WHERE fence.token < excluded.token;
$guard$;

-- A resource that is new, or new again, begins above all that was deleted.
CREATE OR REPLACE FUNCTION fencing_guard_begin() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    v_floor bigint;
BEGIN
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        -- a snapshot of the whole transaction may be older than the deletion: then the lock fails as retryable
        SELECT fence.token INTO v_floor FROM fencing_guard AS fence WHERE fence.resource = '' FOR SHARE;
    ELSE
        SELECT fence.token INTO v_floor FROM fencing_guard AS fence WHERE fence.resource = '';
    END IF;
    IF NEW.token <= v_floor THEN
        RAISE EXCEPTION 'token % of resource "%" is stale: the highest is %', NEW.token, NEW.resource, v_floor
            USING ERRCODE = 'FG001';
    END IF;
    RETURN NULL;
END
$guard$;

-- Raises the whole fence, known resources and unknown ones, to a token that nobody was given. For a restored backup.
CREATE OR REPLACE FUNCTION fencing_guard_raise(p_token bigint) RETURNS void LANGUAGE sql AS $guard$
    SELECT fencing_guard_raise_floor(p_token);
    UPDATE fencing_guard SET token = p_token, holder = repeat('0', 32), advanced_at = now() WHERE token < p_token;
$guard$;

DO $guard$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'fencing_guard'::regclass AND tgname = 'fencing_guard_rise') THEN
        CREATE TRIGGER fencing_guard_rise BEFORE UPDATE ON fencing_guard FOR EACH ROW
            WHEN (NEW.resource <> OLD.resource OR NEW.token < OLD.token
                OR (NEW.token = OLD.token AND NEW.holder <> OLD.holder))
            EXECUTE FUNCTION fencing_guard_keep();
        CREATE TRIGGER fencing_guard_floor BEFORE DELETE ON fencing_guard FOR EACH ROW
            WHEN (OLD.resource = '') EXECUTE FUNCTION fencing_guard_keep();
        CREATE TRIGGER fencing_guard_truncate BEFORE TRUNCATE ON fencing_guard
            EXECUTE FUNCTION fencing_guard_keep();
        CREATE TRIGGER fencing_guard_bury AFTER DELETE ON fencing_guard REFERENCING OLD TABLE AS gone
            EXECUTE FUNCTION fencing_guard_bury();
        CREATE TRIGGER fencing_guard_begin AFTER INSERT ON fencing_guard FOR EACH ROW
            WHEN (NEW.resource <> '') EXECUTE FUNCTION fencing_guard_begin();
    END IF;
END
$guard$;

-- Whether this transaction has passed the guard for a resource. The note ends with the transaction, and names it.
CREATE OR REPLACE FUNCTION fencing_guard_passed(p_resource text) RETURNS boolean LANGUAGE sql AS $guard$
    SELECT ARRAY[pg_current_xact_id()::text, '=' || p_resource] COLLATE "C"
        <@ coalesce(nullif(current_setting('fencing_guard.passed', true), ''), '{}')::text[]
$guard$;

-- Notes that this transaction has passed the guard for a resource. Never null.
CREATE OR REPLACE FUNCTION fencing_guard_note(p_resource text) RETURNS text LANGUAGE sql AS $guard$
    SELECT set_config('fencing_guard.passed', (
        CASE WHEN ARRAY[pg_current_xact_id()::text] COLLATE "C"
                <@ coalesce(nullif(current_setting('fencing_guard.passed', true), ''), '{}')::text[]
            THEN current_setting('fencing_guard.passed')::text[] || ('=' || p_resource)
            ELSE ARRAY[pg_current_xact_id()::text, '=' || p_resource]
        END)::text, true)
$guard$;

-- Raises the highest token. Passes a higher token, and the same token of the same holder again.
CREATE OR REPLACE FUNCTION fencing_guard_advance(
    p_resource text, p_token bigint, p_holder text, p_lock_timeout integer
) RETURNS void LANGUAGE plpgsql AS $guard$
DECLARE
    v_highest bigint;
BEGIN
    IF current_setting('lock_timeout') = '0' THEN
        PERFORM set_config('lock_timeout', p_lock_timeout::text, true);
    END IF;
    INSERT INTO fencing_guard AS fence (resource, token, holder)
    VALUES (p_resource, p_token, p_holder)
    ON CONFLICT (resource) DO UPDATE
        SET token = excluded.token, holder = excluded.holder, advanced_at = excluded.advanced_at
        WHERE fence.token < excluded.token OR (fence.token = excluded.token AND fence.holder = excluded.holder);
    IF NOT FOUND THEN
        -- the row is locked, also where it was not updated
        SELECT fence.token INTO STRICT v_highest FROM fencing_guard AS fence WHERE fence.resource = p_resource;
        RAISE EXCEPTION 'token % of resource "%" is stale: the highest is %', p_token, p_resource, v_highest
            USING ERRCODE = 'FG001';
    END IF;
END
$guard$;

-- Passes the holder of the highest token, and a higher one. The row lock lasts until the end of the transaction.
CREATE OR REPLACE FUNCTION fencing_guard_check(
    p_resource text, p_token bigint, p_holder text, p_lock_timeout integer, p_idle_timeout integer
) RETURNS void LANGUAGE plpgsql AS $guard$
DECLARE
    v_token  bigint;
    v_holder text;
BEGIN
    IF current_setting('lock_timeout') = '0' THEN
        PERFORM set_config('lock_timeout', p_lock_timeout::text, true);
    END IF;
    IF current_setting('idle_in_transaction_session_timeout') = '0' THEN
        PERFORM set_config('idle_in_transaction_session_timeout', p_idle_timeout::text, true);
    END IF;
    SELECT fence.token, fence.holder INTO v_token, v_holder
    FROM fencing_guard AS fence WHERE fence.resource = p_resource FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'resource "%" has no fence row: advance before the first check', p_resource
            USING ERRCODE = 'FG002';
    END IF;
    IF p_token < v_token OR (p_token = v_token AND p_holder <> v_holder) THEN
        RAISE EXCEPTION 'token % of resource "%" is stale: the highest is %', p_token, p_resource, v_token
            USING ERRCODE = 'FG001';
    END IF;
    -- a lock that a savepoint took ends with the savepoint, while the writes after it are committed
    PERFORM FROM fencing_guard AS fence
    WHERE fence.resource = p_resource AND fence.xmax = pg_current_xact_id()::xid;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the check of resource "%" is inside a savepoint: check first, then set savepoints', p_resource
            USING ERRCODE = 'FG003';
    END IF;
    IF p_token > v_token THEN
        -- it may have waited for an earlier holder's commit, which a snapshot of the whole transaction does not show
        IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
            RAISE EXCEPTION 'token % of resource "%" is above the highest, %: advance first, above READ COMMITTED',
                p_token, p_resource, v_token USING ERRCODE = 'FG004';
        END IF;
        UPDATE fencing_guard AS fence SET token = p_token, holder = p_holder, advanced_at = now()
        WHERE fence.resource = p_resource;
    END IF;
    IF NOT fencing_guard_passed(p_resource) THEN
        PERFORM fencing_guard_note(p_resource);
    END IF;
END
$guard$;

-- The check, and whether the operation is still to be done; if so, it is done with this transaction.
CREATE OR REPLACE FUNCTION fencing_guard_check_once(
    p_resource text, p_token bigint, p_holder text, p_operation text, p_lock_timeout integer, p_idle_timeout integer
) RETURNS boolean LANGUAGE plpgsql AS $guard$
BEGIN
    PERFORM fencing_guard_check(p_resource, p_token, p_holder, p_lock_timeout, p_idle_timeout);
    INSERT INTO fencing_guard_operation (resource, operation, token) VALUES (p_resource, p_operation, p_token)
    ON CONFLICT (resource, operation) DO NOTHING;
    RETURN FOUND;
END
$guard$;

-- The same for several resources, in one order for everybody, so that no two wait for each other.
CREATE OR REPLACE FUNCTION fencing_guard_check_all(
    p_resources text[], p_tokens bigint[], p_holders text[], p_lock_timeout integer, p_idle_timeout integer
) RETURNS void LANGUAGE plpgsql AS $guard$
DECLARE
    v_fence record;
BEGIN
    FOR v_fence IN
        SELECT * FROM unnest(p_resources, p_tokens, p_holders) AS presented (resource, token, holder)
        ORDER BY resource COLLATE "C"
    LOOP
        PERFORM fencing_guard_check(v_fence.resource, v_fence.token, v_fence.holder, p_lock_timeout, p_idle_timeout);
    END LOOP;
END
$guard$;

-- Says why a statement found no fence row with exactly its token and holder. Never returns.
CREATE OR REPLACE FUNCTION fencing_guard_refuse(p_resource text, p_token bigint, p_holder text)
RETURNS bigint LANGUAGE plpgsql AS $guard$
DECLARE
    v_token  bigint;
    v_holder text;
BEGIN
    SELECT fence.token, fence.holder INTO v_token, v_holder
    FROM fencing_guard AS fence WHERE fence.resource = p_resource;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'resource "%" has no fence row: advance before the first update', p_resource
            USING ERRCODE = 'FG002';
    END IF;
    IF p_token < v_token OR (p_token = v_token AND p_holder <> v_holder) THEN
        RAISE EXCEPTION 'token % of resource "%" is stale: the highest is %', p_token, p_resource, v_token
            USING ERRCODE = 'FG001';
    END IF;
    RAISE EXCEPTION 'token % of resource "%" was not advanced before the statement began: advance first',
        p_token, p_resource USING ERRCODE = 'FG004';
END
$guard$;

-- Says which write was refused by an enforced table.
CREATE OR REPLACE FUNCTION fencing_guard_unfenced() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    RAISE EXCEPTION '% of table "%" did not pass the guard', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'FG005', HINT = 'check the row''s resource first, in the same transaction: ' || TG_ARGV[0];
END
$guard$;

-- Makes a table refuse what did not pass the guard in its own transaction, whoever sends it. The resource is an SQL expression over
-- the columns of a row. Repeatable; the table is locked only where a trigger is missing, disabled or of another expression.
CREATE OR REPLACE FUNCTION fencing_guard_enforce(
    p_table regclass, p_resource text, p_lock_timeout integer DEFAULT 5000
) RETURNS void LANGUAGE plpgsql AS $guard$
DECLARE
    v_schema text := (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = 'fencing_guard'::regclass);
    v_name   text := (SELECT relname FROM pg_class WHERE oid = p_table);
    v_args   bytea := convert_to(p_resource, getdatabaseencoding()) || '\x00'::bytea;
    v_wanted record;
BEGIN
    PERFORM pg_advisory_xact_lock(7311294206452915847);
    IF current_setting('lock_timeout') = '0' THEN
        PERFORM set_config('lock_timeout', p_lock_timeout::text, true);
    END IF;
    EXECUTE format('CREATE OR REPLACE FUNCTION %s.fencing_guard_resource(%s) RETURNS text LANGUAGE sql STABLE AS %L',
        v_schema, p_table, format(E'SELECT (%s\n)::text FROM (SELECT ($1).*) AS %I', p_resource, v_name));
    FOR v_wanted IN
        -- after the write, when no other trigger changes the row any more
        SELECT p_table AS relation, 'fencing_guard_' || lower(operation) AS name,
            format('AFTER %s ON %s FOR EACH ROW WHEN ((%s) IS NOT TRUE)', operation, p_table,
                (SELECT string_agg(format('%1$s.fencing_guard_passed(%1$s.fencing_guard_resource(%2$s))', v_schema, side), ' AND ')
                    FROM unnest(sides) AS side)) AS definition
        FROM (VALUES ('INSERT', '{NEW}'::text[]), ('UPDATE', '{OLD,NEW}'), ('DELETE', '{OLD}')) AS written (operation, sides)
        UNION ALL
        -- a partition can be truncated by itself
        SELECT relid, 'fencing_guard_truncate', format('BEFORE TRUNCATE ON %s', relid)
        FROM (SELECT p_table AS relid UNION SELECT relid FROM pg_partition_tree(p_table)) AS parts
    LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_trigger
            WHERE tgrelid = v_wanted.relation AND tgname = v_wanted.name AND tgenabled <> 'D' AND tgargs = v_args);
        EXECUTE format('DROP TRIGGER IF EXISTS %s ON %s', v_wanted.name, v_wanted.relation);
        EXECUTE format('CREATE TRIGGER %s %s EXECUTE FUNCTION %s.fencing_guard_unfenced(%L)',
            v_wanted.name, v_wanted.definition, v_schema, p_resource);
    END LOOP;
END
$guard$;

-- Lets a table take any write again. Repeatable.
CREATE OR REPLACE FUNCTION fencing_guard_lift(p_table regclass, p_lock_timeout integer DEFAULT 5000)
RETURNS void LANGUAGE plpgsql AS $guard$
DECLARE
    v_trigger record;
BEGIN
    PERFORM pg_advisory_xact_lock(7311294206452915847);
    IF current_setting('lock_timeout') = '0' THEN
        PERFORM set_config('lock_timeout', p_lock_timeout::text, true);
    END IF;
    FOR v_trigger IN
        SELECT tgname, tgrelid::regclass AS relation FROM pg_trigger
        WHERE tgrelid IN (SELECT p_table UNION SELECT relid FROM pg_partition_tree(p_table))
            AND tgfoid = 'fencing_guard_unfenced'::regproc AND tgparentid = 0
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', v_trigger.tgname, v_trigger.relation);
    END LOOP;
    EXECUTE format('DROP FUNCTION IF EXISTS fencing_guard_resource(%s)', p_table);
END
$guard$;
