-- The tables and functions of the fencing guard, for PostgreSQL 13 and newer. Repeatable: it changes no fence row.
-- All who guard the same data must find the same fencing_guard table by their search_path.

-- several services may start, and run this, at once; the lock ends with the transaction
SELECT pg_advisory_xact_lock(7311294206452915847);

-- One row for each resource: the highest token, and whose it is. A row that is deleted forgets who was fenced off.
CREATE TABLE IF NOT EXISTS fencing_guard (
    resource    text COLLATE "C" PRIMARY KEY,
    token       bigint           NOT NULL CHECK (token > 0),
    holder      text             NOT NULL CHECK (holder ~ '^[0-9a-f]{32}$'),
    advanced_at timestamptz      NOT NULL DEFAULT now()
) WITH (fillfactor = 50); -- room for updates in place, for a row is updated with every grant

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
