package io.reactivelock.fencing.postgresql;

import java.util.Locale;
import java.util.Set;

/**
 * One INSERT, UPDATE or DELETE, read as far as is needed to put it into another statement: its verb, the number of its highest
 * parameter, and that it returns nothing and ends where it ends.
 *
 * @param sql the statement, without a semicolon
 * @param parameters the number of its highest parameter, 0 where it has none
 */
record WriteStatement(String sql, int parameters) {
    private static final Set<String> WRITES = Set.of("INSERT", "UPDATE", "DELETE");
    private static final Set<String> OTHERS = Set.of("SELECT", "MERGE", "VALUES", "TABLE");

    /**
     * @throws IllegalArgumentException if it is not one INSERT, UPDATE or DELETE without RETURNING
     */
    static WriteStatement parse(String sql) {
        return new Scanner(sql).scan();
    }

    /** Goes once over the text; what is in quotes, comments and parentheses says nothing about the statement, but for parameters. */
    private static final class Scanner {
        private final String sql;
        private int at;
        private int depth;
        private int parameters;
        private int end = -1;
        private String verb = "";

        Scanner(String sql) {
            this.sql = sql;
        }

        WriteStatement scan() {
            while (at < sql.length()) {
                char c = sql.charAt(at);
                if (c == '-' && sql.startsWith("--", at)) {
                    skipTo("\n", at);
                } else if (c == '/' && sql.startsWith("/*", at)) {
                    skipComment();
                } else if (!Character.isWhitespace(c)) {
                    if (end >= 0) {
                        throw new IllegalArgumentException("one statement at a time: " + sql);
                    }
                    token(c);
                } else {
                    at++;
                }
            }
            if (!WRITES.contains(verb)) {
                throw new IllegalArgumentException("an INSERT, UPDATE or DELETE, not: " + sql
                        + "; other statements go into write(), which checks in a transaction");
            }
            return new WriteStatement(end < 0 ? sql : sql.substring(0, end), parameters);
        }

        private void token(char c) {
            switch (c) {
                case '\'' -> skipQuoted('\'', false);
                case '"' -> skipQuoted('"', false);
                case '$' -> dollar();
                case ';' -> end = at++;
                case '(' -> {
                    depth++;
                    at++;
                }
                case ')' -> {
                    depth--;
                    at++;
                }
                default -> {
                    if (Character.isLetter(c) || c == '_') {
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
            if (at < sql.length() && sql.charAt(at) == '\'') {
                skipQuoted('\'', word.equals("E"));
            } else if (depth == 0) {
                keyword(word);
            }
        }

        private void keyword(String word) {
            if (verb.isEmpty() && (WRITES.contains(word) || OTHERS.contains(word))) {
                verb = word;
            } else if (word.equals("RETURNING")) {
                throw new IllegalArgumentException("a statement without RETURNING, not: " + sql
                        + "; statements that return rows go into write(), which checks in a transaction");
            }
        }

        private void dollar() {
            int start = at++;
            while (at < sql.length() && isPartOfWord(sql.charAt(at)) && sql.charAt(at) != '$') {
                at++;
            }
            String name = sql.substring(start + 1, at);
            if (!name.isEmpty() && name.chars().allMatch(Character::isDigit)) {
                parameters = Math.max(parameters, Integer.parseInt(name));
            } else if (at < sql.length() && sql.charAt(at) == '$') {
                skipTo(sql.substring(start, at + 1), at + 1);
            }
        }

        private void skipQuoted(char quote, boolean escapes) {
            at++;
            while (at < sql.length() && sql.charAt(at) != quote) {
                at += escapes && sql.charAt(at) == '\\' ? 2 : 1;
            }
            at++;
        }

        private void skipComment() {
            int nested = 0;
            do {
                if (sql.startsWith("/*", at)) {
                    nested++;
                    at += 2;
                } else if (sql.startsWith("*/", at)) {
                    nested--;
                    at += 2;
                } else {
                    at++;
                }
            } while (nested > 0 && at < sql.length());
        }

        private void skipTo(String mark, int from) {
            int found = sql.indexOf(mark, from);
            at = found < 0 ? sql.length() : found + mark.length();
        }

        private static boolean isPartOfWord(char c) {
            return Character.isLetterOrDigit(c) || c == '_' || c == '$';
        }
    }
}
