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
        assertThat(WriteStatement.parse(sql)).isEqualTo(new WriteStatement(sql, parameters));
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
            })
    void refusesWhatIsNotOneWrite(String sql) {
        assertThatThrownBy(() -> WriteStatement.parse(sql)).isInstanceOf(IllegalArgumentException.class);
    }
}
