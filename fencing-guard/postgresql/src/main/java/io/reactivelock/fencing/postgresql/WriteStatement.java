package io.reactivelock.fencing.postgresql;

import java.util.Locale;
import java.util.Set;

/**
 * One INSERT, UPDATE or DELETE, read as far as is needed to put it into another statement, or another condition into it: the number
 * of its highest parameter, where its WHERE is, and that it returns nothing and ends where it ends.
 *
 * @param sql the statement, without a semicolon, and with a line feed at the end of each comment
 * @param parameters the number of its highest parameter, 0 where it has none
 * @param condition where its condition begins, after the WHERE; its length where it may have one and has none; -1 where it can have
 *     none of another's: an INSERT, a statement that begins with WITH, and one of a cursor
 */
record WriteStatement(String sql, int parameters, int condition) {
    private static final Set<String> WRITES = Set.of("INSERT", "UPDATE", "DELETE");
    private static final String UNFINISHED = "a statement whose quotes and comments are closed";
    private static final Set<String> OTHERS = Set.of("SELECT", "MERGE", "VALUES", "TABLE");

    /**
     * @throws IllegalArgumentException if it is not one INSERT, UPDATE or DELETE without RETURNING
     */
    static WriteStatement parse(String sql) {
        return new Scanner(sql).scan();
    }

    /**
     * Goes once over the text as PostgreSQL's own scanner does; what is in quotes, comments and parentheses says nothing about the
     * statement, but for parameters. Where two scanners could differ, it refuses: the rest of the text is the fence.
     *
     * @see <a href="https://www.postgresql.org/docs/current/sql-syntax-lexical.html">PostgreSQL: Lexical Structure</a>
     */
    private static final class Scanner {
        private final String sql;
        private final char[] text;
        private int at;
        private int depth;
        private int parameters;
        private int end = -1;
        private int where = -1;
        private boolean ofCursor;
        private String first = "";
        private String verb = "";

        Scanner(String sql) {
            this.sql = sql;
            this.text = sql.toCharArray();
        }

        WriteStatement scan() {
            while (at < sql.length()) {
                char c = sql.charAt(at);
                if (c == '-' && sql.startsWith("--", at)) {
                    skipLine();
                } else if (c == '/' && sql.startsWith("/*", at)) {
                    skipComment();
                } else if (isSpace(c)) {
                    at++;
                } else {
                    require(end < 0, "one statement at a time");
                    token(c);
                }
            }
            require(depth == 0, "a statement whose parentheses are closed");
            if (!WRITES.contains(verb)) {
                throw new IllegalArgumentException("an INSERT, UPDATE or DELETE, not: " + sql
                        + "; other statements go into write(), which checks in a transaction");
            }
            String statement = new String(text, 0, end < 0 ? text.length : end);
            if (!first.equals(verb) || verb.equals("INSERT") || ofCursor) {
                return new WriteStatement(statement, parameters, -1);
            }
            return new WriteStatement(statement, parameters, where < 0 ? statement.length() : where);
        }

        private void token(char c) {
            switch (c) {
                case '\'' -> skipLiteral();
                case '"' -> at = after(sql.indexOf('"', at + 1));
                case '$' -> dollar();
                case ';' -> end = at++;
                case '(' -> {
                    depth++;
                    at++;
                }
                case ')' -> {
                    depth--;
                    at++;
                    require(depth >= 0, "a statement that opens the parentheses it closes");
                }
                case 0 -> require(false, "a statement without NUL characters");
                default -> {
                    if (isStartOfWord(c)) {
                        word();
                    } else {
                        at++;
                    }
                }
            }
        }

        private void word() {
            int start = at;
            while (at < sql.length() && isPartOfWord(sql.charAt(at))) {
                at++;
            }
            String word = sql.substring(start, at).toUpperCase(Locale.ROOT);
            if (word.equals("E") && at < sql.length() && sql.charAt(at) == '\'') {
                skipEscaped();
            } else if (depth == 0) {
                keyword(word);
            }
        }

        private void keyword(String word) {
            first = first.isEmpty() ? word : first;
            ofCursor |= word.equals("CURRENT");
            if (word.equals("WHERE") && where < 0) {
                // a reserved word, so that the first one outside parentheses is the statement's own
                where = at;
            } else if (verb.isEmpty() && (WRITES.contains(word) || OTHERS.contains(word))) {
                verb = word;
            } else if (word.equals("RETURNING")) {
                throw new IllegalArgumentException("a statement without RETURNING, not: " + sql
                        + "; statements that return rows go into write(), which checks in a transaction");
            }
        }

        private void dollar() {
            int start = at++;
            while (at < sql.length() && isDigit(sql.charAt(at))) {
                at++;
            }
            if (at > start + 1) {
                parameters = Math.max(parameters, Integer.parseInt(sql, start + 1, at, 10));
                return;
            }
            while (at < sql.length() && sql.charAt(at) != '$' && isPartOfWord(sql.charAt(at))) {
                at++;
            }
            if (at < sql.length() && sql.charAt(at) == '$') {
                String mark = sql.substring(start, at + 1);
                at = after(sql.indexOf(mark, at + 1)) + mark.length() - 1;
            }
        }

        /** Whether a backslash is one depends on the session, and in the second part of an E'...' on the first. */
        private void skipLiteral() {
            int quote = sql.indexOf('\'', at + 1);
            int backslashes = quote - 1;
            while (backslashes > at && sql.charAt(backslashes) == '\\') {
                backslashes--;
            }
            require(
                    quote < 0 || (quote - backslashes) % 2 == 1,
                    "a statement without a backslash before a quote, but in E'...'");
            at = after(quote);
        }

        private void skipEscaped() {
            at++;
            while (at < sql.length() && sql.charAt(at) != '\'') {
                at += sql.charAt(at) == '\\' ? 2 : 1;
            }
            require(at < sql.length(), UNFINISHED);
            at++;
        }

        /** Some drivers, which look for parameters as well, take only a line feed for the end of a line. */
        private void skipLine() {
            while (at < sql.length() && sql.charAt(at) != '\n' && sql.charAt(at) != '\r') {
                at++;
            }
            if (at < sql.length()) {
                text[at] = '\n';
            }
        }

        private void skipComment() {
            int nested = 0;
            do {
                require(at < sql.length(), UNFINISHED);
                if (sql.startsWith("/*", at)) {
                    nested++;
                    at += 2;
                } else if (sql.startsWith("*/", at)) {
                    nested--;
                    at += 2;
                } else {
                    at++;
                }
            } while (nested > 0);
        }

        private int after(int found) {
            require(found >= 0, UNFINISHED);
            return found + 1;
        }

        private void require(boolean condition, String rule) {
            if (!condition) {
                throw new IllegalArgumentException(rule + ", not: " + sql);
            }
        }

        private static boolean isSpace(char c) {
            return c == ' ' || (c >= '\t' && c <= '\r');
        }

        /** Whatever is beyond ASCII is part of a word, be it a space. */
        private static boolean isStartOfWord(char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 128;
        }

        private static boolean isPartOfWord(char c) {
            return isStartOfWord(c) || isDigit(c) || c == '$';
        }

        private static boolean isDigit(char c) {
            return c >= '0' && c <= '9';
        }
    }
}
