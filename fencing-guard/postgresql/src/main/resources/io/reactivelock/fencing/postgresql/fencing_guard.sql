-- The tables and functions of the fencing guard, for PostgreSQL 13 and newer. Repeatable: it changes no fence row.
--
-- One statement, so that it is there whole or not at all, however a tool splits a script. All that is called is in pg_catalog or
-- named with its schema, whatever the search_path of a session: who may create objects in a schema of that path must not get
-- called (CVE-2018-1058). Needs the right to create in the schema, and owns what it finds there.
DO $install$
DECLARE
    v_path    pg_catalog.text := pg_catalog.current_setting('search_path');
    v_timeout pg_catalog.text := pg_catalog.current_setting('lock_timeout');
    v_words   pg_catalog.text := pg_catalog.current_setting('client_min_messages');
    v_fence   pg_catalog.oid;
    v_schema  pg_catalog.text;
    v_foreign pg_catalog.text;
    v_objects pg_catalog.text := $objects$

-- One row for each resource: the highest token, and whose it is. The row of the empty name is the floor: it has the highest token
-- of all rows that were deleted, and is made with the first resource.
CREATE TABLE IF NOT EXISTS guard_schema.fencing_guard (
    resource    text COLLATE "C" PRIMARY KEY,
    token       bigint           NOT NULL CONSTRAINT fencing_guard_token_check CHECK (token > 0 OR resource = ''),
    holder      text             NOT NULL CHECK (holder ~ '^[0-9a-f]{32}$'),
    advanced_at timestamptz      NOT NULL DEFAULT now()
) WITH (fillfactor = 50); -- room for updates in place, for a row is updated with every grant

-- What was done under an operation id of its own, by whoever held the resource. Rows that are old enough may be deleted.
CREATE TABLE IF NOT EXISTS guard_schema.fencing_guard_operation (
    resource  text COLLATE "C",
    operation text COLLATE "C",
    token     bigint      NOT NULL,
    done_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (resource, operation)
);

-- earlier versions had no floor of 0
DO $guard$
BEGIN
    IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'guard_schema.fencing_guard'::regclass
        AND conname = 'fencing_guard_token_check' AND strpos(pg_get_constraintdef(oid), 'resource') = 0)
    THEN
        ALTER TABLE guard_schema.fencing_guard DROP CONSTRAINT fencing_guard_token_check;
        ALTER TABLE guard_schema.fencing_guard
            ADD CONSTRAINT fencing_guard_token_check CHECK (token > 0 OR resource = '');
    END IF;
END
$guard$;

-- The highest token that is accepted: far above any clock, also one of nanoseconds, and far below the end of the numbers, so that
-- there is always one above. It is the guard's MAX_TOKEN.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_require_token(p_token bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    IF p_token > 4611686018427387904 THEN
        RAISE EXCEPTION 'token % is no token: the highest that is accepted is 4611686018427387904', p_token
            USING ERRCODE = 'FG008';
    END IF;
END
$guard$;

-- Refuses a token, in the words that the guard reads. Never returns.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_stale(p_resource text, p_token bigint, p_highest bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    RAISE EXCEPTION 'token % of resource "%" is stale: the highest is %', p_token, p_resource, p_highest
        USING ERRCODE = 'FG001';
END
$guard$;

-- Limits the waits for locks of this transaction, where its session does not.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_limit_lock_waits(p_lock_timeout integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    IF current_setting('lock_timeout') = '0' THEN
        PERFORM set_config('lock_timeout', p_lock_timeout::text, true);
    END IF;
END
$guard$;

-- The fence only rises, whoever writes it.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_keep() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    RAISE EXCEPTION 'the fence only rises: % of fencing_guard refused', TG_OP USING ERRCODE = 'FG006';
END
$guard$;

-- Makes sure that there is a floor, in the snapshot of the caller, too: a transaction whose snapshot is older fails as retryable.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_lay_floor() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    INSERT INTO guard_schema.fencing_guard (resource, token, holder) VALUES ('', 0, repeat('0', 32))
    ON CONFLICT (resource) DO NOTHING;
END
$guard$;

-- A row that is deleted leaves its token behind, below which no resource begins anew.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_bury() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    v_highest bigint;
BEGIN
    SELECT max(gone.token) INTO v_highest FROM gone;
    IF v_highest IS NOT NULL THEN
        PERFORM guard_schema.fencing_guard_require_token(v_highest);
        PERFORM guard_schema.fencing_guard_lay_floor();
        UPDATE guard_schema.fencing_guard AS fence SET token = v_highest, advanced_at = now()
        WHERE fence.resource = '' AND fence.token < v_highest;
    END IF;
    RETURN NULL;
END
$guard$;

-- A resource that is new, or new again, begins above all that was deleted. A row that is restored below the floor is raised to it,
-- for nobody: who held its token acquires again. The lock keeps the floor from rising until the row is committed.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_begin() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    v_floor bigint;
BEGIN
    PERFORM guard_schema.fencing_guard_lay_floor();
    SELECT fence.token INTO v_floor FROM guard_schema.fencing_guard AS fence WHERE fence.resource = '' FOR SHARE;
    IF NEW.token <= v_floor THEN
        UPDATE guard_schema.fencing_guard AS fence SET token = v_floor, holder = repeat('0', 32)
        WHERE fence.resource = NEW.resource;
    END IF;
    RETURN NULL;
END
$guard$;

-- A floor that is restored where there is one: the higher one counts.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_merge_floor() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    PERFORM FROM guard_schema.fencing_guard AS fence WHERE fence.resource = '' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    UPDATE guard_schema.fencing_guard AS fence SET token = NEW.token, advanced_at = now()
    WHERE fence.resource = '' AND fence.token < NEW.token;
    RETURN NULL;
END
$guard$;

-- Raises the whole fence, known resources and unknown ones, to a token that nobody was given. For a restored backup; the owner's.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_raise(p_token bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'the fence is raised at READ COMMITTED, which sees what was committed meanwhile'
            USING ERRCODE = 'FG006';
    END IF;
    PERFORM guard_schema.fencing_guard_require_token(p_token);
    PERFORM guard_schema.fencing_guard_lay_floor();
    -- waits for first advances in flight, and the next statement sees them
    UPDATE guard_schema.fencing_guard AS fence SET token = p_token, advanced_at = now()
    WHERE fence.resource = '' AND fence.token < p_token;
    UPDATE guard_schema.fencing_guard AS fence SET token = p_token, holder = repeat('0', 32), advanced_at = now()
    WHERE fence.token < p_token;
END
$guard$;

-- Puts a fence that was raised by mistake back to a token that is above all that its holders were given. The empty name is the
-- floor. The owner's: nothing else lowers a fence.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_lower(p_resource text, p_token bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    PERFORM guard_schema.fencing_guard_require_token(p_token);
    ALTER TABLE guard_schema.fencing_guard DISABLE TRIGGER fencing_guard_rise;
    UPDATE guard_schema.fencing_guard AS fence SET token = p_token, holder = repeat('0', 32), advanced_at = now()
    WHERE fence.resource = p_resource AND fence.token > p_token;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'resource "%" has no fence above %', p_resource, p_token USING ERRCODE = 'FG002';
    END IF;
    ALTER TABLE guard_schema.fencing_guard ENABLE TRIGGER fencing_guard_rise;
END
$guard$;

-- Deletes the rows that nobody has advanced for so long, and says how many. One whose token is above those of all younger rows
-- stays: what comes from one rising source is not, and the floor would shut out every resource to come. The owner's.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_clean(p_age interval) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    v_deleted bigint;
BEGIN
    DELETE FROM guard_schema.fencing_guard AS fence
    WHERE fence.resource <> '' AND fence.advanced_at < now() - p_age AND fence.token < (
        SELECT max(young.token) FROM guard_schema.fencing_guard AS young
        WHERE young.resource <> '' AND young.advanced_at >= now() - p_age);
    GET DIAGNOSTICS v_deleted = ROW_COUNT;
    RETURN v_deleted;
END
$guard$;

DO $guard$
DECLARE
    v_wanted record;
BEGIN
    FOR v_wanted IN
        SELECT * FROM (VALUES
            ('fencing_guard_rise', 'BEFORE UPDATE', 'FOR EACH ROW WHEN (NEW.resource <> OLD.resource OR NEW.token < OLD.token'
                || ' OR (NEW.token = OLD.token AND NEW.holder <> OLD.holder AND NEW.holder <> repeat(''0'', 32)))',
                'fencing_guard_keep'),
            ('fencing_guard_floor', 'BEFORE DELETE', 'FOR EACH ROW WHEN (OLD.resource = '''')', 'fencing_guard_keep'),
            ('fencing_guard_truncate', 'BEFORE TRUNCATE', '', 'fencing_guard_keep'),
            ('fencing_guard_bury', 'AFTER DELETE', 'REFERENCING OLD TABLE AS gone', 'fencing_guard_bury'),
            ('fencing_guard_begin', 'AFTER INSERT', 'FOR EACH ROW WHEN (NEW.resource <> '''')', 'fencing_guard_begin'),
            ('fencing_guard_merge_floor', 'BEFORE INSERT', 'FOR EACH ROW WHEN (NEW.resource = '''' AND NEW.token > 0)',
                'fencing_guard_merge_floor')
        ) AS wanted (name, event, condition, action)
    LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'guard_schema.fencing_guard'::regclass
            AND tgname = v_wanted.name AND tgenabled IN ('O', 'A')
            AND tgargs = convert_to(v_wanted.condition, getdatabaseencoding()) || decode('00', 'hex'));
        EXECUTE format('DROP TRIGGER IF EXISTS %I ON guard_schema.fencing_guard', v_wanted.name);
        -- the argument tells a trigger of another version
        EXECUTE format('CREATE TRIGGER %I %s ON guard_schema.fencing_guard %s EXECUTE FUNCTION guard_schema.%I(%L)',
            v_wanted.name, v_wanted.event, v_wanted.condition, v_wanted.action, v_wanted.condition);
    END LOOP;
END
$guard$;

-- Whether this transaction has passed the guard for a resource: it holds the fence's row lock, which no savepoint took. Looks with
-- a snapshot of its own, for the row may be newer than the statement that asks.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_passed(p_resource text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    RETURN EXISTS (SELECT FROM guard_schema.fencing_guard AS fence
        WHERE fence.resource = p_resource AND fence.xmax = pg_current_xact_id_if_assigned()::xid);
END
$guard$;

-- Raises the highest token. Passes a higher token, and the same token of the same holder again.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_advance(
    p_resource text, p_token bigint, p_holder text, p_lock_timeout integer
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    v_token  bigint;
    v_holder text;
BEGIN
    PERFORM guard_schema.fencing_guard_limit_lock_waits(p_lock_timeout);
    PERFORM guard_schema.fencing_guard_require_token(p_token);
    INSERT INTO guard_schema.fencing_guard AS fence (resource, token, holder)
    VALUES (p_resource, p_token, p_holder)
    ON CONFLICT (resource) DO UPDATE
        SET token = excluded.token, holder = excluded.holder, advanced_at = excluded.advanced_at
        WHERE fence.token < excluded.token OR (fence.token = excluded.token AND fence.holder = excluded.holder);
    -- the row is locked, also where it was not updated; a new one may have been raised to the floor
    SELECT fence.token, fence.holder INTO STRICT v_token, v_holder
    FROM guard_schema.fencing_guard AS fence WHERE fence.resource = p_resource;
    IF v_token <> p_token OR v_holder <> p_holder THEN
        PERFORM guard_schema.fencing_guard_stale(p_resource, p_token, v_token);
    END IF;
END
$guard$;

-- Passes the holder of the highest token, and a higher one. The row lock lasts until the end of the transaction.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_check(
    p_resource text, p_token bigint, p_holder text, p_lock_timeout integer, p_idle_timeout integer
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    v_token  bigint;
    v_holder text;
BEGIN
    PERFORM guard_schema.fencing_guard_limit_lock_waits(p_lock_timeout);
    IF current_setting('idle_in_transaction_session_timeout') = '0' THEN
        PERFORM set_config('idle_in_transaction_session_timeout', p_idle_timeout::text, true);
    END IF;
    PERFORM guard_schema.fencing_guard_require_token(p_token);
    SELECT fence.token, fence.holder INTO v_token, v_holder
    FROM guard_schema.fencing_guard AS fence WHERE fence.resource = p_resource FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'resource "%" has no fence row: advance before the first check', p_resource
            USING ERRCODE = 'FG002';
    END IF;
    IF p_token < v_token OR (p_token = v_token AND p_holder <> v_holder) THEN
        PERFORM guard_schema.fencing_guard_stale(p_resource, p_token, v_token);
    END IF;
    -- a lock that a savepoint took ends with the savepoint, while the writes after it are committed
    IF NOT guard_schema.fencing_guard_passed(p_resource) THEN
        RAISE EXCEPTION 'the check of resource "%" is inside a savepoint: check first, then set savepoints', p_resource
            USING ERRCODE = 'FG003';
    END IF;
    IF p_token > v_token THEN
        -- it may have waited for an earlier holder's commit, which a snapshot of the whole transaction does not show
        IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
            RAISE EXCEPTION 'token % of resource "%" is above the highest, %: advance first, above READ COMMITTED',
                p_token, p_resource, v_token USING ERRCODE = 'FG004';
        END IF;
        UPDATE guard_schema.fencing_guard AS fence SET token = p_token, holder = p_holder, advanced_at = now()
        WHERE fence.resource = p_resource;
        -- the new row as well
        PERFORM FROM guard_schema.fencing_guard AS fence WHERE fence.resource = p_resource FOR UPDATE;
    END IF;
    -- for the question of the commit
    PERFORM set_config('fencing_guard.passed', pg_current_xact_id()::text, true);
END
$guard$;

-- Refuses the commit of a transaction that passed no check: the work has ended the one that did.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_still_passed() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    IF coalesce(current_setting('fencing_guard.passed', true), '')
        <> coalesce(pg_current_xact_id_if_assigned()::text, 'none')
    THEN
        RAISE EXCEPTION 'this transaction did not pass the guard' USING ERRCODE = 'FG007';
    END IF;
END
$guard$;

-- The check, and whether the operation is still to be done; if so, it is done with this transaction.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_check_once(
    p_resource text, p_token bigint, p_holder text, p_operation text, p_lock_timeout integer, p_idle_timeout integer
) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    PERFORM guard_schema.fencing_guard_check(p_resource, p_token, p_holder, p_lock_timeout, p_idle_timeout);
    INSERT INTO guard_schema.fencing_guard_operation (resource, operation, token)
    -- an index takes 2,704 bytes
    VALUES (p_resource, CASE WHEN octet_length(p_operation) <= 1000 THEN p_operation
        ELSE left(p_operation, 100) || '#' || encode(sha256(convert_to(p_operation, 'UTF8')), 'hex') END, p_token)
    ON CONFLICT (resource, operation) DO NOTHING;
    RETURN FOUND;
END
$guard$;

-- The same for several resources, in one order for everybody, so that no two wait for each other.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_check_all(
    p_resources text[], p_tokens bigint[], p_holders text[], p_lock_timeout integer, p_idle_timeout integer
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    v_fence record;
BEGIN
    FOR v_fence IN
        SELECT * FROM unnest(p_resources, p_tokens, p_holders) AS presented (resource, token, holder)
        ORDER BY resource COLLATE "C"
    LOOP
        PERFORM guard_schema.fencing_guard_check(
            v_fence.resource, v_fence.token, v_fence.holder, p_lock_timeout, p_idle_timeout);
    END LOOP;
END
$guard$;

-- Says why a statement found no fence row with exactly its token and holder. Never returns.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_refuse(p_resource text, p_token bigint, p_holder text)
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    v_token  bigint;
    v_holder text;
BEGIN
    PERFORM guard_schema.fencing_guard_require_token(p_token);
    SELECT fence.token, fence.holder INTO v_token, v_holder
    FROM guard_schema.fencing_guard AS fence WHERE fence.resource = p_resource;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'resource "%" has no fence row: advance before the first update', p_resource
            USING ERRCODE = 'FG002';
    END IF;
    IF p_token < v_token OR (p_token = v_token AND p_holder <> v_holder) THEN
        PERFORM guard_schema.fencing_guard_stale(p_resource, p_token, v_token);
    END IF;
    RAISE EXCEPTION 'token % of resource "%" was not advanced before the statement began: advance first',
        p_token, p_resource USING ERRCODE = 'FG004';
END
$guard$;

-- The same, for the condition of a statement. Called stable, so that the condition is looked at once, before any row.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_refused(p_resource text, p_token bigint, p_holder text)
RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    PERFORM guard_schema.fencing_guard_refuse(p_resource, p_token, p_holder);
    RETURN NULL;
END
$guard$;

-- The answer to a statement that wrote nothing: whether it would have been refused. A planner that knows from the statement alone
-- that there is nothing to write leaves the fence out.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_confirm(p_resource text, p_token bigint, p_holder text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    IF NOT EXISTS (SELECT FROM guard_schema.fencing_guard AS fence
        WHERE (fence.resource, fence.token, fence.holder) = (p_resource, p_token, p_holder))
    THEN
        PERFORM guard_schema.fencing_guard_refuse(p_resource, p_token, p_holder);
    END IF;
END
$guard$;

-- Says which write was refused by an enforced table.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_unfenced() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    RAISE EXCEPTION '% of table "%" did not pass the guard', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'FG005', HINT = 'check the row''s resource first, in the same transaction: ' || TG_ARGV[0];
END
$guard$;

-- One enforce or lift of a table at a time, and none waits longer than it says.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_lock_table(p_table regclass, p_lock_timeout integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    PERFORM guard_schema.fencing_guard_limit_lock_waits(p_lock_timeout);
    PERFORM pg_advisory_xact_lock(1702261349, (p_table::oid::bigint - 2147483648)::integer);
END
$guard$;

-- Makes a table refuse what did not pass the guard in its own transaction, whoever sends it. The resource is an SQL expression over
-- the columns of a row; what is not PostgreSQL's own is named in it with its schema. Repeatable; the table is locked only where a
-- trigger is missing, switched off or of another expression.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_enforce(
    p_table regclass, p_resource text, p_lock_timeout integer DEFAULT 5000
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    v_name   text;
    v_table  text;
    v_args   bytea := convert_to(p_resource, getdatabaseencoding()) || decode('00', 'hex');
    v_wanted record;
BEGIN
    PERFORM guard_schema.fencing_guard_lock_table(p_table, p_lock_timeout);
    SELECT class.relname, format('%I.%I', space.nspname, class.relname) INTO STRICT v_name, v_table
    FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace WHERE class.oid = p_table;
    -- A session keeps the plan of this function, and with it the columns of the row. Since the plan names the table, a change of
    -- the table makes it anew. A table that was renamed is refused until it is enforced again, for it may be another one by then.
    EXECUTE format('CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_resource(%s) RETURNS text LANGUAGE sql STABLE'
        || ' SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS %L', v_table, format(
            E'SELECT CASE WHEN %1$L::regclass IS NOT NULL AND pg_typeof($1) = %1$L::regtype THEN (%2$s\n)::text END'
            || ' FROM (SELECT ($1).*) AS %3$I', v_table, p_resource, v_name));
    EXECUTE format('GRANT EXECUTE ON FUNCTION guard_schema.fencing_guard_resource(%s) TO PUBLIC', v_table);
    IF EXISTS (SELECT FROM pg_proc JOIN pg_type ON pg_type.oid = proargtypes[0]
        WHERE proname = 'fencing_guard_resource' AND pronamespace = 'guard_schema'::regnamespace AND typrelid = p_table
            AND proowner NOT IN (
                SELECT oid FROM pg_roles WHERE rolname = current_user
                UNION ALL SELECT relowner FROM pg_class WHERE oid = p_table))
    THEN
        RAISE EXCEPTION 'the function fencing_guard_resource(%) belongs to somebody else', v_table USING ERRCODE = 'FG009';
    END IF;
    FOR v_wanted IN
        -- after the write, when no other trigger changes the row any more
        SELECT p_table AS relation, 'fencing_guard_' || lower(operation) AS name,
            format('AFTER %s ON %s FOR EACH ROW WHEN ((%s) IS NOT TRUE)', operation, v_table,
                (SELECT string_agg(format(
                    'guard_schema.fencing_guard_passed(guard_schema.fencing_guard_resource(%s))', side), ' AND ')
                    FROM unnest(sides) AS side)) AS definition
        FROM (VALUES ('INSERT', '{NEW}'::text[]), ('UPDATE', '{OLD,NEW}'), ('DELETE', '{OLD}')) AS written (operation, sides)
        UNION ALL
        -- a partition can be truncated by itself
        SELECT relid, 'fencing_guard_truncate', format('BEFORE TRUNCATE ON %s', relid)
        FROM (SELECT p_table AS relid UNION SELECT relid FROM pg_partition_tree(p_table)) AS parts
    LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_trigger
            WHERE tgrelid = v_wanted.relation AND tgname = v_wanted.name AND tgenabled IN ('O', 'A') AND tgargs = v_args);
        IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = v_wanted.relation AND tgname = v_wanted.name) THEN
            EXECUTE format('DROP TRIGGER %s ON %s', v_wanted.name, v_wanted.relation);
        END IF;
        EXECUTE format('CREATE TRIGGER %s %s EXECUTE FUNCTION guard_schema.fencing_guard_unfenced(%L)',
            v_wanted.name, v_wanted.definition, p_resource);
    END LOOP;
    -- a partition's copy of a trigger can be switched off by itself
    FOR v_wanted IN
        SELECT tgname AS name, tgrelid::regclass AS relation FROM pg_trigger
        WHERE tgrelid IN (SELECT relid FROM pg_partition_tree(p_table)) AND tgenabled NOT IN ('O', 'A')
            AND tgfoid = 'guard_schema.fencing_guard_unfenced'::regproc
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %I', v_wanted.relation, v_wanted.name);
    END LOOP;
END
$guard$;

-- Lets a table take any write again. Repeatable.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_lift(p_table regclass, p_lock_timeout integer DEFAULT 5000)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    v_dropped record;
BEGIN
    PERFORM guard_schema.fencing_guard_lock_table(p_table, p_lock_timeout);
    FOR v_dropped IN
        SELECT tgname AS name, tgrelid::regclass AS relation FROM pg_trigger
        WHERE tgrelid IN (SELECT p_table UNION SELECT relid FROM pg_partition_tree(p_table))
            AND tgfoid = 'guard_schema.fencing_guard_unfenced'::regproc AND tgparentid = 0
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', v_dropped.name, v_dropped.relation);
    END LOOP;
    FOR v_dropped IN
        SELECT pg_proc.oid::regprocedure AS signature FROM pg_proc JOIN pg_type ON pg_type.oid = proargtypes[0]
        WHERE proname = 'fencing_guard_resource' AND pronamespace = 'guard_schema'::regnamespace AND typrelid = p_table
    LOOP
        EXECUTE format('DROP FUNCTION %s', v_dropped.signature);
    END LOOP;
END
$guard$;

-- Gives a table a fence in its own rows: two columns. Repeatable; the table is locked only where one is missing.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_fence_rows(p_table regclass, p_lock_timeout integer DEFAULT 5000)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    PERFORM guard_schema.fencing_guard_lock_table(p_table, p_lock_timeout);
    IF (SELECT count(*) FROM pg_attribute
        WHERE attrelid = p_table AND attname IN ('fence', 'fence_holder') AND NOT attisdropped) < 2
    THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS fence bigint,'
            || ' ADD COLUMN IF NOT EXISTS fence_holder text', p_table);
    END IF;
END
$guard$;

-- The condition that a row is of a key, the first parameter, by an index of its column.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_of_key(p_table regclass, p_column text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $guard$
    SELECT format('%I = $1::%s', p_column,
        (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = p_table AND attname = p_column));
$guard$;

-- What the rows of a key say to a token: how many there are, their highest token, and whether all have this one.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_rows(
    p_table regclass, p_column text, p_key text, p_token bigint, p_holder text,
    OUT v_rows bigint, OUT v_highest bigint, OUT v_same boolean
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    EXECUTE format('SELECT count(*), max(fence),'
        || ' coalesce(bool_and((fence, fence_holder) IS NOT DISTINCT FROM ($2, $3)), true) FROM %s WHERE %s',
        p_table, guard_schema.fencing_guard_of_key(p_table, p_column))
    INTO v_rows, v_highest, v_same USING p_key, p_token, p_holder;
END
$guard$;

-- The advance of a fence in rows: of all rows of the key, of which there is at least one.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_advance_rows(
    p_table regclass, p_column text, p_key text, p_resource text, p_token bigint, p_holder text, p_lock_timeout integer
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    v_found record;
BEGIN
    PERFORM guard_schema.fencing_guard_limit_lock_waits(p_lock_timeout);
    PERFORM guard_schema.fencing_guard_require_token(p_token);
    EXECUTE format('UPDATE %s SET fence = $2, fence_holder = $3 WHERE %s AND (fence IS NULL OR fence < $2'
        || ' OR (fence = $2 AND fence_holder = $3))', p_table, guard_schema.fencing_guard_of_key(p_table, p_column))
    USING p_key, p_token, p_holder;
    v_found := guard_schema.fencing_guard_rows(p_table, p_column, p_key, p_token, p_holder);
    IF v_found.v_rows = 0 THEN
        RAISE EXCEPTION 'resource "%" has no row in % that could be fenced', p_resource, p_table USING ERRCODE = 'FG002';
    END IF;
    IF NOT v_found.v_same THEN
        PERFORM guard_schema.fencing_guard_stale(p_resource, p_token, v_found.v_highest);
    END IF;
END
$guard$;

-- The answer to a statement that wrote no row with this token: whether the token is good all the same. No row, nothing to fence.
CREATE OR REPLACE FUNCTION guard_schema.fencing_guard_confirm_rows(
    p_table regclass, p_column text, p_key text, p_resource text, p_token bigint, p_holder text
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    v_found record;
BEGIN
    v_found := guard_schema.fencing_guard_rows(p_table, p_column, p_key, p_token, p_holder);
    IF v_found.v_same THEN
        RETURN;
    END IF;
    IF v_found.v_highest IS NULL THEN
        RAISE EXCEPTION 'resource "%" has no fence in its row: advance before the first update', p_resource
            USING ERRCODE = 'FG002';
    END IF;
    IF p_token > v_found.v_highest THEN
        RAISE EXCEPTION 'token % of resource "%" was not advanced before the statement began: advance first',
            p_token, p_resource USING ERRCODE = 'FG004';
    END IF;
    PERFORM guard_schema.fencing_guard_stale(p_resource, p_token, v_found.v_highest);
END
$guard$;

-- what earlier versions had
DROP FUNCTION IF EXISTS guard_schema.fencing_guard_note(text), guard_schema.fencing_guard_raise_floor(bigint);

-- Whoever may use the tables may use the functions, also where new functions are nobody's; but the fence as a whole is the owner's.
DO $guard$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        SELECT oid FROM pg_proc WHERE pronamespace = 'guard_schema'::regnamespace AND left(proname, 14) = 'fencing_guard_'
            AND proname <> 'fencing_guard_resource'
    LOOP
        IF v_function IN ('guard_schema.fencing_guard_raise(bigint)'::regprocedure,
            'guard_schema.fencing_guard_lower(text, bigint)'::regprocedure,
            'guard_schema.fencing_guard_clean(interval)'::regprocedure)
        THEN
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', v_function);
        ELSE
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', v_function);
        END IF;
    END LOOP;
END
$guard$;
$objects$;
BEGIN
    IF v_timeout OPERATOR(pg_catalog.=) '0' THEN
        PERFORM pg_catalog.set_config('lock_timeout', '5000', true);
    END IF;
    -- several services may start, and run this, at once; the lock ends with the transaction
    PERFORM pg_catalog.pg_advisory_xact_lock(7311294206452915847);
    -- the fence that this session sees; there must not be a second one before it
    PERFORM pg_catalog.set_config('client_min_messages', 'warning', true);
    v_fence := pg_catalog.to_regclass('fencing_guard');
    v_schema := pg_catalog.current_schema();
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT coalesce((SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE pg_class.oid = v_fence), v_schema) INTO v_schema;
    -- a name that would have to be quoted in more than one way is not worth it
    IF v_schema IS NULL OR left(v_schema, 3) = 'pg_' OR v_schema <> translate(v_schema, '$%''' || chr(92), '') THEN
        RAISE EXCEPTION 'fencing_guard cannot be in the schema %, the first of the search_path', coalesce(v_schema, '(none)')
            USING ERRCODE = 'FG009';
    END IF;
    IF NOT has_schema_privilege(quote_ident(v_schema), 'CREATE')
        OR v_fence IS NOT NULL AND NOT (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = v_fence)
    THEN
        RAISE EXCEPTION 'fencing_guard in schema % is for its owner to create and to bring up to date, not for %',
            v_schema, current_user USING ERRCODE = 'FG009';
    END IF;
    EXECUTE replace(replace(v_objects, 'guard_schema.', quote_ident(v_schema) || '.'),
        '''guard_schema''', quote_literal(quote_ident(v_schema)));
    -- what somebody else has put there first would be called, or read, as ours
    SELECT string_agg(object, ', ') INTO v_foreign FROM (
        SELECT 'table ' || relname AS object, relowner AS owner FROM pg_class
        WHERE relnamespace = quote_ident(v_schema)::regnamespace AND relname IN ('fencing_guard', 'fencing_guard_operation')
        UNION ALL
        SELECT 'function ' || proname, proowner FROM pg_proc
        WHERE pronamespace = quote_ident(v_schema)::regnamespace AND left(proname, 14) = 'fencing_guard_'
            AND proname <> 'fencing_guard_resource'
    ) AS found WHERE owner NOT IN (
        SELECT oid FROM pg_roles WHERE rolname = current_user OR rolsuper
        UNION ALL SELECT nspowner FROM pg_namespace WHERE nspname = v_schema
        UNION ALL SELECT datdba FROM pg_database WHERE datname = current_database());
    IF v_foreign IS NOT NULL THEN
        RAISE EXCEPTION 'in schema % belongs to somebody else, who could change it: %', v_schema, v_foreign
            USING ERRCODE = 'FG009';
    END IF;
    PERFORM pg_catalog.set_config('search_path', v_path, true);
    PERFORM pg_catalog.set_config('lock_timeout', v_timeout, true);
    PERFORM pg_catalog.set_config('client_min_messages', v_words, true);
END
$install$;
