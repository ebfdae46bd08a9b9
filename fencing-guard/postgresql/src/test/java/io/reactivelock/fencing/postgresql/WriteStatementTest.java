package io.reactivelock.fencing.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WriteStatementTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "DELETE FROM t | 0",
                "update t set a = $2 where b = $10 | 10",
                "INSERT INTO t VALUES ('$3', \"$4\", $1) | 1",
                "INSERT INTO t VALUES ('it''s $3', $1) | 1",
                "INSERT INTO t VALUES (E'it\\'s $3', $1) | 1",
                "INSERT INTO t VALUES ($$ $3 ' $$, $a$ $$ $4 $a$, $2) | 2",
                "UPDATE t SET a$1 = b$2, c = $1 -- $9 | 1",
                "UPDATE t /* $8 /* ' */ $9 */ SET a = 1 | 0",
                "INSERT INTO t SELECT a FROM u WHERE b IN (SELECT 1) | 0",
                "WITH r AS (SELECT $1) DELETE FROM t USING r | 1",
                "UPDATE t SET a = 'RETURNING' | 0",
            })
    void findsTheHighestParameter(String sql, int parameters) {
        assertThat(WriteStatement.parse(sql).sql()).isEqualTo(sql);
        assertThat(WriteStatement.parse(sql).parameters()).isEqualTo(parameters);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "UPDATE t SET a = 1 WHERE b = 2 |` b = 2`",
                "update t set a = (select 1 where true) where(b) |`(b)`",
                "DELETE FROM t USING u WHERE a = 'WHERE' AND b; |` a = 'WHERE' AND b`",
                "DELETE FROM t /* WHERE */ -- WHERE |``",
                "UPDATE t SET \"where\" = 1 |``",
            })
    void findsTheCondition(String sql, String condition) {
        WriteStatement statement = WriteStatement.parse(sql);

        assertThat(statement.sql().substring(statement.condition())).isEqualTo(condition);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO t VALUES (1) ON CONFLICT (a) WHERE b DO NOTHING",
                "WITH u AS (SELECT 1) UPDATE t SET a = 1 WHERE b",
                "DELETE FROM t WHERE CURRENT OF c",
            })
    void putsNoConditionWhereNoneBelongs(String sql) {
        assertThat(WriteStatement.parse(sql).condition()).isNegative();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "UPDATE t SET\fa = $1\t,b = $2 | 2",
                "UPDATE t SET a\u00a0$3 = $1 | 1",
                "UPDATE t SET \u2003$3 = $1 | 1",
                "UPDATE t SET a = $\u00e9$ $3 $\u00e9$, b = $1 | 1",
                "UPDATE t SET a = U&'\\0061$3', \"b$4\" = $1 | 1",
                "UPDATE t SET a = 'C:\\dir', b = 'x\\\\', c = $1 | 1",
                "UPDATE t SET a = e'\\\\', b = $1 | 1",
                "UPDATE t SET a = $x$ $y$ $3 $x$, b = $1 | 1",
                "UPDATE t SET a = b -/* $3 */- $1 | 1",
                "UPDATE t SET a = 1/*$3*/*$2 | 2",
            })
    void readsSpacesWordsAndQuotesAsTheServerDoes(String sql, int parameters) {
        assertThat(WriteStatement.parse(sql).parameters()).isEqualTo(parameters);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r", "\n", "\r\n"})
    void aCommentEndsWithItsLineWhateverEndsThat(String end) {
        assertThat(WriteStatement.parse("UPDATE t SET a = 1 -- $3" + end + "WHERE b = $2")
                        .parameters())
                .isEqualTo(2);
    }

    @Test
    void leavesAnEndingSemicolonOut() {
        assertThat(WriteStatement.parse("DELETE FROM t ; -- end").sql()).isEqualTo("DELETE FROM t ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-- nothing",
                "SELECT 1",
                "SELECT a FROM t FOR UPDATE",
                "WITH r AS (DELETE FROM t) SELECT 1",
                "MERGE INTO t USING u ON true WHEN MATCHED THEN UPDATE SET a = 1",
                "TRUNCATE t",
                "DELETE FROM t; DELETE FROM u",
                "DELETE FROM t RETURNING a",
                "UPDATE t SET a = 1 returning (a)",
                "UPDATE t SET a = 'one",
                "UPDATE t SET a = e'one\\'",
                "UPDATE t SET \"a = 1",
                "UPDATE t SET a = 1 /* one /* two */",
                "UPDATE t SET a = $x$ one $y$",
                "UPDATE t SET a = (1",
                "DELETE FROM t), other AS (DELETE FROM u",
                "UPDATE t SET a = 'it\\'s $3', b = $1",
                "UPDATE t SET a = E'one'\n'it\\'s $3', b = $1",
                "UPDATE t SET a = '\u0000'\u0000",
            })
    void refusesWhatIsNotOneWrite(String sql) {
        assertThatThrownBy(() -> WriteStatement.parse(sql)).isInstanceOf(IllegalArgumentException.class);
    }
}
