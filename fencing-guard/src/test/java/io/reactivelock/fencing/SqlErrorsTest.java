package io.reactivelock.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.SqlErrors.Stage;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlErrorsTest {
    @ParameterizedTest
    @CsvSource({
        "40001, TRANSIENT, TRANSIENT", // serialisation failure
        "40P01, TRANSIENT, TRANSIENT", // deadlock
        "55P03, TRANSIENT, TRANSIENT", // lock not available
        "57014, TRANSIENT, TRANSIENT", // statement time-out
        "53300, TRANSIENT, TRANSIENT", // too many connections
        "53100, TRANSIENT, TRANSIENT", // disk full
        "40003, UNKNOWN, UNKNOWN", // statement completion unknown
        "25006, PERMANENT, PERMANENT", // read only
        "25P02, PERMANENT, PERMANENT", // in failed transaction
        "08006, TRANSIENT, UNKNOWN", // connection failure
        "25P03, TRANSIENT, UNKNOWN", // idle-in-transaction time-out
        "25P04, TRANSIENT, UNKNOWN", // transaction time-out
        "57P01, TRANSIENT, UNKNOWN", // shutdown
        "57P02, TRANSIENT, UNKNOWN", // crash
        "57P03, TRANSIENT, UNKNOWN", // starting up
    })
    void everyStateMeansOneThing(String state, Kind open, Kind commit) { // E4, E9
        assertThat(kind(Stage.OPEN, state)).isEqualTo(open);
        assertThat(kind(Stage.COMMIT, state)).isEqualTo(commit);
    }

    @Test
    void withoutAStateTheReplyWasLost() { // E9
        assertThat(kind(Stage.CONNECT, null)).isEqualTo(Kind.TRANSIENT);
        assertThat(kind(Stage.OPEN, null)).isEqualTo(Kind.TRANSIENT);
        assertThat(kind(Stage.COMMIT, null)).isEqualTo(Kind.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({"23505", "42601", "22012", "P0001", "42P01", "42883"})
    void whatIsTheUsersIsNotTouched(String state) {
        assertThat(translate(Stage.OPEN, state, "relation \"orders\" does not exist"))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({"42P01", "42883"})
    void aMissingTableOrFunctionSaysWhatToDo(String state) {
        assertThat(translate(Stage.COMMIT, state, "relation \"fencing_guard\" does not exist"))
                .hasMessageContaining("createSchema()");
    }

    private static Kind kind(Stage stage, @Nullable String state) {
        return ((FencingGuardException) Objects.requireNonNull(translate(stage, state, "words"))).kind();
    }

    private static @Nullable FencingException translate(Stage stage, @Nullable String state, String message) {
        return SqlErrors.translate("test", stage, state, new IllegalStateException(message));
    }
}
