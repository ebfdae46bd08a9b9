package io.reactivelock.fencing.r2dbc;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What somebody puts into a schema of the search_path, in the hope that it is called: overloads that fit better than the guard's
 * functions, and operators and functions that fit better than PostgreSQL's own. Each of them fails when it is called.
 *
 * @see <a href="https://wiki.postgresql.org/wiki/A_Guide_to_CVE-2018-1058">A Guide to CVE-2018-1058</a>
 */
public final class HostileSchema {
    private static final List<String> TYPES =
            List.of("text", "varchar", "bigint", "integer", "text[]", "xid", "oid", "xid8");
    private static final List<String> OPERATORS = List.of("=", "<>", "<", "<=", ">", ">=", "||", "<@", "~");

    /** With parameters that fit what a driver or a literal brings along at least as well as those of the guard. */
    private static final List<String> GUARDS = List.of(
            "fencing_guard_advance(varchar, bigint, varchar, integer)",
            "fencing_guard_advance(text, integer, text, integer)",
            "fencing_guard_check(varchar, bigint, varchar, integer, integer)",
            "fencing_guard_check_once(varchar, bigint, varchar, varchar, integer, integer)",
            "fencing_guard_check_all(varchar[], bigint[], varchar[], integer, integer)",
            "fencing_guard_passed(varchar)",
            "fencing_guard_refuse(varchar, bigint, varchar)",
            "fencing_guard_enforce(regclass, varchar, integer)",
            "fencing_guard_enforce(text, text, integer)",
            "fencing_guard_lift(text, integer)");

    private static final List<String> POSTGRESQLS = List.of(
            "current_setting(text)",
            "set_config(text, text, boolean)",
            "repeat(text, integer)",
            "format(text, text)",
            "format(text, text, text)",
            "left(text, integer)",
            "strpos(text, text)",
            "lower(text)",
            "unnest(text[])",
            "octet_length(text)",
            "pg_advisory_xact_lock(integer, integer)",
            "pg_advisory_xact_lock(bigint)",
            "to_regclass(text)",
            "now()");

    private static final Map<String, String> PLANTED = new ConcurrentHashMap<>();

    private HostileSchema() {}

    /**
     * The guard in sessions that see such a schema, behind PostgreSQL's own, for the scenarios send SQL as well. There is one such
     * schema for all tests on a server.
     */
    public static GuardSubject.Driver around(GuardSubject.Driver driver) {
        return (database, host, port, connections, settings) -> {
            Map<String, String> all = new HashMap<>(settings);
            all.put("search_path", database.schema() + ", " + planted(database));
            all.put("standard_conforming_strings", "off");
            return driver.open(database, host, port, connections, all);
        };
    }

    private static String planted(Database database) {
        return PLANTED.computeIfAbsent(database.server().r2dbcUrl(), server -> {
            String hostile = "hostile_" + UUID.randomUUID().toString().replace("-", "");
            // the scenarios compare columns of varchar, for which PostgreSQL has no operators of its own
            plant(
                    database,
                    hostile,
                    TYPES.stream().filter(type -> !type.equals("varchar")).toList());
            return hostile;
        });
    }

    static void plant(Database database, String hostile) {
        plant(database, hostile, TYPES);
    }

    private static void plant(Database database, String hostile, List<String> types) {
        database.execute("CREATE SCHEMA " + hostile);
        for (String type : types) {
            String caught = "caught_" + type.replaceAll("\\W", "s");
            plant(database, hostile, caught + "(" + type + ", " + type + ")", "boolean");
            for (String operator : OPERATORS) {
                database.execute("CREATE OPERATOR " + hostile + "." + operator + " (LEFTARG = " + type + ", RIGHTARG = "
                        + type + ", FUNCTION = " + hostile + "." + caught + ")");
            }
        }
        GUARDS.forEach(function -> plant(database, hostile, function, "text"));
        POSTGRESQLS.forEach(function -> plant(database, hostile, function, "text"));
    }

    private static void plant(Database database, String hostile, String function, String returned) {
        database.execute("CREATE FUNCTION " + hostile + "." + function + " RETURNS " + returned
                + " LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''caught''; END'");
    }
}
