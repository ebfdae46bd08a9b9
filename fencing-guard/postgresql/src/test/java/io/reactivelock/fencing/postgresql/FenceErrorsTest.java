package io.reactivelock.fencing.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.postgresql.FenceErrors.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FenceErrorsTest {
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
        "25P03, TRANSIENT, TRANSIENT", // idle-in-transaction time-out: before the commit was read
        "25P04, TRANSIENT, UNKNOWN", // transaction time-out
        "57P01, TRANSIENT, UNKNOWN", // shutdown
        "57P02, TRANSIENT, UNKNOWN", // crash
        "57P03, TRANSIENT, TRANSIENT", // starting up
        "57P05, TRANSIENT, TRANSIENT", // idle-session time-out
        "25P01, PERMANENT, PERMANENT", // no transaction
        "FG002, PERMANENT, PERMANENT", // no fence row
        "FG003, PERMANENT, PERMANENT", // a check in a savepoint
        "FG004, PERMANENT, PERMANENT", // not advanced
        "FG005, PERMANENT, PERMANENT", // an enforced table
        "FG006, PERMANENT, PERMANENT", // a fence that would fall
        "FG007, PERMANENT, PERMANENT", // a transaction that passed no check
        "FG008, PERMANENT, PERMANENT", // a token beyond the ceiling
        "FG009, PERMANENT, PERMANENT", // somebody else's
    })
    void everyStateMeansOneThing(String state, Kind open, Kind commit) { // E4, E9
        assertThat(kind(Stage.OPEN, state)).isEqualTo(open);
        assertThat(kind(Stage.COMMIT, state)).isEqualTo(commit);
    }

    @Test
    void aProtocolViolationIsAnAnswerUnlessTheCommitIsOut() { // E9
        Throwable error = new IllegalStateException("words");

        assertThat(errors("08P01").ofUser("test", Stage.OPEN, error)).isSameAs(error);
        assertThat(kind(errors("08P01").own("test", Stage.OPEN, error))).isEqualTo(Kind.PERMANENT);
        // a proxy says it when its server is gone
        assertThat(kind(Stage.COMMIT, "08P01")).isEqualTo(Kind.UNKNOWN);
    }

    @Test
    void withoutAConnectionItCanBeTriedAgain() { // E9
        Throwable pool = new IllegalStateException("the pool is full");

        assertThat(kind(new FenceErrors(e -> null).ofConnecting("test", pool))).isEqualTo(Kind.TRANSIENT);
        assertThat(kind(new FenceErrors(e -> FenceErrors.LOST).ofConnecting("test", pool)))
                .isEqualTo(Kind.TRANSIENT);
        assertThat(kind(new FenceErrors(e -> "28P01").ofConnecting("test", pool)))
                .isEqualTo(Kind.PERMANENT);
    }

    @ParameterizedTest
    @CsvSource({"23505", "42601", "22012", "P0001", "42P01", "42883"})
    void whatIsTheUsersIsNotTouched(String state) {
        Throwable error = new IllegalStateException("relation \"orders\" does not exist");

        assertThat(errors(state).ofUser("test", Stage.COMMIT, error)).isSameAs(error);
        assertThat(kind(errors(state).own("test", Stage.COMMIT, error))).isEqualTo(Kind.PERMANENT);
    }

    @Test
    void whatComesNotFromTheDatabaseIsNotTouched() {
        FenceErrors errors = new FenceErrors(e -> null);
        Throwable error = new IllegalStateException("work");

        assertThat(errors.own("test", Stage.OPEN, error)).isSameAs(error);
        assertThat(errors.ofUser("test", Stage.OPEN, error)).isSameAs(error);
    }

    @ParameterizedTest
    @CsvSource({"42P01", "42883"})
    void aMissingTableOrFunctionSaysWhatToDo(String state) {
        Throwable error = new IllegalStateException("relation \"fencing_guard\" does not exist");

        assertThat(errors(state).ofUser("test", Stage.COMMIT, error)).hasMessageContaining("createSchema()");
    }

    private static Kind kind(Stage stage, String state) {
        return kind(errors(state).ofUser("test", stage, new IllegalStateException("words")));
    }

    private static Kind kind(Throwable error) {
        return ((FencingGuardException) error).kind();
    }

    private static FenceErrors errors(String state) {
        return new FenceErrors(e -> state);
    }
}
